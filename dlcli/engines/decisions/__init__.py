"""Decisions: worlds as tables, what states are worth, the best policy, episodes."""
