"""What a run came to: trades, curve, metrics, and the page that shows them."""
