"""May a page of another origin ask this bucket? S3's answer to browsers, by the rules of `PutBucketCors`; pure.

The first rule counts whose origins and methods fit, and, where a browser asks beforehand, whose headers do. An origin
or a header may have one `*` in it, which stands for anything. What a page asks for without such a question has the same
headers in its answer, an error's included, if a rule fits.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from eventsim.errors import ApiError
from eventsim.wire.http import Headers, Pairs

Rules = Sequence[Mapping[str, Any]]
"""In botocore's shape."""

_METHODS = frozenset({"DELETE", "GET", "HEAD", "POST", "PUT"})
_VARY = ("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method")


def preflight(rules: Rules | None, headers: Headers, *, is_about_object: bool) -> Pairs:
    """Return the headers that tell a browser that its page may ask.

    Args:
        rules: None if there is no such bucket, none if it has no rules.

    Raises:
        ApiError: the page may not, or the browser does not say enough (words from S3's pages on testing CORS).
    """
    origin, method = headers.get("origin"), headers.get("access-control-request-method")
    if not origin:
        raise ApiError("BadRequest", "Insufficient information. Origin request header needed.")
    if method not in _METHODS:
        raise ApiError("BadRequest", f"Invalid Access-Control-Request-Method: {method or 'null'}")
    asked = [name.strip().lower() for name in headers.get("access-control-request-headers").split(",") if name.strip()]
    rule = _first(rules or (), origin, method, asked)
    if rule is None:
        fields = {"Method": method, "ResourceType": "OBJECT" if is_about_object else "BUCKET"}
        raise ApiError("AccessForbidden", f"CORSResponse: {_reason(rules)}", status=403, fields=fields)
    allowed = (("Access-Control-Allow-Headers", ", ".join(asked)),) if asked else ()
    return _told(rule, origin, allowed)


def allowance(rules: Rules, origin: str, method: str) -> Pairs:
    """Return the headers that let a page see what it asked for, none if it may not."""
    rule = _first(rules, origin, method, ())
    return () if rule is None else _told(rule, origin, ())


def _reason(rules: Rules | None) -> str:
    if rules is None:
        return "Bucket not found"  # unconfirmed
    if not rules:
        return "CORS is not enabled for this bucket."
    return (
        "This CORS request is not allowed. This is usually because the evalution of Origin, request method / "
        "Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS "
        "spec."
    )


def _first(rules: Rules, origin: str, method: str, asked: Sequence[str]) -> Mapping[str, Any] | None:
    for rule in rules:
        if (
            method in rule["AllowedMethods"]
            and any(_fits(origin, each) for each in rule["AllowedOrigins"])
            and all(any(_fits(name, each.lower()) for each in rule.get("AllowedHeaders") or ()) for name in asked)
        ):
            return rule
    return None


def _fits(text: str, allowed: str) -> bool:
    begin, star, end = allowed.partition("*")
    if not star:
        return text == allowed
    return len(text) >= len(begin) + len(end) and text.startswith(begin) and text.endswith(end)


def _told(rule: Mapping[str, Any], origin: str, allowed_headers: Pairs) -> Pairs:
    is_open = "*" in rule["AllowedOrigins"]
    told: list[tuple[str, str]] = [
        ("Access-Control-Allow-Origin", "*" if is_open else origin),
        ("Access-Control-Allow-Methods", ", ".join(rule["AllowedMethods"])),
        *allowed_headers,
    ]
    if rule.get("ExposeHeaders"):
        told.append(("Access-Control-Expose-Headers", ", ".join(rule["ExposeHeaders"])))
    if rule.get("MaxAgeSeconds") is not None:
        told.append(("Access-Control-Max-Age", str(rule["MaxAgeSeconds"])))
    if not is_open:
        told.append(("Access-Control-Allow-Credentials", "true"))
    return (*told, _VARY)
