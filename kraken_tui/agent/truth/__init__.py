"""The gate of free text.

What a language model writes is shown only where it can't pass for a record of what happened.
"""
