"""The panels: each shows one `View` and knows nothing of the others."""
