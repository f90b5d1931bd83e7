"""Data into shape."""
