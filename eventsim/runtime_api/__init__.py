"""How do functions in other languages run? As programs that ask for their events, by Lambda's Runtime API."""
