"""What becomes of an order: checked, placed, triggered, taken, amended, ended."""
