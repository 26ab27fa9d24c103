"""From one sequence to another: encoder, decoder, beam search."""
