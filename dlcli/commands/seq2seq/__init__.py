"""The slice of ``dlcli seq2seq``."""
