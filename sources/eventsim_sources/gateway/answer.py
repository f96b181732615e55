"""What has a handler answered? A response before it becomes bytes, and the headers that nobody but the gateway sets."""

import re
from typing import Any

from msgspec import Struct

from eventsim import HttpResponse
from eventsim_sources.gateway.arrival import Arrival, Pairs
from eventsim_sources.gateway.body import decoded

_REMAPPED = frozenset(
    {
        *("authorization", "connection", "content-length", "content-md5", "date", "max-forwards", "server"),
        *("user-agent", "www-authenticate"),
    }
)
"""Headers of a REST API's integration that get a name of their own on their way (documented)."""
_DROPPED = frozenset({"expect", "host", "proxy-authenticate", "te", "trailer", "transfer-encoding", "upgrade"})
"""Headers of a REST API's integration that end there (documented)."""
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONNECTIONS_OWN = frozenset({"connection", "content-length", "date", "keep-alive", "transfer-encoding"})
"""Headers that belong to the connection."""


class Answer(Struct, frozen=True, kw_only=True, gc=False):
    """What shall be sent back.

    Attributes:
        headers: names in the handler's casing.
        is_base64: whether the body stands for bytes.
        raw: the body where it is bytes already, None where it is not.
    """

    status: int = 200
    headers: Pairs = ()
    body: str = ""
    is_base64: bool = False
    raw: bytes | None = None

    def has(self, name: str) -> bool:
        """Tell whether a header is set; the name is given in small letters."""
        return any(given.lower() == name for given, _ in self.headers)

    def check(self) -> None:
        """See that its headers can stand on the wire.

        Raises:
            Malformed: one of them cannot.
        """
        for name, value in self.headers:
            if _NAME.fullmatch(name) is None:
                raise Malformed(f"a header cannot have the name {name!r:.80}")
            if "\r" in value or "\n" in value:
                raise Malformed(f"the header {name} holds a line break")

    def content(self, *, decodes: bool) -> bytes:
        """Return the bytes of the body.

        Raises:
            Malformed: they are to be decoded, and are no base64.
        """
        if self.raw is not None:
            return self.raw
        if not (self.is_base64 and decodes):
            return self.body.encode(errors="surrogatepass")
        content = decoded(self.body)
        if content is None:
            raise Malformed("the body is no base64")
        return content


class Malformed(Exception):  # noqa: N818 - a fact, as the field says it
    """A handler's answer does not describe a response; the text says why."""


def status_of(value: Any) -> int:
    """Return a status: a number, or a text that is one.

    Raises:
        Malformed: it is no status.
    """
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 100 <= value <= 599:
        raise Malformed(f"statusCode {value!r} is none")
    return int(value)


def header_text(value: Any) -> str:
    """Return a header's value: texts as they are, `true` and numbers as JSON has them.

    Raises:
        Malformed: it cannot be the value of a header.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        value = "true" if value else "false"
    if isinstance(value, int | float):
        value = str(value)
    if not isinstance(value, str):
        raise Malformed(f"a header has the value {value!r:.80}")
    return value


def rest_response(answer: Answer, arrival: Arrival, content: bytes, *, is_integrations: bool = True) -> HttpResponse:
    """Return a REST API's response: some headers of an integration get other names, others are added.

    A gateway response keeps its own names: `WWW-Authenticate` of one makes a browser ask for a password.
    """
    headers = [("x-amzn-RequestId", arrival.request_id), ("x-amz-apigw-id", arrival.short_id)]
    for name, value in answer.headers:
        small = name.lower()
        if small in _DROPPED:
            continue
        headers.append((f"x-amzn-Remapped-{name}" if is_integrations and small in _REMAPPED else name, value))
    if not answer.has("content-type"):
        headers.append(("Content-Type", "application/json"))
    headers.append(("X-Amzn-Trace-Id", arrival.trace_id))
    return HttpResponse(status=answer.status, headers=tuple(headers), body=content)


def plain_response(answer: Answer, *, content_type: str, more: Pairs = ()) -> HttpResponse:
    """Return the response of an HTTP API, a function URL or a load balancer.

    Raises:
        Malformed: a header cannot stand on the wire, or the body is to be decoded and cannot be.
    """
    answer.check()
    headers = [(name, value) for name, value in answer.headers if name.lower() not in _CONNECTIONS_OWN]
    if not answer.has("content-type"):
        headers.append(("Content-Type", content_type))
    return HttpResponse(status=answer.status, headers=(*headers, *more), body=answer.content(decodes=True))
