"""What two services would otherwise paste: flat, one idea a file. Imports no service."""
