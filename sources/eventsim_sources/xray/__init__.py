"""X-Ray: traces, put together from what services and user code told of their parts in a request."""
