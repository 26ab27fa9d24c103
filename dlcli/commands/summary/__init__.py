"""The slice of ``dlcli summary``."""
