"""eventsim."""
