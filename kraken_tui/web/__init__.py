"""The screen in a browser: textual-serve behind tokens, allow-lists and limits."""
