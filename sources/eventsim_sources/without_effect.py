"""Which parameters does an operation heed? Others are refused; of those that change nothing the trace tells once."""

from collections.abc import Mapping

from eventsim import ApiError, Request, World


class WithoutEffect:
    """What a simulation has taken without effect."""

    def __init__(self, world: World) -> None:
        self._trace = world.trace
        self._told: set[tuple[str, str]] = set()
        self._kind = world.trace.kind(
            "accepted without effect", "{place} took {parameter}, which has no effect: {reason}"
        )

    def tell(self, request: Request, parameter: str, reason: str) -> None:
        """Record, once for each service, that a parameter has no effect."""
        if (request.service, parameter) in self._told:
            return
        self._told.add((request.service, parameter))
        place = self._trace.subject("operation", f"{request.service}.{request.operation}")
        detail = {"parameter": parameter, "reason": reason}
        self._trace.record(self._kind, place, place, request.entry, detail=detail)


def check_heeded(world: World, request: Request, takes: str, *, inert: Mapping[str, str]) -> None:
    """See that an operation takes every parameter that is given, and tell of those without effect.

    Args:
        takes: the names of those that it takes, with blanks between them.
        inert: those that change nothing, each with the reason.

    Raises:
        ApiError: another one is given.
    """
    taken = takes.split()
    for name, value in request.parameters.items():
        if value is None or value is False:
            continue
        if name not in taken:
            raise not_simulated(request, name)
        if name in inert:
            world.share(WithoutEffect).tell(request, name, inert[name])


def not_simulated(request: Request, what: str, *, why: str = "") -> ApiError:
    """Return the refusal of a parameter, or a value of one, that nobody simulates; and why, if that is not plain."""
    message = (
        f"{request.service}.{request.operation}: {what} is not simulated{why and ': '}{why}. Leave it out, or answer "
        f'the operation by a stub: simulation.stub("{request.service}", "{request.operation}", result={{...}}).'
    )
    return ApiError("NotImplemented", message, status=501)
