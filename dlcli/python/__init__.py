"""The laboratory for Python and notebooks: lines without a shell, arrays in and out, stories on the page."""
