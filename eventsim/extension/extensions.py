"""Which extensions run beside a process? Those of the layers of its version that are stood in for."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from eventsim.api import Result
from eventsim.extension.secrets import SecretsExtension
from eventsim.function.extension import PARAMETERS_AND_SECRETS, extension_of
from eventsim.function.function import FunctionVersion
from eventsim.handler.surroundings import Answer, Surroundings
from eventsim.trace import Trace
from eventsim.wire.http import HttpRequest

_KINDS = {PARAMETERS_AND_SECRETS: SecretsExtension}


class Extensions:
    """Starts the extensions of one run's environments.

    Args:
        call: carries out AWS's operations.
    """

    def __init__(self, trace: Trace, region: str, call: Callable[..., Result | Awaitable[Result]]) -> None:
        self._trace = trace
        self._region = region
        self._call = call

    def start(self, version: FunctionVersion, surroundings: Surroundings) -> Mapping[int, Answer]:
        """Start those of a version beside a new process; return who answers at which port."""
        names = dict.fromkeys(extension_of(arn) for arn in version.extensions)
        return dict(self._start(name, surroundings) for name in names)

    def _start(self, name: str, surroundings: Surroundings) -> tuple[int, Answer]:
        place = self._trace.subject("extension", name)
        told = "{subject} asked {place} for {path}, answered {value} from {origin}"
        asked = self._trace.kind("extension asked", told, value="status")

        def ask(service: str, operation: str, parameters: Mapping[str, Any]) -> Result | Awaitable[Result]:
            return self._call(service, operation, parameters, region=self._region, caller=surroundings.who_calls())

        def tell(request: HttpRequest, status: int, origin: str) -> None:
            caller = surroundings.who_calls()
            subject = self._trace.subject("caller", caller.arn or "outside")
            path = f"{request.path}?{request.query}" if request.query else request.path
            detail = {"path": path, "origin": origin}
            self._trace.record(asked, subject, place, caller.cause, status, detail)

        extension = _KINDS[name](surroundings, ask, tell)
        return extension.port, extension.answer
