"""Operations that publish: to a topic, to a platform endpoint, to a phone number, and many at once."""

import re
from collections.abc import Mapping
from typing import Any

from eventsim import ApiError, Request, Result
from eventsim_sources.parameters import text
from eventsim_sources.topic import errors
from eventsim_sources.topic.api.directory import Directory
from eventsim_sources.topic.courier import platform_of
from eventsim_sources.topic.endpoints import is_phone_number
from eventsim_sources.topic.limits import (
    BATCH_ENTRIES_MAX,
    BATCH_ID_LENGTH_MAX,
    MESSAGE_BYTES_MAX,
    SMS_BYTES_MAX,
)
from eventsim_sources.topic.message import Draft, drafted
from eventsim_sources.topic.outbox import Sent
from eventsim_sources.topic.source import Published, Topic

_BATCH_ID = re.compile(r"[A-Za-z0-9_-]+")
_ADDRESSES = ("TopicArn", "TargetArn", "PhoneNumber")


def publish(directory: Directory, request: Request) -> Result:
    """Publish one message."""
    given = [name for name in _ADDRESSES if text(request, name)]
    if len(given) != 1:  # unconfirmed words for more than one
        reason = "no value for required parameter" if not given else "only one of them may be given"
        raise errors.invalid(f"TopicArn or TargetArn Reason: {reason}")
    address = text(request, given[0])
    if given[0] == "PhoneNumber":
        return _to_phone(directory, address, request)
    if given[0] == "TargetArn" and ":endpoint/" in address:
        return _to_endpoint(directory, address, request)
    topic = directory.by_arn(address, given[0])
    draft = drafted(request.parameters)
    topic.check_rate("Publish", (draft,), request.entry)
    published = topic.publish(draft, cause=request.entry, lineage=request.caller.lineage)
    return _told(published)


def publish_batch(directory: Directory, request: Request) -> Result:
    """Publish up to ten messages; each succeeds or fails by itself, but for what the whole request is refused for."""
    topic = directory.of(request)
    value: Any = request.parameters.get("PublishBatchRequestEntries") or []
    entries: list[Mapping[str, Any]] = list(value)
    _check_ids([str(entry.get("Id") or "") for entry in entries])
    drafts: dict[str, Draft | ApiError] = {entry["Id"]: _entry_draft(topic, entry) for entry in entries}
    if sum(draft.size_bytes for draft in drafts.values() if isinstance(draft, Draft)) > _batch_bytes_max(topic):
        raise errors.batch_refused(
            "BatchRequestTooLong", "The length of all the messages put together is more than the limit."
        )
    topic.check_rate("PublishBatch", [each for each in drafts.values() if isinstance(each, Draft)], request.entry)
    successful, failed = [], []
    for entry_id, draft in drafts.items():
        try:
            if isinstance(draft, ApiError):
                raise draft
            published = topic.publish(draft, cause=request.entry, lineage=request.caller.lineage)
            successful.append({"Id": entry_id, **_told(published)})
        except ApiError as error:
            failed.append({"Id": entry_id, "Code": error.code, "Message": error.message, "SenderFault": True})
    return {"Successful": successful, "Failed": failed}


def _entry_draft(topic: Topic, entry: Mapping[str, Any]) -> Draft | ApiError:
    """Return what an entry asks for, or why this entry alone fails (which faults these are is unconfirmed).

    Raises:
        ApiError: the whole batch is refused for it (recorded for groups, structures and attributes).
    """
    if not entry.get("Message"):
        return errors.invalid("Empty message")
    try:
        draft = drafted(entry)
    except ApiError as error:
        if error.message.endswith("Subject"):
            return error
        raise
    topic.check(draft)
    return draft


def _batch_bytes_max(topic: Topic) -> int:
    return max(topic.settings.message_bytes_max, MESSAGE_BYTES_MAX)


def _check_ids(ids: list[str]) -> None:
    if not ids:
        raise errors.batch_refused("EmptyBatchRequest", "The batch request doesn't contain any entries.")
    if len(ids) > BATCH_ENTRIES_MAX:
        raise errors.batch_refused(
            "TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible."
        )
    for each in ids:
        if len(each) > BATCH_ID_LENGTH_MAX:
            raise errors.batch_refused(
                "InvalidBatchEntryId", f"The Id of a batch entry in the batch request is too long: {each}"
            )
        if not _BATCH_ID.fullmatch(each):
            raise errors.batch_refused(
                "InvalidBatchEntryId",
                f"The Id of a batch entry in the batch request contains an impermissible character: {each}",
            )
    if len(set(ids)) != len(ids):
        raise errors.batch_refused(
            "BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id."
        )


def _told(published: Published) -> dict[str, str]:
    told = {"MessageId": published.message_id}
    if published.sequence_number:
        told["SequenceNumber"] = published.sequence_number
    return told


def _to_phone(directory: Directory, number: str, request: Request) -> Result:
    if not is_phone_number(number):
        raise errors.invalid(f"PhoneNumber Reason: {number} is not valid to publish to")
    draft = drafted(request.parameters)
    if draft.size_bytes > SMS_BYTES_MAX:
        raise errors.invalid("Message too long")
    if number in directory.phones.opted_out:  # unconfirmed words
        raise errors.invalid(f"PhoneNumber Reason: {number} is opted out")
    return _direct(directory, "sms", number, draft, draft.text_for("sms"), request)


def _to_endpoint(directory: Directory, arn: str, request: Request) -> Result:
    endpoint = directory.platforms.endpoint(arn)
    if endpoint is None:
        raise errors.invalid("TargetArn Reason: No endpoint found for the target arn specified")
    if not endpoint.is_enabled:
        raise errors.endpoint_disabled()
    application = directory.platforms.application_of(arn)
    if application is not None and application.attributes.get("Enabled") == "false":
        raise errors.application_disabled()
    platform = platform_of(arn)
    draft = drafted(request.parameters, platform=platform)
    return _direct(directory, "application", arn, draft, draft.text_for(platform), request)


def _direct(
    directory: Directory, protocol: str, endpoint: str, draft: Draft, body: str, request: Request
) -> dict[str, str]:
    """Send something out of the world without a topic."""
    trace = directory.world.trace
    kind = trace.kind("message sent out", "a message was sent to {to}; it is kept in the outbox")
    message_id = directory.new_message_id()
    detail = {"to": f"{protocol} {endpoint}", "subject": draft.subject, "body": body}
    trace.record(kind, trace.new_subject("message", "m"), 0, request.entry, draft.size_bytes, detail)
    directory.outbox.keep(
        Sent(
            protocol=protocol,
            endpoint=endpoint,
            body=body,
            message_id=message_id,
            timestamp=directory.world.clock.iso_ms(),
            subject=draft.subject,
            attributes=draft.attributes,
        )
    )
    return {"MessageId": message_id}
