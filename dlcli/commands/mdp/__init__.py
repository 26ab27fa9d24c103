"""The slice of ``dlcli mdp``."""
