"""The laboratory as a page on 127.0.0.1: commands, options, stories, explanations as in the shell."""
