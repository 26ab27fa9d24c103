"""Tables, matrices, sums and lists."""
