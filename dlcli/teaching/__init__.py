"""Exercises that are drawn, answers that are marked, and what a learner does next."""
