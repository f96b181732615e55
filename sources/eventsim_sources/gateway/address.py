"""Which API does a request mean, and what of its path is left? The host says it, or the start of the path."""

import re

from msgspec import Struct

from eventsim import HttpRequest

_HOST = re.compile(r"([a-z0-9]+)\.execute-api\.")
_SHORT = re.compile(r"/(?:_api|_aws/execute-api)/([a-z0-9]+)(/.*|$)")
_DEFAULT_STAGE = re.compile(r"^/(?:\$|%24)default(?=/|$)")
"""Whoever names an API in the path may name its stage `$default`, which no host needs."""
_LONG = re.compile(r"/restapis/([a-z0-9]+)/([^/]+)/_user_request_(/.*|$)")


class Address(Struct, frozen=True, gc=False):
    """An API by its id, and the path behind it, percent-encoded.

    Attributes:
        path: with the stage in front, unless a domain of one's own says the stage.
        stage: what such a domain says; "" if the path does.
        base: the part of the path that such a domain takes for itself: `/v1`.
        domain: such a domain's name, "" for AWS's own.
    """

    identifier: str
    path: str
    stage: str = ""
    base: str = ""
    domain: str = ""


def address_of(request: HttpRequest) -> Address | None:
    """Return which API a request means, None if it means none."""
    found = _HOST.match(request.headers.get("host").lower())
    if found is not None:
        return Address(found[1], request.path)
    found = _SHORT.fullmatch(request.path)
    if found is not None:
        return Address(found[1], _DEFAULT_STAGE.sub("", found[2]) or "/")
    found = _LONG.fullmatch(request.path)
    return None if found is None else Address(found[1], f"/{found[2]}{found[3]}")


def first_segment(path: str) -> tuple[str, str]:
    """Return the first segment of a path, and the path behind it."""
    name, slash, rest = path.lstrip("/").partition("/")
    return name, f"{slash}{rest}" or "/"
