"""HTTP APIs: API Gateway's version 2."""
