"""The slice of ``dlcli show``."""
