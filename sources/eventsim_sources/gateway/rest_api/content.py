"""Is a body text or bytes on its way through a mapped integration? Pure: the two tables of the developer guide.

"Content type conversions in API Gateway": what counts as bytes is what the API lists as binary media types, by the
`Content-Type` of what comes and by the `Accept` of who asks; `contentHandling` may say otherwise.
"""

import base64
from collections.abc import Sequence

from eventsim_sources.gateway.body import decoded, is_listed, media_type

_TO_BINARY, _TO_TEXT = "CONVERT_TO_BINARY", "CONVERT_TO_TEXT"


def for_integration(body: bytes, content_type: str, handling: str, binary_types: Sequence[str]) -> str | bytes:
    """Return what an integration gets of a request's body: bytes as they came, or text.

    Raises:
        ValueError: text is to become bytes, and is no base64.
    """
    if is_listed(media_type(content_type), binary_types):
        return base64.b64encode(body).decode() if handling == _TO_TEXT else body
    text = body.decode(errors="replace")
    return _bytes_of(text) if handling == _TO_BINARY else text


def for_template(body: bytes, content_type: str, handling: str, binary_types: Sequence[str]) -> str:
    """Return what a template of an integration's response is filled with."""
    if handling == _TO_TEXT and is_listed(media_type(content_type), binary_types):
        return base64.b64encode(body).decode()
    return body.decode(errors="replace")


def for_client(body: bytes, content_type: str, accept: str, handling: str, binary_types: Sequence[str]) -> bytes:
    """Return what a client gets of an integration's body that no template has made.

    Raises:
        ValueError: text is to become bytes, and is no base64.
    """
    if not is_listed(media_type(content_type), binary_types):
        return filled_in(body.decode(errors="replace"), accept, handling, binary_types)
    if handling == _TO_BINARY or (not handling and is_listed(media_type(accept), binary_types)):
        return body
    return base64.b64encode(body)


def filled_in(text: str, accept: str, handling: str, binary_types: Sequence[str]) -> bytes:
    """Return what a client gets of a text, such as a template has made.

    Raises:
        ValueError: it is to become bytes, and is no base64.
    """
    wants_bytes = not handling and bool(binary_types) and is_listed(media_type(accept), binary_types)
    return _bytes_of(text) if handling == _TO_BINARY or wants_bytes else text.encode(errors="surrogatepass")


def _bytes_of(text: str) -> bytes:
    content = decoded(text)
    if content is None:
        raise ValueError("what is to become bytes is no base64")
    return content
