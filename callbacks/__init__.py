"""The wires: which event asks which use case, and which layout draws the answer."""
