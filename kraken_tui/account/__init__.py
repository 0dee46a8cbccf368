"""The truth about the account."""
