"""The account on disk, across restarts."""
