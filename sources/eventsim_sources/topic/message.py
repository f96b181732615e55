"""What is published? A message, and what its author may say of it."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from eventsim import ApiError, Lineage, load_json
from eventsim_sources.topic import errors
from eventsim_sources.topic.limits import SUBJECT_LENGTH_MAX, TOKEN_LENGTH_MAX
from eventsim_sources.topic.message_attributes import Attributes, check_attributes, size_of

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_TOKEN = re.compile(rf"[!-~]{{1,{TOKEN_LENGTH_MAX}}}")


class Draft(Struct, frozen=True, kw_only=True, gc=False):
    """What may be published.

    Attributes:
        body: `Message` as it was given.
        subject: None if there is none.
        texts: with `MessageStructure=json`, protocol → text; `default` is there, unless it is for one device alone.
        group: the message group, "" for none.
        deduplication_id: "" for none.
        size_bytes: body and attributes.
    """

    body: str
    size_bytes: int
    subject: str | None = None
    attributes: Attributes = {}
    texts: Mapping[str, str] | None = None
    group: str = ""
    deduplication_id: str = ""

    def text_for(self, protocol: str) -> str:
        """Return what subscribers of a protocol get."""
        if self.texts is None:
            return self.body
        return self.texts[protocol] if protocol in self.texts else self.texts["default"]


class Message(Struct, frozen=True, kw_only=True, gc=False):
    """A published message.

    Attributes:
        at: when it was published, as notifications show it; `at_us` in microseconds since the run began.
        sequence_number: "" on a standard topic.
        deduplication_id: the one given, or the hash that stands in for it; "" on a standard topic.
        subject: its subject in the trace.
        entry: the entry that tells that it was published, or is replayed.
        is_replayed: whether it comes out of the archive.
    """

    message_id: str
    draft: Draft
    at: str
    at_us: int
    sequence_number: str = ""
    deduplication_id: str = ""
    subject: int = 0
    entry: int = 0
    lineage: Lineage | None = None
    is_replayed: bool = False


def drafted(given: Mapping[str, Any], *, platform: str = "") -> Draft:
    """Read the parameters of Publish, or of one entry of its batch, that concern the message itself.

    Args:
        platform: of the one device that it is for, which needs no text but its own.

    Raises:
        ApiError: AWS refuses them.
    """
    body = str(given.get("Message") or "")
    if not body:
        raise errors.invalid("Empty message")
    subject = given.get("Subject")
    check_subject(subject)
    attributes: Attributes = given.get("MessageAttributes") or {}
    check_attributes(attributes)
    group, deduplication_id = given.get("MessageGroupId"), given.get("MessageDeduplicationId")
    for name, value in (("MessageGroupId", group), ("MessageDeduplicationId", deduplication_id)):
        if value is not None and not _TOKEN.fullmatch(value):  # unconfirmed words
            raise errors.invalid(
                f"{name} Reason: {name} can only include alphanumeric and punctuation characters. "
                f"1 to {TOKEN_LENGTH_MAX} in length."
            )
    return Draft(
        body=body,
        size_bytes=len(body.encode()) + (size_of(attributes) if attributes else 0),
        subject=subject,
        attributes=attributes,
        texts=_texts(body, platform) if _has_structure(given) else None,
        group=group or "",
        deduplication_id=deduplication_id or "",
    )


def check_subject(subject: str | None) -> None:
    """See that a subject may be one.

    Raises:
        ApiError: it is empty, too long, or has line breaks or control characters.
    """
    if subject is not None and (not subject or len(subject) > SUBJECT_LENGTH_MAX or _CONTROL.search(subject)):
        raise errors.invalid("Subject")


def content_hash(body: str) -> str:
    """Return what stands in for a missing deduplication id."""
    return hashlib.sha256(body.encode()).hexdigest()


def _has_structure(given: Mapping[str, Any]) -> bool:
    structure = given.get("MessageStructure")
    if structure not in (None, "", "json"):  # unconfirmed words
        raise errors.invalid("Message Structure")
    return structure == "json"


def _texts(body: str, platform: str) -> dict[str, str]:
    try:
        texts = load_json(body)
    except ValueError:
        raise _structure_fault("JSON message body failed to parse") from None
    if not isinstance(texts, dict):
        raise _structure_fault("JSON message body failed to parse")
    found = {protocol: text for protocol, text in texts.items() if isinstance(text, str)}
    if platform and not {"default", platform} & found.keys():  # as users report it
        raise errors.invalid(f"JSON must contain an entry for 'default' or '{platform}'.")
    if not platform and "default" not in found:
        raise _structure_fault("No default entry in JSON message body")
    return found


def _structure_fault(what: str) -> ApiError:
    return errors.invalid(f"Message Structure - {what}")
