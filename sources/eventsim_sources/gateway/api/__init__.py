"""The gateway's services as their clients know them: one function for each operation."""
