"""Which metrics does a run emit, in AWS's names? A table for each part of AWS; `METRICS` of each file is a row each."""
