"""What an agent lives in: Markov decision processes, and how they are read."""
