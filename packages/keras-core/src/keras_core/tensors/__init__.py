"""Specs, dtypes, variables and the scopes around them."""
