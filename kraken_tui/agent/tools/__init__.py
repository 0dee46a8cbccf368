"""What the assistant can look at and propose: one tool for each question and proposal, typed, for people and models."""
