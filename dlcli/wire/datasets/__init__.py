"""Sets of pictures, or of rows of numbers, with their labels: read from files, drawn, or piped in."""
