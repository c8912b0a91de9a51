"""Pure functions over what others write: staff and agency files."""
