"""What stands in the market, and the book that everybody sees."""
