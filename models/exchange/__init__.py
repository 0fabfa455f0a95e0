"""The forms in which a record leaves the program: JSON for the API, CSV for a spreadsheet."""
