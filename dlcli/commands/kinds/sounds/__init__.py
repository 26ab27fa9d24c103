"""What works on sounds shares: how they are read and framed, and words that were heard."""
