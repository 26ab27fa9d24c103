"""What is asked about, as a net takes it."""
