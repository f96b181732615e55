"""The wall clock, worker processes and HTTP: what `eventsim serve` adds to a simulation."""
