"""The public channels."""
