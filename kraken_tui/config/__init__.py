"""Settings, the home's folders and the instruments' rules."""
