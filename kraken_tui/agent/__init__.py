"""Answers: the conversation."""
