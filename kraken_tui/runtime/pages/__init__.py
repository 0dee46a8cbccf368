"""The pages that a screen may ask for, one file each; `pages.Pages` makes them."""
