"""How do programs run beside a function? As extensions that ask for its events, by Lambda's Extensions API."""
