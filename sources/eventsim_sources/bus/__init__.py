"""Who is told of an event? Buses, their rules, and the targets of these, like EventBridge."""
