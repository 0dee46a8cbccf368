"""The vocabulary: immutable values without I/O."""
