"""Who may do what: key pairs, WebSocket tokens, tiers and their rate counters."""
