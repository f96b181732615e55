"""What does a stage tell X-Ray of a request? One segment, above what the integration leads to (documented)."""

from typing import Any

import msgspec
from msgspec import Struct

from eventsim import HttpResponse, World
from eventsim_sources.gateway.arrival import Arrival
from eventsim_sources.gateway.rest_api.model import Stage
from eventsim_sources.xray.rules import Rules

_TYPE = "AWS::ApiGateway::Stage"


class Traced(Struct, frozen=True, kw_only=True):
    """A request at a stage that traces.

    Attributes:
        arrival: with the header under which its integration works.
        segment: what is known from the beginning, None if the trace is not sampled.
    """

    arrival: Arrival
    segment: dict[str, Any] | None


class StageTracing:
    """Traces the requests of one REST API.

    Args:
        identifier: the API's.
    """

    def __init__(self, world: World, identifier: str) -> None:
        self._world = world
        self._identifier = identifier

    def begin(self, arrival: Arrival, stage: Stage, api_name: str) -> Traced:
        """Decide whether a request is sampled, unless whoever sent it has; sampling rules say so (documented)."""
        name = f"{api_name}/{stage.stage_name}"
        arn = f"arn:aws:apigateway:{arrival.region}::/restapis/{self._identifier}/stages/{stage.stage_name}"
        request = {
            "ServiceName": name,
            "ServiceType": _TYPE,
            "Host": arrival.domain_name,
            "HTTPMethod": arrival.request.method,
            "URLPath": arrival.stage_path,
            "ResourceARN": arn,
        }
        rules = self._world.share(Rules)
        opened = self._world.segments.open(arrival.trace_id, lambda: rules.samples(**request))
        arrival = msgspec.structs.replace(arrival, trace_id=opened.header)
        if opened.segment is None:
            return Traced(arrival=arrival, segment=None)
        about = {"name": name, "origin": _TYPE, "resource_arn": arn, "start_time": arrival.epoch_ms / 1000}
        return Traced(arrival=arrival, segment={**opened.segment, **about})

    def end(self, traced: Traced, response: HttpResponse) -> None:
        """Write the segment of a request that has been answered."""
        if traced.segment is None:
            return
        arrival, status = traced.arrival, response.status
        asked = {
            "url": f"https://{arrival.domain_name}{arrival.stage_path}",
            "method": arrival.request.method,
            "client_ip": arrival.source_ip,
            **({"user_agent": arrival.user_agent} if arrival.user_agent else {}),
        }
        self._world.segments.put(
            {
                **traced.segment,
                "end_time": self._world.clock.epoch_ms() / 1000,
                "http": {"request": asked, "response": {"status": status}},
                "aws": {
                    "api_gateway": {
                        "account_id": arrival.account_id,
                        "rest_api_id": self._identifier,
                        "stage": arrival.stage,
                        "request_id": arrival.request_id,
                    }
                },
                "annotations": {"aws:api_id": self._identifier, "aws:api_stage": arrival.stage},
                "metadata": {
                    "default": {"request_id": arrival.request_id, "extended_request_id": arrival.short_id},
                },
                **flags_of(status),
            }
        )


def flags_of(status: int) -> dict[str, bool]:
    """Return what X-Ray calls a response with this status (documented)."""
    if status >= 500:
        return {"fault": True}
    throttle = {"throttle": True} if status == 429 else {}
    return {"error": True, **throttle} if status >= 400 else {}
