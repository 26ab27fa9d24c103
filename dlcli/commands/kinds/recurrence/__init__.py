"""What works on recurrent nets shares: their weights and sequences, how long they take."""
