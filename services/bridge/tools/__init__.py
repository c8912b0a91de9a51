"""Pure functions over libraries: no SQL, no Flask, no clock."""
