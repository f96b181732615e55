"""HTTP front doors: REST, HTTP and WebSocket APIs, function URLs and load balancers."""
