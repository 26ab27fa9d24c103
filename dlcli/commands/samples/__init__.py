"""The slice of ``dlcli samples``."""
