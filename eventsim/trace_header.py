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


def is_trace_id(text: str) -> bool:
    """Tell whether a text is the id of a trace as X-Ray has it: `1-581cf771-a006649127e371903a2de979`."""
    version, _, rest = text.partition("-")
    second, _, number = rest.partition("-")
    lengths = (len(version), len(second), len(number))
    return version == "1" and lengths == (1, 8, 24) and _HEXADECIMAL.issuperset(second + number)


def read_header(header: str) -> TraceHeader:
    """Return what a header says."""
    parts = _parts(header)
    return TraceHeader(
        trace_id=parts.get("Root", ""),
        parent_id=parts.get("Parent", ""),
        sampled={"0": False, "1": True}.get(parts.get("Sampled", "")),
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
    root, sampled = _read(upstream) if upstream else ("", "")
    if not sampled:
        sampled = "1" if sampler is not None and sampler.decide(epoch_us) else "0"
    parent = f"{request_id[14:18]}{request_id[19:23]}{epoch_us & 0xFFFFFFFF:08x}"
    return f"{root or root_of(request_id, epoch_us)};Parent={parent};Sampled={sampled}"


def _read(header: str) -> tuple[str, str]:
    """Return the root, "" for none, and whether the trace is sampled: "0", "1", or "" if nobody has decided."""
    parts = _parts(header)
    root, sampled = parts.get("Root"), parts.get("Sampled", "")
    return f"Root={root}" if root else "", sampled if sampled in ("0", "1") else ""


def _parts(header: str) -> dict[str, str]:
    return dict(part.strip().partition("=")[::2] for part in header.split(";"))


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
