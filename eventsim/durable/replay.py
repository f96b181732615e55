"""What does an invocation know of what its execution has done before? Its operations, page by page."""

from collections.abc import Sequence
from typing import Any

from eventsim.durable.checks import refusal
from eventsim.durable.execution import EVENT_OPERATIONS_BYTES_MAX
from eventsim.durable.operation import Operation
from eventsim.durable.run import Run
from eventsim.page_token import place_of, token_of


def operations_page(
    operations: Sequence[Operation], marker: str, *, bytes_max: int, items_max: int = 1_000
) -> tuple[Sequence[Operation], str]:
    """Return as many operations as fit on a page, at least one, and the marker of the next page, "" for none.

    Raises:
        ApiError: the marker is none of ours.
    """
    first = place_of(marker, refusal("Invalid Marker"))  # unconfirmed wording
    room, last = bytes_max, first
    while last < len(operations) and last - first < items_max:
        room -= operations[last].size_bytes
        if room < 0 and last > first:
            break
        last += 1
    return operations[first:last], token_of(last) if last < len(operations) else ""


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
