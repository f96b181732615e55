"""Which extensions run beside a process? Those of the layers of its version that are stood in for."""

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from eventsim.api import Result
from eventsim.extension.answers import Extension, Origin, carry_out
from eventsim.extension.configurations import ConfigurationsExtension
from eventsim.extension.secrets import SecretsExtension
from eventsim.function.extension import APP_CONFIG, PARAMETERS_AND_SECRETS, extension_of
from eventsim.function.function import FunctionVersion
from eventsim.function.program import language_led, runs_as_program
from eventsim.handler.surroundings import Answer, Surroundings
from eventsim.source import World
from eventsim.wire.http import HttpRequest, HttpResponse

_KINDS: Mapping[str, Callable[[Surroundings], Extension]] = {
    APP_CONFIG: ConfigurationsExtension,
    PARAMETERS_AND_SECRETS: SecretsExtension,
}


class Extensions:
    """Starts the extensions of one world's environments."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._told: set[tuple[str, str]] = set()
        told = "{subject} asked {place} for {path}, answered {value} from {origin}"
        self._asked = world.trace.kind("extension asked", told, value="status")

    def start(self, version: FunctionVersion, surroundings: Surroundings) -> Mapping[int, Answer]:
        """Start those of a version beside a new process; return who answers at which port."""
        arns = [arn for arn in version.extensions if extension_of(arn) in _KINDS]
        if runs_as_program(version) and language_led(version) is None:
            self._tell_out_of_reach(version, arns)
            return {}
        names = dict.fromkeys(map(extension_of, arns))
        return dict(self._start(name, surroundings) for name in names)

    def _start(self, name: str, surroundings: Surroundings) -> tuple[int, Answer]:
        extension = _KINDS[name](surroundings)
        place = self._world.trace.subject("extension", name)
        return extension.port, _Counter(self._world, self._asked, place, extension, surroundings).answer

    def _tell_out_of_reach(self, version: FunctionVersion, arns: Sequence[str]) -> None:
        """Record, once for each function, that a program which no client of ours leads would ask in vain."""
        trace = self._world.trace
        for arn in arns:
            if (version.function, arn) not in self._told:
                self._told.add((version.function, arn))
                reason = f"what a program of {version.runtime} asks its own machine is not led to extensions"
                trace.record_without_effect(trace.subject("function", version.function), arn, reason)


class _Counter:
    """Where one extension serves one process; whatever is asked there stands in the trace.

    Args:
        kind, place: of the entries.
    """

    def __init__(self, world: World, kind: int, place: int, extension: Extension, surroundings: Surroundings) -> None:
        self._world = world
        self._kind = kind
        self._place = place
        self._extension = extension
        self._surroundings = surroundings

    def answer(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        """Answer what user code asks."""
        answer = carry_out(self._extension.steps(request), self._ask)
        return self._told_later(request, answer) if inspect.isawaitable(answer) else self._told(request, *answer)

    def _ask(self, service: str, operation: str, parameters: Mapping[str, Any]) -> Result | Awaitable[Result]:
        return self._world.call(service, operation, parameters, caller=self._surroundings.who_calls())

    async def _told_later(self, request: HttpRequest, answer: Awaitable[tuple[HttpResponse, Origin]]) -> HttpResponse:
        return self._told(request, *await answer)

    def _told(self, request: HttpRequest, response: HttpResponse, origin: Origin) -> HttpResponse:
        """Record what was asked, and return the answer."""
        caller, trace = self._surroundings.who_calls(), self._world.trace
        subject = trace.subject("caller", caller.arn or "outside")
        path = f"{request.path}?{request.query}" if request.query else request.path
        detail = {"path": path, "origin": origin}
        trace.record(self._kind, subject, self._place, caller.cause, response.status, detail)
        return response
