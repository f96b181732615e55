"""The sources that eventsim ships with, one folder each."""
