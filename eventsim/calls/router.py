"""Which operation answers a request? Every AWS call of user code passes here, whichever way it came.

A stub comes first, then what a source or the core offers, then whoever answers for the services that neither has, and
for what these leave to others; anything else is refused by name. Trouble on purpose strikes before any of them.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Annotated, Any, Protocol

from msgspec import Meta, Struct

from eventsim.api import OUTSIDE, Caller, Operation, Request, Result
from eventsim.errors import ApiError, NotSimulated
from eventsim.trace import Trace

Answer = Callable[[Mapping[str, Any]], Any]


class StubSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer to calls that nobody simulates, or that a test wants to decide."""

    service: Annotated[str, Meta(description="boto3's name of the service.", examples=["bedrock-runtime", "ses"])]
    operation: Annotated[str, Meta(description="The operation, as in AWS's API reference.", examples=["SendEmail"])]
    result: Annotated[dict[str, Any] | None, Meta(description="What the call returns.")] = None
    error: Annotated[str, Meta(description="AWS's error code to raise instead, such as `ThrottlingException`.")] = ""
    message: Annotated[str, Meta(description="The message that goes with the error.")] = ""
    python: Annotated[
        str | None, Meta(description="`module.function` that is called with the parameters and returns the result.")
    ] = None


class Gate(Protocol):
    """Sees that whoever calls may."""

    def check(self, request: Request, *, is_call: bool = True) -> None:
        """See that a call is permitted, or what a service does in its place; raises ApiError."""

    def seen(self, request: Request, error: ApiError) -> ApiError:
        """Return a refusal as whoever asks may see it."""


class Fault(Protocol):
    """What a call suffers on purpose."""

    @property
    def latency_us(self) -> int:
        """How much longer it takes."""

    def error(self, service: str) -> ApiError | None:
        """Return the error in the words of a service, None if the call only takes longer."""


class Faults(Protocol):
    """Trouble on purpose."""

    def decide(self, service: str, operation: str, parameters: Mapping[str, Any]) -> Fault | None:
        """Return what a call suffers, None for nothing."""


