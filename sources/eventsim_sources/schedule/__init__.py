"""When does something happen by the calendar? Schedules of EventBridge."""
