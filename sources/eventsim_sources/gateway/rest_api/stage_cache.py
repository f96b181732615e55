"""Is there an answer already? What a stage keeps of the answers to GET, for so long in virtual time.

The key is the resource with the parameters that the integration names (`cacheKeyParameters`), as on AWS: those that
it does not name make no difference.
"""

from typing import Any

from msgspec import Struct

from eventsim import Clock, HttpResponse
from eventsim_sources.gateway.rest_api import method_settings
from eventsim_sources.gateway.rest_api.mapping import of_request
from eventsim_sources.gateway.rest_api.turn import Turn

_KEPT_MAX = 10_000
_TTL_S = 300
"""How long an answer is kept unless the stage says otherwise (documented)."""

Key = tuple[str, ...]


class Caching(Struct, frozen=True):
    """How one request is cached.

    Attributes:
        is_fresh: whether the client wants an answer of now.
    """

    key: Key
    ttl_s: int
    is_fresh: bool


class StageCache:
    """The answers that the stages of one API keep."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._answers: dict[Key, tuple[int, HttpResponse]] = {}

    def caching(self, turn: Turn) -> Caching | None:
        """Return how a request is cached, None if it is not."""
        settings = method_settings.of(turn.stage, turn.resource.path, turn.method.http_method)
        is_on = turn.stage.cache_cluster_enabled and settings.get("cachingEnabled")
        integration = turn.method.method_integration
        if not is_on or turn.arrival.request.method != "GET" or integration is None:
            return None
        context: dict[str, Any] = {}
        values = [of_request(turn, name, context) or "" for name in integration.cache_key_parameters]
        namespace = integration.cache_namespace or turn.resource.id
        key = (turn.stage.stage_name, turn.snapshot.deployment_id, namespace, turn.resource.path, *values)
        is_fresh = "max-age=0" in turn.arrival.headers.get("cache-control").replace(" ", "")
        return Caching(key, int(settings.get("cacheTtlInSeconds", _TTL_S)), is_fresh)

    def find(self, caching: Caching) -> HttpResponse | None:
        """Return an answer that still holds."""
        until_us, response = self._answers.get(caching.key, (0, None))
        return response if until_us > self._clock.now_us and not caching.is_fresh else None

    def keep(self, caching: Caching, response: HttpResponse) -> None:
        """Keep an answer; the oldest goes if there are too many."""
        if response.status >= 300 or not caching.ttl_s:
            return
        self._answers.pop(caching.key, None)
        if len(self._answers) >= _KEPT_MAX:
            del self._answers[next(iter(self._answers))]
        self._answers[caching.key] = (self._clock.now_us + caching.ttl_s * 1_000_000, response)

    def flush(self, stage: str) -> None:
        """Forget the answers of a stage."""
        self._answers = {key: kept for key, kept in self._answers.items() if key[0] != stage}
