"""Storage: the only rooms of the house that speak SQL."""
