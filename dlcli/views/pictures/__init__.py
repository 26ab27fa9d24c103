"""Pictures and their tones."""
