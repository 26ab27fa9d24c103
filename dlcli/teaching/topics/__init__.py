"""The topics, a module for each few that belong together."""