class Router:
    """The operations of one simulation, by botocore's service name and operation.

    Args:
        load: service → what makes its operations; called at the first call of that service.
        find_elsewhere: finds operations that nobody here has; it raises NotSimulated.
        check: sees that parameters are such as the service takes, and returns those that are not null; it raises
            `ApiError`.

    Attributes:
        gate: asked before anybody answers; None where everybody may do everything.
        faults: asked then, if there is any trouble on purpose.
    """

    gate: Gate | None = None
    faults: Faults | None = None

    def __init__(
        self,
        trace: Trace,
        region: str,
        load: Mapping[str, Callable[[], Mapping[str, Operation]]],
        find_elsewhere: Callable[[str, str], Operation] | None = None,
        check: Callable[[str, str, Mapping[str, Any]], Mapping[str, Any]] | None = None,
    ) -> None:
        self.region = region
        self.services = frozenset(load)
        self._load = dict(load)
        self._find_elsewhere = find_elsewhere
        self._check = check
        self._operations: dict[tuple[str, str], Operation] = {}
        self._stubs: dict[tuple[str, str], Answer] = {}
        self._trace = trace
        self._places: dict[tuple[str, str], int] = {}
        self._callers: dict[str, int] = {}
        self._CALLED = trace.kind("called", "{subject} called {place}")
        self._REFUSED = trace.kind("call refused", "{place} refused the call of {subject}: {code}: {message}")

    def stub(self, service: str, operation: str, answer: Answer) -> None:
        """Answer an operation with `answer(parameters)`; it may raise `ApiError`. Replaces what was there."""
        self._stubs[service, operation] = answer

    def knows(self, service: str, operation: str) -> bool:
        """Tell whether anybody answers an operation."""
        key = (service, operation)
        try:
            return key in self._stubs or (self._operations.get(key) or self._find(key)) is not None
        except NotSimulated:
            return False

    def call(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        *,
        region: str = "",
        caller: Caller = OUTSIDE,
        is_checked: bool = False,
    ) -> Result | Awaitable[Result]:
        """Carry out one operation.

        Args:
            is_checked: whether somebody has seen that the parameters are such as the service takes.

        Returns:
            its result, or an awaitable of it when the operation waits.

        Raises:
            ApiError: the operation refuses.
            NotSimulated: nobody answers this operation.
        """
        key = (service, operation)
        place = self._places.get(key) or self._place(key)
        subject = self._callers.get(caller.arn) or self._caller(caller.arn)
        entry = self._trace.record(self._CALLED, subject, place, caller.cause)
        try:
            if self._check is not None and not is_checked and key[0] in self.services and key not in self._stubs:
                parameters = self._check(*key, parameters)
            if self.gate is not None:
                self.gate.check(_request(key, parameters, region or self.region, caller, entry))
            fault = None if self.faults is None else self.faults.decide(service, operation, parameters)
            if fault is None:
                result = self._answer(key, parameters, region or self.region, caller, entry)
            else:
                answer = partial(self._answer, key, parameters, region or self.region, caller, entry)
                result = self._suffer(fault, service, answer, place, entry)
        except ApiError as error:
            self._refuse(subject, place, entry, error)
            raise
        if isinstance(result, dict) or not inspect.isawaitable(result):
            return result
        return self._watch(result, subject, place, entry)

    def _suffer(
        self,
        fault: Fault,
        service: str,
        answer: Callable[[], Result | Awaitable[Result]],
        place: int,
        entry: int,
    ) -> Result | Awaitable[Result]:
        """Have a call fail or take longer, on purpose."""
        error = fault.error(service)
        parts = [_latency_text(fault.latency_us), "" if error is None else error.code]
        kind = self._trace.kind("fault injected", "the scenario put a fault in the way of {subject}: {fault}")
        self._trace.record(kind, place, place, entry, detail={"fault": " and ".join(filter(None, parts))})
        if fault.latency_us:
            return _late(fault.latency_us, error, answer)
        if error is not None:
            raise error
        return answer()

    def authorize(
        self, service: str, operation: str, parameters: Mapping[str, Any], caller: Caller, *, region: str = ""
    ) -> None:
        """See that somebody may make a call that nobody makes: a service does for them what it would do.

        Raises:
            ApiError: they may not.
        """
        if self.gate is not None:
            request = _request((service, operation), parameters, region or self.region, caller, caller.cause)
            self.gate.check(request, is_call=False)

    def ask(self, service: str, operation: str, parameters: Mapping[str, Any]) -> Result:
        """Carry out an operation that waits for nobody on eventsim's own behalf: the trace does not tell of it.

        Raises:
            ApiError: the operation refuses.
            NotSimulated: nobody answers it, or not at once.
        """
        operation_of = self._operations.get((service, operation)) or self._find((service, operation))
        request = Request(service=service, operation=operation, parameters=parameters, region=self.region)
        result = operation_of(request)
        if isinstance(result, Mapping):
            return result
        if inspect.iscoroutine(result):
            result.close()
        raise NotSimulated(service, operation, remedy="It does not answer at once.")

    def _answer(
        self, key: tuple[str, str], parameters: Mapping[str, Any], region: str, caller: Caller, entry: int
    ) -> Result | Awaitable[Result]:
        stub = self._stubs.get(key)
        if stub is not None:
            return stub(parameters) or {}
        operation = self._operations.get(key) or self._find(key)
        request = _request(key, parameters, region, caller, entry)
        try:
            return operation(request)
        except ApiError as error:
            if self.gate is None:
                raise
            raise self.gate.seen(request, error) from error
        except NotSimulated:  # it is somebody else who keeps what is asked about
            other = operation if self._find_elsewhere is None else self._find_elsewhere(*key)
            if other == operation:
                raise
            return other(request)

    def _find(self, key: tuple[str, str]) -> Operation:
        load = self._load.pop(key[0], None)
        if load is not None:
            self._operations |= {(key[0], name): operation for name, operation in load().items()}
        operation = self._operations.get(key)
        if operation is not None:
            return operation
        if self._find_elsewhere is None:
            raise NotSimulated(*key)
        operation = self._operations[key] = self._find_elsewhere(*key)
        return operation

    async def _watch(self, result: Awaitable[Result], subject: int, place: int, entry: int) -> Result:
        try:
            return await result
        except ApiError as error:
            self._refuse(subject, place, entry, error)
            raise

    def _refuse(self, subject: int, place: int, entry: int, error: ApiError) -> None:
        detail = {"code": error.code, "message": error.message}
        self._trace.record(self._REFUSED, subject, place, entry, error.status, detail)

    def _caller(self, arn: str) -> int:
        caller = self._callers[arn] = self._trace.subject("caller", arn or "outside")
        return caller

    def _place(self, key: tuple[str, str]) -> int:
        place = self._places[key] = self._trace.subject("operation", ".".join(key))
        return place


async def _late(latency_us: int, error: ApiError | None, answer: Callable[[], Result | Awaitable[Result]]) -> Result:
    await asyncio.sleep(latency_us / 1e6)
    if error is not None:
        raise error
    result = answer()
    return result if isinstance(result, dict) or not inspect.isawaitable(result) else await result


def _latency_text(latency_us: int) -> str:
    return f"{latency_us / 1e6:g} s of latency" if latency_us else ""


def _request(key: tuple[str, str], parameters: Mapping[str, Any], region: str, caller: Caller, entry: int) -> Request:
    return Request(service=key[0], operation=key[1], parameters=parameters, region=region, caller=caller, entry=entry)
