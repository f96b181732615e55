"""What does a bucket's website answer? Pages, redirections and errors, from what was put as its configuration; pure.

The order is S3's (documented): a site that redirects everything; a routing rule for the beginning of the key; the page
itself, which may redirect; the folder of that name; a routing rule for the error; the error document.
"""

import html
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote, unquote

from msgspec import Struct

_HOST: Final = re.compile(
    r"(?P<bucket>.+)\.s3-website[.-](?:[a-z]{2}(?:-[a-z]+)+-[0-9]\.)?(?:amazonaws\.com(?:\.cn)?|localhost(?:\.[a-z.]+)?)(?::[0-9]+)?"
)
"""A website's host: at AWS, or at home: `BUCKET.s3-website.localhost`."""
_PHRASES: Final = {404: "Not Found", 405: "Method Not Allowed"}


class Redirection(Struct, frozen=True, kw_only=True):
    """Where to look instead."""

    location: str
    status: int


class Fault(Struct, frozen=True, kw_only=True):
    """What is wrong: the code and words of an error of S3's, and what it names."""

    status: int
    code: str
    message: str
    names: Mapping[str, str]


def bucket_of_host(host: str) -> str:
    """Return the bucket whose website has this host, "" if it is no website's."""
    found = _HOST.fullmatch(host.lower())
    return found["bucket"] if found else ""


def key_of(path: str, configuration: Mapping[str, Any]) -> str:
    """Return the key of the page at a path: of a folder, its index."""
    key = unquote(path.removeprefix("/"))
    return key if key and not key.endswith("/") else f"{key}{configuration['IndexDocument']['Suffix']}"


def redirection_of_all(configuration: Mapping[str, Any], path: str) -> Redirection | None:
    """Return where a site leads that has no pages of its own."""
    to = configuration.get("RedirectAllRequestsTo")
    if to is None:
        return None
    return Redirection(location=f"{to.get('Protocol', 'http')}://{to['HostName']}{path}", status=301)


def redirection_by_rule(
    configuration: Mapping[str, Any], path: str, host: str, *, error_status: int = 0
) -> Redirection | None:
    """Return where the first routing rule leads that is about this key, or about this error of it."""
    key = unquote(path.removeprefix("/"))
    for rule in configuration.get("RoutingRules", ()):
        condition = rule.get("Condition", {})
        prefix, status = condition.get("KeyPrefixEquals", ""), condition.get("HttpErrorCodeReturnedEquals")
        if key.startswith(prefix) and (int(status) if status else 0) == error_status:
            return _led_by(rule["Redirect"], key, prefix, host)
    return None


def page_of_fault(fault: Fault, ids: Mapping[str, str], *, missing_document: str = "") -> bytes:
    """Return the page that tells of an error.

    Args:
        ids: the request's, which support asks for.
        missing_document: the site's own error document, if it is missing itself.
    """
    title = f"{fault.status} {_PHRASES.get(fault.status, '')}".strip()
    lines = {"Code": fault.code, "Message": fault.message, **fault.names, **ids}
    body = [f"<h1>{title}</h1>", *_listed(lines)]
    if missing_document:
        missing = {"Code": "NoSuchKey", "Message": "The specified key does not exist.", "Key": missing_document}
        body += [
            "<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>",
            *_listed(missing),
        ]
    head = f"<head><title>{title}</title></head>"
    return "\n".join(["<html>", head, "<body>", *body, "<hr/>", "</body>", "</html>", ""]).encode()


def _listed(lines: Mapping[str, str]) -> Iterable[str]:
    return ["<ul>", *(f"<li>{name}: {html.escape(text)}</li>" for name, text in lines.items()), "</ul>"]


def _led_by(redirect: Mapping[str, str], key: str, prefix: str, host: str) -> Redirection:
    if "ReplaceKeyWith" in redirect:
        key = redirect["ReplaceKeyWith"]
    elif "ReplaceKeyPrefixWith" in redirect:
        key = redirect["ReplaceKeyPrefixWith"] + key.removeprefix(prefix)
    location = f"{redirect.get('Protocol', 'http')}://{redirect.get('HostName', host)}/{quote(key)}"
    return Redirection(location=location, status=int(redirect.get("HttpRedirectCode", 301)))
