"""The scanner and an exact paper account, compiled: whole matrices at full speed."""
