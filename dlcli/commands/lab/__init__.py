"""The slice of ``dlcli lab``."""
