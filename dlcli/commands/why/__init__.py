"""The learner's path."""
