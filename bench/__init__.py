"""The bench: what the design promises, measured in a real browser beside a naive board and the floor."""
