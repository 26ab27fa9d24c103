"""Attention: its definition, its fast ways, its terms and its gradient; heads, masks, positions."""
