"""Learning from episodes: temporal differences, Monte Carlo, control."""
