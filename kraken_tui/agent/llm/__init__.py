"""The language model: whose it is, how it is asked, what it may cost, and what of a conversation it sees."""
