"""The engine in real time: one process, one home, one lock, and the socket to its screens."""
