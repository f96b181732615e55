"""Topics like SNS's: what is published goes to every subscription whose filter it matches."""
