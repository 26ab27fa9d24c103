"""Values that several commands take on their lines, and what they share beside them."""
