"""The slice of ``dlcli tensor``."""
