"""NumPy in, NumPy out: one idea of the course per file."""
