"""One script per engine; each runs in an environment where only that engine and its own requirements are installed."""
