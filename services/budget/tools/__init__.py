"""Pure functions: amounts in text, names by code."""
