"""A deep-learning laboratory for the shell."""

__version__ = "0.1.0"
