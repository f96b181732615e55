"""Which extensions run beside a process? Those of the layers of its version that are stood in for."""

from collections.abc import Awaitable, Mapping
from typing import Any

from eventsim.api import Result
from eventsim.extension.secrets import SecretsExtension
from eventsim.function.extension import PARAMETERS_AND_SECRETS, extension_of
from eventsim.function.function import FunctionVersion
from eventsim.function.runtime import is_program, language_of
from eventsim.handler.surroundings import Answer, Surroundings
from eventsim.source import World
from eventsim.wire.http import HttpRequest

_KINDS = {PARAMETERS_AND_SECRETS: SecretsExtension}


class Extensions:
    """Starts the extensions of one world's environments."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._told: set[tuple[str, str]] = set()
        told = "{subject} asked {place} for {path}, answered {value} from {origin}"
        self._asked = world.trace.kind("extension asked", told, value="status")

    def start(self, version: FunctionVersion, surroundings: Surroundings) -> Mapping[int, Answer]:
        """Start those of a version beside a new process; return who answers at which port."""
        if is_program(version.runtime) and language_of(version.runtime) is None:
            self._tell_out_of_reach(version)
            return {}
        names = dict.fromkeys(extension_of(arn) for arn in version.extensions)
        return dict(self._start(name, surroundings) for name in names)

    def _start(self, name: str, surroundings: Surroundings) -> tuple[int, Answer]:
        world = self._world
        place = world.trace.subject("extension", name)

        def ask(service: str, operation: str, parameters: Mapping[str, Any]) -> Result | Awaitable[Result]:
            return world.call(service, operation, parameters, caller=surroundings.who_calls())

        def tell(request: HttpRequest, status: int, origin: str) -> None:
            caller = surroundings.who_calls()
            subject = world.trace.subject("caller", caller.arn or "outside")
            path = f"{request.path}?{request.query}" if request.query else request.path
            detail = {"path": path, "origin": origin}
            world.trace.record(self._asked, subject, place, caller.cause, status, detail)

        extension = _KINDS[name](surroundings, ask, tell)
        return extension.port, extension.answer

    def _tell_out_of_reach(self, version: FunctionVersion) -> None:
        """Record, once for each function, that a program which no client of ours leads would ask in vain."""
        trace = self._world.trace
        for arn in version.extensions:
            if (version.function, arn) not in self._told:
                self._told.add((version.function, arn))
                kind = trace.kind("accepted without effect", "{place} took {parameter}, which has no effect: {reason}")
                place = trace.subject("function", version.function)
                reason = f"what a program of {version.runtime} asks its own machine is not led to extensions"
                trace.record(kind, place, place, detail={"parameter": arn, "reason": reason})
