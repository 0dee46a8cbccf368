"""Past markets: downloaded or recorded, day by day, and the scanner over them."""
