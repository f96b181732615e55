"""What came of a run, told to people and programs; from the trace alone, live or saved."""
