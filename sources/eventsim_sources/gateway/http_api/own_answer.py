"""How does an HTTP API answer by itself? Refusals in its own words, and the answers of services as JSON."""

import base64
import json
from datetime import datetime

from eventsim import HttpResponse
from eventsim_sources.gateway.refusal import Refused

_MESSAGES = {
    "ACCESS_DENIED": "Forbidden",
    "API_CONFIGURATION_ERROR": "Internal Server Error",
    "AUTHORIZER_CONFIGURATION_ERROR": "Internal Server Error",
    "AUTHORIZER_FAILURE": "Internal Server Error",
    "INTERNAL": "Internal Server Error",
    "REQUEST_TOO_LARGE": "Request Entity Too Large",
}
"""What HTTP APIs say where REST APIs say something else."""


def refusal(refused: Refused) -> HttpResponse:
    """Return how an API says no."""
    message = _MESSAGES.get(refused.kind, refused.message)
    status = 500 if refused.kind == "AUTHORIZER_CONFIGURATION_ERROR" else refused.status
    response = json_response(status, {"message": message})
    return HttpResponse(status=status, headers=(*response.headers, *refused.more), body=response.body)


def _plain(value: object) -> object:
    """Return a date as services have it in JSON, bytes as text."""
    if isinstance(value, datetime):
        return round(value.timestamp(), 3)
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


def json_response(status: int, body: object) -> HttpResponse:
    """Return an answer in JSON; dates are numbers, as services have them."""
    content = json.dumps(body, separators=(",", ":"), default=_plain).encode()
    return HttpResponse(status=status, headers=(("Content-Type", "application/json"),), body=content)
