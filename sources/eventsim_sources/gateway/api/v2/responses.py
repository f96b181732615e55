"""What a WebSocket's routes and integrations respond, by key: parts of parts, made, told, changed and deleted alike."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct

from eventsim import Result
from eventsim_sources.gateway.api.call import Call, bad_request, shown, there
from eventsim_sources.gateway.api.v2.apis import found, listed
from eventsim_sources.gateway.api.v2.parts import INTEGRATIONS, ROUTES, Parts
from eventsim_sources.gateway.http_api.api import Api
from eventsim_sources.gateway.http_api.model import IntegrationResponse, RouteResponse

T = TypeVar("T", bound=Struct)


class Responses(Generic[T]):
    """The responses of one kind of part.

    Args:
        within: returns the responses of an API by the id of their part, and by their own.
        of: the kind of part that responds.
        word: what AWS calls that; `WordId` and `WordResponseId` are the parameters.
    """

    def __init__(
        self, kind: type[T], within: Callable[[Api], dict[str, dict[str, T]]], *, of: Parts[Any], word: str
    ) -> None:
        self._kind = kind
        self._within = within
        self._of = of
        self._parameter = f"{word}Id"
        self._own = f"{word}ResponseId"
        self._word = word

    def create(self, call: Call) -> Result:
        """Make one."""
        api = found(call)
        self._of.found(call)
        if self._word == "Route" and call.text("RouteResponseKey") != "$default":
            raise bad_request("RouteResponseKey must be $default")
        made = call.make(self._kind, **{self._own: api.new_id()})
        identifier = str(msgspec.to_builtins(made)[self._own])
        self._within(api).setdefault(call.text(self._parameter), {})[identifier] = made
        api.changed()
        return shown(made)

    def get(self, call: Call) -> Result:
        """Tell of one."""
        return shown(self._found(call))

    def list(self, call: Call) -> Result:
        """List them."""
        self._of.found(call)
        responses = self._within(found(call)).get(call.text(self._parameter), {})
        return listed(call, [shown(each) for each in responses.values()])

    def update(self, call: Call) -> Result:
        """Change one."""
        api, before = found(call), self._found(call)
        changes = {name: value for name, value in call.given.items() if name not in ("ApiId", self._parameter)}
        changed = msgspec.convert({**msgspec.to_builtins(before), **changes}, self._kind, strict=False)
        self._within(api)[call.text(self._parameter)][call.text(self._own)] = changed
        api.changed()
        return shown(changed)

    def delete(self, call: Call) -> Result:
        """Delete one."""
        self._found(call)
        api = found(call)
        del self._within(api)[call.text(self._parameter)][call.text(self._own)]
        api.changed()
        return {}

    def _found(self, call: Call) -> T:
        self._of.found(call)
        responses = self._within(found(call)).get(call.text(self._parameter), {})
        return there(responses.get(call.text(self._own)), f"Invalid {self._word} Response identifier specified")


ROUTE_RESPONSES = Responses(RouteResponse, lambda api: api.responses, of=ROUTES, word="Route")
INTEGRATION_RESPONSES = Responses(
    IntegrationResponse, lambda api: api.integration_responses, of=INTEGRATIONS, word="Integration"
)
