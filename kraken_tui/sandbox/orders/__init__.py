"""From what a client words to what the core is asked, the same for REST and WebSocket."""
