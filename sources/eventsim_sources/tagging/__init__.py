"""Tags of all resources as the Resource Groups Tagging API tells of them."""
