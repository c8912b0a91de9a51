"""Shapes in and out. Texts and lists are bounded; what is not named is refused."""
