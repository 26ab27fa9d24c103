"""What commands with attention share: masks, and what a stack of layers did to its tokens."""
