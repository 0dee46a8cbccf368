"""The private channels: executions and balances."""
