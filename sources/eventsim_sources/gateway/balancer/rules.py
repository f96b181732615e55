"""Which rule of a listener takes a request? Pure: the first, by priority, all of whose conditions hold."""

import fnmatch
from collections.abc import Iterable, Mapping
from typing import Any

from eventsim import HttpRequest
from eventsim_sources.gateway.balancer.model import Listener, Rule
from eventsim_sources.gateway.format_v1 import query_pairs

_SOURCE_IP = "127.0.0.1"


def find_rule(listener: Listener, request: HttpRequest) -> Rule | None:
    """Return the rule that takes a request, None if none does."""
    for rule in listener.ordered():
        if all(_holds(condition, request) for condition in rule.conditions):
            return rule
    return None


def _holds(condition: Mapping[str, Any], request: HttpRequest) -> bool:
    field = condition.get("Field")
    match field:
        case "path-pattern":
            return _any(_values(condition, "PathPatternConfig"), request.path, folds=False)
        case "host-header":
            host = request.headers.get("host").rpartition(":")[0] or request.headers.get("host")
            return _any(_values(condition, "HostHeaderConfig"), host, folds=True)
        case "http-request-method":
            return request.method in _values(condition, "HttpRequestMethodConfig")
        case "http-header":
            about = condition.get("HttpHeaderConfig") or {}
            given = request.headers.get(str(about.get("HttpHeaderName", "")).lower())
            return bool(given) and _any(about.get("Values", ()), given, folds=True)
        case "query-string":
            wanted = (condition.get("QueryStringConfig") or {}).get("Values", ())
            return any(_in_query(each, request) for each in wanted)
        case "source-ip":
            return any(str(each).startswith((_SOURCE_IP, "0.0.0.0/0")) for each in _values(condition, "SourceIpConfig"))
    return False


def _in_query(wanted: Mapping[str, str], request: HttpRequest) -> bool:
    name = wanted.get("Key")
    return any(
        (name is None or fnmatch.fnmatchcase(given.lower(), name.lower()))
        and fnmatch.fnmatchcase(value.lower(), wanted.get("Value", "*").lower())
        for given, value in query_pairs(request.query)
    )


def _values(condition: Mapping[str, Any], config: str) -> Iterable[str]:
    return (condition.get(config) or {}).get("Values") or condition.get("Values") or ()


def _any(patterns: Iterable[str], text: str, *, folds: bool) -> bool:
    return any(
        fnmatch.fnmatchcase(text.lower() if folds else text, _pattern(each.lower() if folds else each))
        for each in patterns
    )


def _pattern(text: str) -> str:
    """Return a pattern in which only `*` and `?` are wild."""
    return text.replace("[", "[[]")
