"""Agents with nets: deep Q-learning, REINFORCE with a baseline, and values of states by a net."""
