"""Operations on up to ten messages at once: each entry succeeds or fails by itself, unless the batch is refused."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from eventsim import ApiError, Request, Result
from eventsim_sources.parameters import listed
from eventsim_sources.queue import content, errors
from eventsim_sources.queue.api.directory import Directory
from eventsim_sources.queue.api.messages import check_visibility_timeout, sent
from eventsim_sources.queue.limits import BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, BATCH_ENTRY_ID_LENGTH_MAX

_ENTRY_ID: Final = re.compile(rf"[A-Za-z0-9_-]{{1,{BATCH_ENTRY_ID_LENGTH_MAX}}}")

Entry = Mapping[str, Any]


def send_message_batch(directory: Directory, request: Request) -> Result:
    """Store messages, in the order of the list."""
    queue = directory.of(request)
    batch = listed(request, "Entries")
    queue.check_rate("SendMessage", [entry.get("MessageGroupId") or "" for entry in batch], request.entry)
    check_batch(batch, "SendMessageBatchRequestEntry")
    size_bytes = sum(_size_of(entry) for entry in batch)
    if size_bytes > BATCH_BYTES_MAX:
        raise errors.batch_refused(
            "BatchRequestTooLong",
            f"Batch requests cannot be longer than {BATCH_BYTES_MAX} bytes. You have sent {size_bytes} bytes.",
        )
    for entry in batch:
        content.check_request(entry, queue.settings, is_in_batch=True)

    def send(entry: Entry) -> dict[str, Any]:
        header = request.caller.trace_header
        outgoing = content.checked(entry, queue.settings, is_in_batch=True, trace_header=header)
        return sent(queue, outgoing, request)

    return _carried_out(batch, send)


def delete_message_batch(directory: Directory, request: Request) -> Result:
    """Delete messages by their receipt handles."""
    queue = directory.of(request)
    batch = listed(request, "Entries")
    queue.check_rate("DeleteMessage", (), request.entry)
    check_batch(batch, "DeleteMessageBatchRequestEntry")
    return _carried_out(batch, lambda entry: queue.delete(entry["ReceiptHandle"], request.entry))


def change_message_visibility_batch(directory: Directory, request: Request) -> Result:
    """Change how long received messages stay hidden."""
    queue = directory.of(request)
    batch = listed(request, "Entries")
    queue.check_rate("ChangeMessageVisibility", (), request.entry)
    check_batch(batch, "ChangeMessageVisibilityBatchRequestEntry")

    def change(entry: Entry) -> None:
        timeout_s = entry.get("VisibilityTimeout")
        if timeout_s is None:
            raise errors.parameter_missing("VisibilityTimeout")
        check_visibility_timeout(timeout_s)
        queue.change_visibility(entry["ReceiptHandle"], timeout_s, request.entry)

    return _carried_out(batch, change)


def check_batch(batch: Sequence[Entry], entry_name: str) -> None:
    """Check a batch's entries and their ids, in AWS's order.

    Raises:
        ApiError: The batch is refused; for none and for a repeated id the words are emulated.
    """
    if not batch:
        raise errors.batch_refused("EmptyBatchRequest", f"There should be at least one {entry_name} in the request.")
    if len(batch) > BATCH_ENTRIES_MAX:
        raise errors.batch_refused(
            "TooManyEntriesInBatchRequest",
            f"Maximum number of entries per request are {BATCH_ENTRIES_MAX}. You have sent {len(batch)}.",
        )
    for entry in batch:
        if not _ENTRY_ID.fullmatch(entry["Id"]):
            raise errors.batch_refused(
                "InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
                "It can be at most 80 letters long.",
            )
    seen: set[str] = set()
    for entry in batch:
        if entry["Id"] in seen:
            raise errors.batch_refused("BatchEntryIdsNotDistinct", f"Id {entry['Id']} repeated.")
        seen.add(entry["Id"])


def _carried_out(batch: Sequence[Entry], operation: Callable[[Entry], dict[str, Any] | None]) -> dict[str, Any]:
    successful: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for entry in batch:
        try:
            result = operation(entry)
        except ApiError as error:
            failed.append({"Id": entry["Id"], "SenderFault": True, "Code": error.code, "Message": error.message})
        else:
            successful.append({"Id": entry["Id"], **(result or {})})
    parts = {"Successful": successful, "Failed": failed}
    return {name: part for name, part in parts.items() if part}


def _size_of(entry: Entry) -> int:
    """Return what an entry adds to the batch, before anything about it is checked."""
    size_bytes = len((entry.get("MessageBody") or "").encode())
    for name, value in (entry.get("MessageAttributes") or {}).items():
        size_bytes += len(name.encode()) + len((value.get("DataType") or "").encode())
        size_bytes += len((value.get("StringValue") or "").encode()) + len(value.get("BinaryValue") or b"")
    return size_bytes
