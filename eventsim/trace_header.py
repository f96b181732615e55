"""To which trace of X-Ray's does this belong? `Root=1-…;Parent=…;Sampled=0`, the header `X-Amzn-Trace-Id` (documented).

Its root says what everything began with, its parent who sent it last, and whether a trace is sampled is decided once.
Only of a sampled trace X-Ray is told anything.
"""

from collections.abc import Callable

from msgspec import Struct

from eventsim.limits import TRACE_SHARE

_HEXADECIMAL = frozenset("0123456789abcdef")


class TraceHeader(Struct, frozen=True, kw_only=True, gc=False):
    """What a header says.

    Attributes:
        trace_id: of which trace it is, "" if it does not tell.
        parent_id: the segment or subsegment from which it comes, "" if it does not tell.
        sampled: whether the trace is sampled, None if nobody has decided.
    """

    trace_id: str = ""
    parent_id: str = ""
    sampled: bool | None = None


_UNTOLD = TraceHeader()
_DECIDED = {"0": False, "1": True}


def is_trace_id(text: str) -> bool:
    """Tell whether a text is the id of a trace as X-Ray has it: `1-581cf771-a006649127e371903a2de979`."""
    version, _, rest = text.partition("-")
    second, _, number = rest.partition("-")
    lengths = (len(version), len(second), len(number))
    return version == "1" and lengths == (1, 8, 24) and _HEXADECIMAL.issuperset(second + number)


def read_header(header: str) -> TraceHeader:
    """Return what a header says."""
    parts = dict(part.strip().partition("=")[::2] for part in header.split(";"))
    return TraceHeader(
        trace_id=parts.get("Root", ""),
        parent_id=parts.get("Parent", ""),
        sampled=_DECIDED.get(parts.get("Sampled", "")),
    )


def is_sampled(header: str) -> bool:
    """Tell whether a header of ours says that its trace is sampled."""
    return header.endswith("Sampled=1")


def root_of(request_id: str, epoch_us: int) -> str:
    """Return the header of a trace that begins with a request, of which nobody knows more yet."""
    return f"Root=1-{epoch_us // 1_000_000:08x}-{request_id[24:]}{request_id[:8]}{request_id[9:13]}"


def header_of_invocation(upstream: str, request_id: str, epoch_us: int, sampler: "Sampler | None") -> str:
    """Return the header that a function works under: the root of what led to it, and a parent of its own.

    Args:
        upstream: the header of whoever asked for the invocation, "" for none.
        epoch_us: when it began, by which attempts of one request differ.
        sampler: decides if nobody has; None for a function that only passes traces on.
    """
    before = read_header(upstream) if upstream else _UNTOLD
    sampled = before.sampled
    if sampled is None:
        sampled = sampler is not None and sampler.decide(epoch_us)
    root = f"Root={before.trace_id}" if before.trace_id else root_of(request_id, epoch_us)
    parent = f"{request_id[14:18]}{request_id[19:23]}{epoch_us & 0xFFFFFFFF:08x}"
    return f"{root};Parent={parent};Sampled={sampled:d}"


class Sampler:
    """Which of the traces that begin with a function are sampled? One in each second, and a share of the others."""

    def __init__(self, luck: Callable[[], float]) -> None:
        self._luck = luck
        self._second = 0
        """The last one in which there was a sample."""

    def decide(self, epoch_us: int) -> bool:
        """Decide about a trace that begins at this instant."""
        second = epoch_us // 1_000_000
        if second != self._second:
            self._second = second
            return True
        return self._luck() < TRACE_SHARE
