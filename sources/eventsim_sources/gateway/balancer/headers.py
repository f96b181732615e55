"""Which headers does a listener add to responses, or take away? What its attributes say (documented)."""

from collections.abc import Mapping
from typing import Final

from eventsim import HttpResponse

_BEGIN, _END = "routing.http.response.", ".header_value"
SERVER: Final = f"{_BEGIN}server.enabled"
_NAMES: Final = (
    *("strict_transport_security", "access_control_allow_origin", "access_control_allow_methods"),
    *("access_control_allow_headers", "access_control_allow_credentials", "access_control_expose_headers"),
    *("access_control_max_age", "content_security_policy", "x_content_type_options", "x_frame_options"),
)
ATTRIBUTES: Final[Mapping[str, str]] = {SERVER: "true", **{f"{_BEGIN}{name}{_END}": "" for name in _NAMES}}
"""What the attributes of a listener are before somebody changes them; all of them are heeded."""


def modified(response: HttpResponse, attributes: Mapping[str, str]) -> HttpResponse:
    """Return a response with the headers that attributes set instead of its own, and `Server` only if it may stand."""
    if not attributes:
        return response
    own = {_header(key): value for key, value in attributes.items() if key.endswith(_END) and value}
    dropped = {name.lower() for name in own}
    if attributes.get(SERVER) == "false":
        dropped.add("server")
    kept = tuple(pair for pair in response.headers if pair[0].lower() not in dropped)
    return HttpResponse(status=response.status, headers=(*kept, *own.items()), body=response.body)


def _header(key: str) -> str:
    """Return the header of an attribute: `routing.http.response.x_frame_options.header_value` is `X-Frame-Options`."""
    return "-".join(part.capitalize() for part in key.removeprefix(_BEGIN).removesuffix(_END).split("_"))
