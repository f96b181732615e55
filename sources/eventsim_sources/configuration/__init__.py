"""Configurations like those of AppConfig: versions of settings and feature flags that are deployed bit by bit."""
