"""The slice of ``dlcli mask``."""
