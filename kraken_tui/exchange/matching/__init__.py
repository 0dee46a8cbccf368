"""The pure core of an exchange: orders in, fills out."""
