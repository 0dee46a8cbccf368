"""The strategies that come with the house, one file each."""
