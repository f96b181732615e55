"""Is a body text or bytes? AWS decides by its content type, and hands bytes over as base64."""

import base64
import binascii
import re
from collections.abc import Sequence

from eventsim import Headers

_TEXT = re.compile(r"text/.*|application/(?:json|javascript|xml|.*\+json|.*\+xml)")
"""Types whose bodies stay text; forms do not (unconfirmed), nor what has an encoding of its content."""


def media_type(header: str) -> str:
    """Return the bare type of a `Content-Type` or the first of an `Accept`, in small letters."""
    return header.partition(",")[0].partition(";")[0].strip().lower()


def by_content_type(body: bytes, headers: Headers) -> tuple[str, bool]:
    """Return a body as HTTP APIs, function URLs and load balancers hand it over, and whether it is base64."""
    kind = media_type(headers.get("content-type"))
    if "content-encoding" not in headers and (not kind or _TEXT.fullmatch(kind)):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), True


def by_binary_types(body: bytes, headers: Headers, binary_types: Sequence[str]) -> tuple[str, bool]:
    """Return a body as REST APIs hand it over: bytes only if the API lists the type."""
    if is_listed(media_type(headers.get("content-type")), binary_types):
        return base64.b64encode(body).decode(), True
    return body.decode(errors="replace"), False


def is_listed(kind: str, types: Sequence[str]) -> bool:
    """Tell whether a media type is among some, of which `image/*` and `*/*` stand for many."""
    return any(each == "*/*" or each == kind or (each.endswith("/*") and kind.startswith(each[:-1])) for each in types)


def decoded(text: str) -> bytes | None:
    """Return what a base64 text holds, None if it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
