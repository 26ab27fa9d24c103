"""Exercises that are drawn: sheets for one or for a class, banks for Moodle and others."""
