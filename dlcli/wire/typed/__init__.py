"""What a person types or keeps as text: numbers, tables, sentences."""
