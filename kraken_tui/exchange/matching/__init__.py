"""A pure exchange core: `(state, input, rules)` to events. No clock, no I/O, exact money, ids from a counter."""
