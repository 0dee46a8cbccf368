"""Other backtesters beside this one: same data, nearest equal rules, one run."""
