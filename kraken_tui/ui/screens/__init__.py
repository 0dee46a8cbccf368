"""The modal screens: flatten, quit, help."""
