"""The YAML file that describes a simulation: read with marks, checked against its schema, built into a world."""
