"""What is set for the methods of a stage? `*/*` for all, `orders/GET` for one: rates and caching; the rest is kept."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from eventsim_sources.gateway.rest_api.model import Stage

_TRUE = ("true", "True", True)
_TTL_MAX_S = 3_600
"""How long an answer may be kept (APIGW)."""


def _level(value: Any) -> str:
    if value not in ("OFF", "ERROR", "INFO"):
        raise ValueError("a level of logging is OFF, ERROR or INFO")
    return str(value)


def _ttl_s(value: Any) -> int:
    ttl_s = int(value)
    if not 0 <= ttl_s <= _TTL_MAX_S:
        raise ValueError(f"an answer is kept for 0 to {_TTL_MAX_S} seconds")
    return ttl_s


_FIELDS: Final[Mapping[str, tuple[str, Callable[[Any], Any]]]] = {
    "metrics/enabled": ("metricsEnabled", lambda value: value in _TRUE),
    "logging/loglevel": ("loggingLevel", _level),
    "logging/dataTrace": ("dataTraceEnabled", lambda value: value in _TRUE),
    "throttling/burstLimit": ("throttlingBurstLimit", int),
    "throttling/rateLimit": ("throttlingRateLimit", float),
    "caching/enabled": ("cachingEnabled", lambda value: value in _TRUE),
    "caching/ttlInSeconds": ("cacheTtlInSeconds", _ttl_s),
    "caching/dataEncrypted": ("cacheDataEncrypted", lambda value: value in _TRUE),
    "caching/requireAuthorizationForCacheControl": (
        "requireAuthorizationForCacheControl",
        lambda value: value in _TRUE,
    ),
    "caching/unauthorizedCacheControlHeaderStrategy": ("unauthorizedCacheControlHeaderStrategy", str),
}
"""The end of a patch path → the setting, and what it is."""
_DEFAULTS: Final[Mapping[str, Any]] = {
    "metricsEnabled": False,
    "loggingLevel": "OFF",
    "dataTraceEnabled": False,
    "throttlingBurstLimit": 5000,
    "throttlingRateLimit": 10000.0,
    "cachingEnabled": False,
    "cacheTtlInSeconds": 300,
    "cacheDataEncrypted": False,
    "requireAuthorizationForCacheControl": True,
    "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
}
"""What an operation tells beside what was set."""


def patch(settings: dict[str, Any], path: str, how: str, value: Any) -> bool:
    """Change the settings of some methods; tell whether the path speaks of any.

    Args:
        path: `/*/*/throttling/rateLimit`, `/orders/GET/caching/enabled`, or `/orders/GET` to remove them all.

    Raises:
        ValueError: the value is none for this setting.
    """
    parts = path.removeprefix("/").split("/")
    field = _FIELDS.get("/".join(parts[-2:]))
    if field is None:
        key = "/".join(parts)
        return how == "remove" and settings.pop(key, None) is not None
    key, (name, convert) = "/".join(parts[:-2]), field
    if how == "remove":
        settings.get(key, {}).pop(name, None)
    else:
        settings.setdefault(key, {})[name] = convert(value)
    return True


def told(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as an operation tells them."""
    return {key: {**_DEFAULTS, **given} for key, given in settings.items()}


def of(stage: Stage, path: str, verb: str) -> dict[str, Any]:
    """Return what is set for one method: what is for all, and over it what is for it alone."""
    if not stage.method_settings:
        return {}
    wanted = (path.strip("/"), verb)
    found = dict(stage.method_settings.get("*/*", {}))
    for key, given in stage.method_settings.items():
        where, _, method = key.replace("~1", "/").rpartition("/")
        if (where.strip("/"), method) == wanted:
            found |= given
    return found
