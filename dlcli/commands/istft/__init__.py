"""The slice of ``dlcli istft``."""
