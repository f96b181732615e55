"""To which trace of X-Ray's does this belong? `Root=1-…;Parent=…;Sampled=0`, the header `X-Amzn-Trace-Id` (documented).

Nothing is sent to X-Ray. The header goes on all the same, for user code reads it: its root says what everything began
with, its parent who sent it last, and whether a trace is sampled is decided once.
"""


def root_of(request_id: str, epoch_us: int) -> str:
    """Return the header of a trace that begins with a request, of which nobody knows more yet."""
    digits = request_id.replace("-", "")
    return f"Root=1-{epoch_us // 1_000_000:08x}-{digits[20:]}{digits[:12]}"


def header_of_invocation(upstream: str, request_id: str, epoch_us: int) -> str:
    """Return the header that a function works under: the root of what led to it, and a parent of its own.

    Args:
        upstream: the header of whoever asked for the invocation, "" for none.
        epoch_us: when it began, by which attempts of one request differ.
    """
    root, is_sampled = _read(upstream) if upstream else ("", False)
    root = root or root_of(request_id, epoch_us)
    return f"{root};Parent={request_id[19:23]}{request_id[24:28]}{epoch_us & 0xFFFFFFFF:08x};Sampled={is_sampled:d}"


def _read(header: str) -> tuple[str, bool]:
    """Return the root, "" for none, and whether the trace is sampled."""
    parts = dict(part.strip().partition("=")[::2] for part in header.split(";"))
    root = parts.get("Root")
    return f"Root={root}" if root else "", parts.get("Sampled") == "1"
