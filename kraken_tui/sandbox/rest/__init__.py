"""REST: `/0/public/…` and `/0/private/…`, with Kraken's envelopes, checks and shapes."""
