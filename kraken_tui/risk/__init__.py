"""Says no: how much, and whether at all."""
