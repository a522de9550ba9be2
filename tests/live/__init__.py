"""The live picture: seen, and recorded."""
