"""Charts of characters: values in, lines of text out."""
