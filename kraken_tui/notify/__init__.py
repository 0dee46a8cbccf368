"""Tells the operator what happened: what to tell is decided by values alone, and sent at a thin edge."""
