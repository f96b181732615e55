"""REST APIs: API Gateway's version 1."""
