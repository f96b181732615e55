"""Benchmarks: ratios against named rivals, measured in one run. Run them all with `make bench`."""
