"""Application load balancers, as far as their targets are functions."""
