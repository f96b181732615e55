"""Which simulation does a client reach here and now? From a process that user code has forked, the one of its home."""

import contextlib
import inspect
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping
from typing import Any, cast

from msgspec import Struct

from eventsim.api import Caller, Result
from eventsim.calls.sdk_answer import Backend
from eventsim.errors import ApiError, ConfigurationError
from eventsim.handler import strand
from eventsim.handler.forked import Home
from eventsim.handler.surroundings import current
from eventsim.quantity import wait_us

_backends: list[Backend] = []
"""The simulations that are open in this process, the latest last: whom a client reaches is a fact of the process."""


@contextlib.contextmanager
def reached(backend: Backend, home: Backend | None = None) -> Iterator[None]:
    """Let clients in this process reach a simulation.

    Args:
        home: whom clients outside reach instead; None if they reach this one.
    """
    _backends.insert(len(_backends) if home is None else _backends.index(home), backend)
    try:
        yield
    finally:
        _backends.remove(backend)


def find_backend() -> Backend | None:
    """Return who answers calls made here and now; None: nobody, botocore goes on as ever."""
    here = current()
    if here is None:
        return _backends[-1] if _backends else None
    strand.refuse_the_dead()  # a `finally` block after the timeout must not send anything any more
    backend = next((backend for backend in _backends if backend.clock is here.clock), None)
    return backend if backend is None or here.home is None else DistantBackend(backend, here.home)


class _Told(Struct, frozen=True):
    """What came of a call, and the id of its request."""

    outcome: dict[str, Any] | ApiError
    request_id: str


class _Call(Struct, frozen=True):
    """A call that a forked process makes: an errand to its home."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
    region: str
    account_id: str
    caller: Caller

    def __call__(self) -> _Told:
        """Make it there, in a strand of user code."""
        backend = find_backend()
        assert backend is not None, "the child has found it"
        outcome: dict[str, Any] | ApiError
        try:
            outcome = self._portable(self._made(backend))
        except ApiError as error:
            outcome = error
        told = {} if isinstance(outcome, ApiError) else outcome.get("ResponseMetadata", {})
        return _Told(outcome, told.get("RequestId") or backend.request_id())

    def _made(self, backend: Backend) -> Result:
        with strand.outside():
            given = backend.call(
                self.service,
                self.operation,
                self.parameters,
                region=self.region,
                account_id=self.account_id,
                caller=self.caller,
            )
        return backend.wait_for(given) if inspect.isawaitable(given) else given

    def _portable(self, result: Result) -> dict[str, Any]:
        """Return a result with its files read."""
        portable: dict[str, Any] = {}
        for name, value in result.items():
            if isinstance(value, AsyncIterator):
                raise ConfigurationError(
                    f"{self.service}.{self.operation} answers with events that come one after the other, and those "
                    "reach no process that a handler has forked: call it in the handler, or in a thread"
                )
            portable[name] = value.read() if hasattr(value, "read") else value
        return portable


class DistantBackend:
    """The simulation as a client sees it in a forked process: what is asked of it is done at home.

    Args:
        backend: the simulation as it was when the process was forked; it is only looked at.
        home: where it goes on.
    """

    def __init__(self, backend: Backend, home: Home) -> None:
        self.clock = backend.clock
        self._backend = backend
        self._home = home
        self._request_id = ""

    def call(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        *,
        region: str,
        account_id: str,
        caller: Caller,
    ) -> Awaitable[Result]:
        """Have one operation carried out."""
        call = _Call(service, operation, parameters, region, account_id, caller)
        return cast("Awaitable[Result]", self._home.ask(call))

    def wait_for(self, answer: Awaitable[Any], limit_s: float | None = None) -> Any:
        """Wait in virtual time until the answer is there.

        Raises:
            ApiError: the operation is refused.
            TimeoutError: the answer is not there within the limit.
        """
        told = strand.wait_for(answer, limit_s)
        if not isinstance(told, _Told):
            return told
        self._request_id = told.request_id
        if isinstance(told.outcome, ApiError):
            raise told.outcome
        return told.outcome

    def sleep(self, delay_s: float) -> None:
        """Wait in virtual time."""
        strand.sleep_us(wait_us(delay_s))

    def request_id(self) -> str:
        """Return the id of the request that was answered last."""
        return self._request_id

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)  # front doors, which were there before
