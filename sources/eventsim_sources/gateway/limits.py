"""AWS's numbers for HTTP front doors, with where they come from.

"APIGW" is the quotas page of the API Gateway developer guide, "ALB" the guide of application load balancers.
"""

MB = 1_000_000
"""Quotas in MB are taken as decimal, as little as AWS says about it (unconfirmed)."""

STREAM_TIMEOUT_MS = 900_000
"""As long may an integration take that streams (documented)."""
REST_TIMEOUT_MS = 29_000
"""How long an integration of a REST API may take (APIGW; regional APIs may ask for more)."""
HTTP_TIMEOUT_MS = 30_000
"""The same for an HTTP API (APIGW)."""
SOCKET_TIMEOUT_MS = 29_000
"""The same for a WebSocket API (APIGW)."""
TIMEOUT_MIN_MS = 50
"""The shortest that may be asked for (APIGW)."""

PAYLOAD_BYTES_MAX = 10 * MB
"""A request or a response of an API (APIGW)."""
TARGET_BYTES_MAX = 1_048_576
"""A request or a response of a load balancer's function (ALB: 1 MB)."""
IDLE_TIMEOUT_S = 60
"""How long a load balancer waits for a target (ALB)."""

FRAME_BYTES_MAX = 32 * 1024
"""A frame of a WebSocket (APIGW)."""
MESSAGE_BYTES_MAX = 128 * 1024
"""A message of a WebSocket (APIGW)."""
SOCKET_IDLE_S = 600
"""After how much silence a WebSocket is closed (APIGW: 10 minutes)."""
SOCKET_LIFE_S = 7_200
"""How long a WebSocket may live (APIGW: 2 hours)."""

AUTHORIZER_TTL_S = 300
"""How long an answer of a REST API's authorizer is kept unless it says otherwise (documented)."""
AUTHORIZER_TTL_MAX_S = 3_600
AUTHORIZER_TIMEOUT_MS = 10_000
"""How long an HTTP API waits for an authorizer (APIGW); REST APIs are given as long as for an integration."""
