"""WebSocket v2: public and private channels, and the order methods."""
