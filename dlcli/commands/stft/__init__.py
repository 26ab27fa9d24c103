"""The slice of ``dlcli stft``."""
