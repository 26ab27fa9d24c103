"""The slice of ``dlcli rnn``."""
