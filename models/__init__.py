"""The medicine and the record: what can be charted, what it means, and where it is kept."""
