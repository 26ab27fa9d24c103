"""What all engines stand on: checks, padding, tiles."""
