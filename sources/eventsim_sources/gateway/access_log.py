"""What does a stage write down of a request? A line in the format that its settings give, into a log group.

`$context.…` in the format is what is known of the request; what is not known is `-`. What integrations and authorizers
say is not told.
"""

import re
from collections.abc import Mapping
from typing import Any

from eventsim import HttpResponse, World
from eventsim_sources.gateway.arrival import Arrival
from eventsim_sources.gateway.refusal import Refused
from eventsim_sources.log_writer import LogWriter, group_of

_VARIABLE = re.compile(r"\$context\.([A-Za-z][\w-]*(?:\.[A-Za-z][\w-]*)*)")
_NOTHING = "-"


class AccessLog:
    """The access log of one API.

    Args:
        identifier: the API's id.
        place: the API's subject in the trace.
    """

    def __init__(self, world: World, identifier: str, place: int) -> None:
        new_id = world.chance.uuids("access log", identifier)
        self._clock = world.clock
        self._writer = LogWriter(world, place, lambda: new_id().replace("-", ""))

    def write(self, settings: Mapping[str, Any], about: Mapping[str, Any]) -> None:
        """Write a line, if the settings of a stage want it.

        Args:
            settings: where, and in which format: `destinationArn` and `format`, in either spelling.
            about: `$context`.
        """
        given = {name.lower(): str(value) for name, value in settings.items()}
        group = group_of(given.get("destinationarn", ""))
        if group and given.get("format"):
            self._writer.put(group, _VARIABLE.sub(lambda found: _value(about, found[1]), given["format"]))

    def context(self, arrival: Arrival, response: HttpResponse, refused: Refused | None) -> dict[str, Any]:
        """Return what `$context` has of any request and its answer."""
        taken_ms = self._clock.epoch_ms() - arrival.epoch_ms
        body = response.body if isinstance(response.body, bytes) else b""
        error = {} if refused is None else {"message": refused.message, "responseType": refused.kind}
        return {
            "accountId": arrival.account_id,
            "apiId": arrival.identifier,
            "domainName": arrival.domain_name,
            "domainPrefix": arrival.domain_name.partition(".")[0],
            "error": {**error, "messageString": f'"{error["message"]}"' if error.get("message") else None},
            "extendedRequestId": arrival.short_id,
            "httpMethod": arrival.request.method,
            "identity": {"sourceIp": arrival.source_ip, "userAgent": arrival.user_agent or None},
            "path": arrival.stage_path,
            "protocol": "HTTP/1.1",
            "requestTime": arrival.time,
            "requestTimeEpoch": arrival.epoch_ms,
            "responseLatency": taken_ms,
            "responseLength": len(body),
            "stage": arrival.stage,
            "status": response.status,
        }


def _value(about: Mapping[str, Any], path: str) -> str:
    value: Any = about
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return _NOTHING if value is None or isinstance(value, Mapping) else str(value)
