"""The slice of ``dlcli pool``."""
