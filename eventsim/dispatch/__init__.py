"""How does an invocation reach a function? Admission, an environment, retries, destinations, dead letters."""
