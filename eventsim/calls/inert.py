"""Which parameters of an operation are understood? None is ignored in silence.

An operation takes the parameters that it names. A few more are accepted without effect, each for a reason that the
trace tells once; anything else is refused by name.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import partial
from typing import Any

from msgspec import Struct

from eventsim.api import Operation, Request, Result
from eventsim.errors import ApiError
from eventsim.trace import Trace

Carry = Callable[[Any, Request], Result | Awaitable[Result]]
"""An operation on some service: it gets the service and the request."""


class Offer(Struct, frozen=True, gc=False):
    """An operation and the parameters that it takes."""

    carry: Carry
    takes: frozenset[str] = frozenset()


def offer(carry: Carry, takes: str = "") -> Offer:
    """Return an offer; `takes` lists the parameters, separated by blanks."""
    return Offer(carry, frozenset(takes.split()))


class Inert:
    """What is accepted without effect, and told of.

    Args:
        reasons: parameter → why it has no effect here.
        ignored: parameters that have nothing to change in a simulation, so that there is nothing to tell.
    """

    def __init__(self, trace: Trace, reasons: Mapping[str, str], ignored: Collection[str] = ()) -> None:
        self._trace = trace
        self._reasons = reasons
        self._ignored = ignored
        self._told: set[tuple[str, str]] = set()
        self._kind = trace.kind("accepted without effect", "{place} took {parameter}, which has no effect: {reason}")

    def check(self, request: Request, takes: Collection[str]) -> None:
        """See that nothing is asked for that would be ignored in silence.

        Raises:
            ApiError: a parameter is not simulated.
        """
        for name, value in request.parameters.items():
            if asks_for_nothing(value) or name in takes or name in self._ignored:
                continue
            if name not in self._reasons:
                raise not_simulated(request, name)
            self.tell(request, name, self._reasons[name])

    def tell(self, request: Request, what: str, reason: str) -> None:
        """Record, once for each service, that something has no effect."""
        if (request.service, what) not in self._told:
            self._told.add((request.service, what))
            place = self._trace.subject("operation", f"{request.service}.{request.operation}")
            detail = {"parameter": what, "reason": reason}
            self._trace.record(self._kind, place, place, request.entry, detail=detail)


def asks_for_nothing(value: object) -> bool:
    """Tell whether a parameter is as good as left out: tools send switches that are off, and empty lists."""
    return value is None or value is False or value == [] or value == {}


def not_simulated(request: Request, what: str, *, remedy: str = "Leave it out") -> ApiError:
    """Return the refusal of a parameter or a value that nobody simulates."""
    message = (
        f"{request.service}.{request.operation}: {what} is not simulated. {remedy}, or answer the operation by "
        f'a stub: simulation.stub("{request.service}", "{request.operation}", result={{...}}).'
    )
    return ApiError("NotImplemented", message, status=501)


def operations(service: object, offers: Mapping[str, Offer], inert: Inert) -> Mapping[str, Operation]:
    """Return a service's operations by name, each behind the check of its parameters."""
    return {name: partial(_checked, service, made, inert) for name, made in offers.items()}


def _checked(service: object, made: Offer, inert: Inert, request: Request) -> Result | Awaitable[Result]:
    inert.check(request, made.takes)
    return made.carry(service, request)
