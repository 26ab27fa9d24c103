"""What works on worlds shares: states and actions, policies, the ends of an episode."""
