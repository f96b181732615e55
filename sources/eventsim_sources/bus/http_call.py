"""How does a live server call what is outside of its worlds? One request over loopback, and nowhere else."""

import http.client
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from eventsim import ApiError, HttpResponse

_ANSWER_BYTES_MAX = 1_048_576


def is_loopback(url: str) -> bool:
    """Tell whether a URL leads to this machine, by its name alone: nothing is looked up."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def call(method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float) -> HttpResponse:
    """Send a request and return its answer; it blocks for so many seconds at most.

    Raises:
        ApiError: nobody answers, or not in time.
    """
    parts = urlsplit(url)
    try:
        port = parts.port or 80
    except ValueError:
        raise ApiError("CONNECTION_FAILURE", f"{url!r} has no port that exists", status=400) from None
    if parts.scheme != "http":
        raise ApiError("CONNECTION_FAILURE", "on this machine only `http` is called, without TLS", status=400)
    host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""
    connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, path, body, dict(headers))
        response = connection.getresponse()
        answer = response.read(_ANSWER_BYTES_MAX)
        return HttpResponse(status=response.status, headers=tuple(response.getheaders()), body=answer)
    except TimeoutError:
        raise ApiError("TIMEOUT", f"no answer within {timeout_s:g} s", status=504) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise ApiError("CONNECTION_FAILURE", str(error) or type(error).__name__, status=503) from None
    finally:
        connection.close()
