"""Which parameters are taken, kept and told, and change nothing? The trace says so once of each."""

from eventsim import Request, World


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
