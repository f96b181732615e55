"""What do tracers find of AWS's runtime? A module `bootstrap`, whose functions they wrap to see each event.

AWS's runtime runs `handle_event_request` for an event, which hands over what came of it by a `LambdaRuntimeClient`
(both as awslambdaric has them). Sentry's SDK looks for the module where runtimes up to Python 3.8 had it. It is the
process's, as libraries are that wrap it once; where nobody has, nothing goes this way.
"""

from types import ModuleType
from typing import Any, Protocol

from eventsim.function.function import Handler
from eventsim.outcome import Failure, Success

NAME = "bootstrap"


class Runs(Protocol):
    """The runtime of one process."""

    def run(self, handler: Handler, event: Any, context: Any) -> Success | Failure:
        """Run a handler for one event; return what it comes to."""


class LambdaRuntimeClient:
    """Where the runtime hands over what came of an event."""

    def __init__(self, runtime: Runs) -> None:
        self.runtime = runtime
        self.outcome: Success | Failure | None = None

    def post_init_error(self, error_response_data: object) -> None:
        """Have no handler."""

    def post_invocation_result(self, invoke_id: str, result_data: object, content_type: str) -> None:
        """Have a result."""

    def post_invocation_error(self, invoke_id: str, error_response_data: object, xray_fault: object) -> None:
        """Have an error."""


def handle_event_request(
    lambda_runtime_client: LambdaRuntimeClient, request_handler: Handler, invoke_id: str, event: Any, context: Any
) -> None:
    """Run a handler for one event, and hand over what comes of it."""
    client = lambda_runtime_client
    outcome = client.outcome = client.runtime.run(request_handler, event, context)
    if isinstance(outcome, Success):
        client.post_invocation_result(invoke_id, outcome.payload, "application/json")
    else:
        client.post_invocation_error(invoke_id, outcome.payload, "{}")


RUNTIME = ModuleType(NAME)
RUNTIME.handle_event_request = handle_event_request  # type: ignore[attr-defined]  # it is made here
RUNTIME.LambdaRuntimeClient = LambdaRuntimeClient  # type: ignore[attr-defined]  # same


def is_wrapped() -> bool:
    """Tell whether somebody wants to see each event."""
    return RUNTIME.handle_event_request is not handle_event_request
