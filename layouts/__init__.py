"""The picture: pure functions from data to components and Plotly figures."""
