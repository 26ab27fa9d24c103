"""What lies between the codes of inputs, and what codes become."""
