"""What do calls of API Gateway need? To use an HTTP method on a path: that of the request that they are."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote

from eventsim.permissions.need import Need, Place, text_in
from eventsim.wire.models import find_service

SERVICES: Final = frozenset({"apigateway", "apigatewayv2"})

_VERSION: Final = "/v2/"
"""What paths of the newer service begin with, and ARNs do not."""


def needs_of_request(service: str, operation: str, given: Mapping[str, Any], place: Place) -> Iterable[Need]:
    """Return what a call needs; nothing if there is no such operation."""
    model = find_service(service)
    found = None if model is None else model.operation(operation)
    if found is None:
        return []
    path = found.uri.partition("?")[0].replace(_VERSION, "/", 1)
    for name, wire_name, shape in found.input.bound if found.input else ():
        if shape.location == "uri":
            path = path.replace(f"{{{wire_name}}}", quote(text_in(given, name), safe=""))
    return [Need(f"apigateway:{found.method}", f"arn:aws:apigateway:{place.region}::{path}")]
