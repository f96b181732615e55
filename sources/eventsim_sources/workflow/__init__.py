"""State machines as Step Functions has them: Amazon States Language, run in the simulation's time."""
