"""Tables: items by key, with indexes, a stream of their changes and an end to their time."""
