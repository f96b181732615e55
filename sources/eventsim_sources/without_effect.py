"""Which parameters does an operation heed? Others are refused; of those that change nothing the trace tells once."""

from collections.abc import Callable, Mapping

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


def check_heeded(
    world: World, request: Request, takes: str, *, inert: Mapping[str, str], refusal: Callable[[str], ApiError]
) -> None:
    """See that an operation takes every parameter that is given, and tell of those without effect.

    Args:
        takes: the names of those that it takes, with blanks between them.
        inert: those that change nothing, each with the reason.
        refusal: returns what is raised for the name of any other.
    """
    taken = takes.split()
    for name, value in request.parameters.items():
        if value is None or value is False:
            continue
        if name not in taken:
            raise refusal(name)
        if name in inert:
            world.share(WithoutEffect).tell(request, name, inert[name])
