"""Words, formulas, cells and command lines."""
