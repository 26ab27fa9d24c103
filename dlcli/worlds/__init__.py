"""Markov decision processes with names, and how they are read."""
