"""Fixtures and a marker for tests that run simulations."""
