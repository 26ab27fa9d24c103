"""A folder for each subcommand, and what several of them take."""
