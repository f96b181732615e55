"""What is known of a request on its way through a REST API? Where it is, whose it is, and what may be read of it."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from eventsim_sources.gateway import format_v1
from eventsim_sources.gateway.arrival import Arrival
from eventsim_sources.gateway.rest_api.api import Snapshot
from eventsim_sources.gateway.rest_api.exchange import Exchange
from eventsim_sources.gateway.rest_api.model import Method, Resource, Stage
from eventsim_sources.gateway.template.variables import Input, Util


class Turn(Struct, frozen=True, kw_only=True):
    """One request at one method.

    Attributes:
        parameters: of the path.
        authorizer: what `requestContext.authorizer` holds, None without one.
        identity: what is known of the caller besides.
        is_canary: whether the stage's canary serves it.
        exchange: takes note of what the integration is asked and answers; of trials alone.
    """

    arrival: Arrival
    snapshot: Snapshot
    stage: Stage
    resource: Resource
    method: Method
    parameters: dict[str, str]
    authorizer: Mapping[str, Any] | None = None
    identity: Mapping[str, Any] = {}
    is_canary: bool = False
    exchange: Exchange | None = None

    @property
    def arn(self) -> str:
        """The ARN by which policies name this way in."""
        arrival = self.arrival
        return arrival.arn(arrival.stage, arrival.request.method, arrival.path.strip("/"))

    @property
    def text(self) -> str:
        """The body as text."""
        return self.arrival.request.body.decode(errors="replace")

    def query(self) -> dict[str, str]:
        """Return the parameters of the query, the last of each name."""
        return format_v1.both_maps(format_v1.query_pairs(self.arrival.request.query))[0]

    def header(self, name: str) -> str | None:
        """Return a header, None if it is not there."""
        headers = self.arrival.headers
        return headers.get(name.lower()) if name.lower() in headers else None

    def context(self) -> dict[str, Any]:
        """Return `$context` as templates and mappings know it; it belongs to the caller."""
        made = format_v1.context(
            self.arrival,
            self.resource.path,
            self.resource.id,
            self.snapshot.deployment_id,
            self.authorizer or {},
            self.identity,
        )
        made["identity"] = {name: value for name, value in made["identity"].items() if value is not None}
        if self.stage.canary_settings is not None:
            made["isCanaryRequest"] = self.is_canary
        made["requestOverride"] = {"header": {}, "path": {}, "querystring": {}}
        made["responseOverride"] = {"header": {}}
        return made

    def variables(self, body: str, context: dict[str, Any]) -> dict[str, Any]:
        """Return what a template may refer to, with this as `$input.body`."""
        header = format_v1.both_maps(self.arrival.headers.pairs)[0]
        return {
            "input": Input(body, path=self.parameters, querystring=self.query(), header=header),
            "util": Util(),
            "context": context,
            "stageVariables": dict(self.stage.variables),
        }
