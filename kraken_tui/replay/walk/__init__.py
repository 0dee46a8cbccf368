"""An engine's own input log, walked again: the same decisions, or the first difference."""
