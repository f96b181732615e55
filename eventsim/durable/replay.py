"""What does an invocation know of what its execution has done before? Its operations, page by page."""

import base64
from collections.abc import Sequence
from typing import Any

from eventsim.durable.checks import refusal
from eventsim.durable.execution import EVENT_OPERATIONS_BYTES_MAX
from eventsim.durable.operation import Operation
from eventsim.durable.run import Run


def operations_page(
    operations: Sequence[Operation], marker: str, *, bytes_max: int, items_max: int = 1_000
) -> tuple[Sequence[Operation], str]:
    """Return as many operations as fit on a page, at least one, and the marker of the next page, "" for none.

    Raises:
        ApiError: the marker is none of ours.
    """
    try:
        first = int(base64.b64decode(marker, validate=True)) if marker else 0
    except ValueError:
        raise refusal("Invalid Marker") from None  # unconfirmed wording
    room, last = bytes_max, first
    while last < len(operations) and last - first < items_max:
        room -= operations[last].size_bytes
        if room < 0 and last > first:
            break
        last += 1
    more = base64.b64encode(str(last).encode()).decode() if last < len(operations) else ""
    return operations[first:last], more


def replay_event(run: Run, news: Sequence[str]) -> dict[str, Any]:
    """Return the event of an invocation: what was saved, as far as it fits in."""
    operations, marker = operations_page(run.execution.replayed(), "", bytes_max=EVENT_OPERATIONS_BYTES_MAX)
    return {
        "DurableExecutionArn": run.execution.start.arn,
        "CheckpointToken": run.token,
        "InitialExecutionState": {
            "Operations": [operation.describe(lambda at_us: at_us // 1_000) for operation in operations],
            "NextMarker": marker,
        },
        "UpdatedOperationIds": news,
    }
