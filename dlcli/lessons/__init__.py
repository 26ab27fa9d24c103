"""Lessons: shell files with text, commands, what these show, and questions."""
