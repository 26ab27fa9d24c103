"""What a terminal shows: colours, pixels, and files of a screen."""
