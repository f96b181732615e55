"""A queue like SQS: standard and FIFO, its rules as a pure state machine and its operations as functions."""
