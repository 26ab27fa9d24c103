"""Sheets as text for people and for programs, one module a form."""
