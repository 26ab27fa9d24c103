"""Language models at work: how the next word is drawn, and models that count what follows what."""
