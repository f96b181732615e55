"""What do SQS's queue attributes, which travel as strings, say about the settings, and the other way round?"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec.structs import replace

from eventsim import load_json, policy_fault
from eventsim_sources.queue import errors
from eventsim_sources.queue.limits import (
    DATA_KEY_REUSE_MAX_S,
    DATA_KEY_REUSE_MIN_S,
    DELAY_MAX_S,
    MESSAGE_BYTES_MAX,
    MESSAGE_BYTES_MIN,
    RECEIVE_COUNT_MAX,
    REDRIVE_SOURCES_MAX,
    RETENTION_MAX_S,
    RETENTION_MIN_S,
    VISIBILITY_TIMEOUT_MAX_S,
    WAIT_MAX_S,
)
from eventsim_sources.queue.settings import RedriveAllowPolicy, RedrivePolicy, Settings

# Each attribute's setting, its least and its greatest value.
NUMBERS: Final = {
    "DelaySeconds": ("delay_s", 0, DELAY_MAX_S),
    "KmsDataKeyReusePeriodSeconds": ("kms_reuse_s", DATA_KEY_REUSE_MIN_S, DATA_KEY_REUSE_MAX_S),
    "MaximumMessageSize": ("message_bytes_max", MESSAGE_BYTES_MIN, MESSAGE_BYTES_MAX),
    "MessageRetentionPeriod": ("retention_s", RETENTION_MIN_S, RETENTION_MAX_S),
    "ReceiveMessageWaitTimeSeconds": ("wait_s", 0, WAIT_MAX_S),
    "VisibilityTimeout": ("visibility_timeout_s", 0, VISIBILITY_TIMEOUT_MAX_S),
}
_TEXTS: Final = {"KmsMasterKeyId": "kms_key_id"}
_FLAGS: Final = {
    "ContentBasedDeduplication": "has_content_deduplication",
    "SqsManagedSseEnabled": "has_own_encryption",
}
_WORDS: Final = {
    "DeduplicationScope": ("deduplication_scope", ("queue", "messageGroup")),
    "FifoThroughputLimit": ("throughput_limit", ("perQueue", "perMessageGroupId")),
}
_REDRIVE_MEMBERS: Final = ("deadLetterTargetArn", "maxReceiveCount")
_FIFO_ONLY: Final = ("ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit")
_NO_REDRIVE_ALLOW: Final = "Amazon SQS can't create the redrive allow policy"
COMPUTED: Final = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
)
NAMES: Final = frozenset(
    {
        *(*NUMBERS, *_TEXTS, *_FLAGS, *_WORDS, *COMPUTED),
        *("FifoQueue", "Policy", "RedrivePolicy", "RedriveAllowPolicy", "All"),
    }
)


def asks_for_fifo(given: Mapping[str, str]) -> bool:
    """Tell whether attributes are those of a FIFO queue; tools write `True` as well (unconfirmed)."""
    return given.get("FifoQueue", "").lower() == "true"


def created(given: Mapping[str, str]) -> Settings:
    """Return the settings of a new queue.

    Raises:
        ApiError: An attribute is unknown, not for this type of queue, or out of bounds.
    """
    is_fifo = asks_for_fifo(given)
    if "FifoQueue" in given and not is_fifo:
        raise errors.attribute_unknown("FifoQueue")
    if not is_fifo:
        for name in ("DeduplicationScope", "FifoThroughputLimit"):
            if name in given:
                raise errors.attribute_name_invalid(f"You can specify the {name} only when FifoQueue is set to true.")
    rest = {name: value for name, value in given.items() if name != "FifoQueue"}
    return changed(Settings(is_fifo=is_fifo), rest)


def changed(settings: Settings, given: Mapping[str, str]) -> Settings:
    """Return the settings after these attributes were set; "" takes a policy or a key away.

    Raises:
        ApiError: An attribute is unknown, not for this type of queue, or out of bounds.
    """
    if given.get("KmsMasterKeyId") and given.get("SqsManagedSseEnabled") == "true":
        raise errors.attribute_name_invalid(
            "You can use one type of server-side encryption (SSE) at one time. "
            "You can either enable KMS SSE or SQS SSE."
        )
    changes: dict[str, Any] = {}
    for name, value in given.items():
        if name == "FifoQueue":
            _check_same_type(settings, value)
        elif name in _FIFO_ONLY and not settings.is_fifo:
            raise errors.attribute_unknown(name)
        else:
            setting, read = _reader(name)
            changes[setting] = read(value)
    if changes.get("kms_key_id"):
        changes["has_own_encryption"] = False
    elif changes.get("has_own_encryption"):
        changes["kms_key_id"] = ""  # one type at one time
    after = replace(settings, **changes)
    if after.throughput_limit == "perMessageGroupId" and after.deduplication_scope != "messageGroup":
        raise errors.attribute_value_invalid(  # unconfirmed words
            "FifoThroughputLimit",
            "FifoThroughputLimit can be perMessageGroupId only with DeduplicationScope messageGroup.",
        )
    return after


def first_difference(settings: Settings, given: Mapping[str, str]) -> str | None:
    """Name the first given attribute whose value is not the one the queue has, for a repeated CreateQueue."""
    before = described(settings)
    after = described(changed(settings, given))
    return next((name for name in given if before.get(name) != after.get(name)), None)


def described(settings: Settings) -> dict[str, str]:
    """Return all attributes that are set, as GetQueueAttributes tells them."""
    attributes = {
        "DelaySeconds": str(settings.delay_s),
        "MaximumMessageSize": str(settings.message_bytes_max),
        "MessageRetentionPeriod": str(settings.retention_s),
        "ReceiveMessageWaitTimeSeconds": str(settings.wait_s),
        "SqsManagedSseEnabled": _flag(settings.has_own_encryption),
        "VisibilityTimeout": str(settings.visibility_timeout_s),
    }
    if settings.is_fifo:
        attributes["FifoQueue"] = "true"
        attributes["ContentBasedDeduplication"] = _flag(settings.has_content_deduplication)
        attributes["DeduplicationScope"] = settings.deduplication_scope
        attributes["FifoThroughputLimit"] = settings.throughput_limit
    if settings.kms_reuse_s != Settings().kms_reuse_s:
        attributes["KmsDataKeyReusePeriodSeconds"] = str(settings.kms_reuse_s)
    if settings.kms_key_id:
        attributes["KmsMasterKeyId"] = settings.kms_key_id
    if settings.policy:
        attributes["Policy"] = settings.policy
    if settings.redrive is not None:
        attributes["RedrivePolicy"] = _compact_json(
            {
                "deadLetterTargetArn": settings.redrive.target_arn,
                "maxReceiveCount": settings.redrive.receive_count_max,
            }
        )
    if settings.redrive_allow is not None:
        attributes["RedriveAllowPolicy"] = _describe_redrive_allow(settings.redrive_allow)
    return attributes


def read_redrive(text: str) -> RedrivePolicy | None:
    """Read a RedrivePolicy.

    Raises:
        ApiError: A member is missing, unknown or out of range; the words are emulated except for a missing ARN.
    """
    if not text:
        return None
    policy = _json_object(text, "RedrivePolicy", "Redrive policy is not a valid JSON map.")
    for member in _REDRIVE_MEMBERS:
        if not policy.get(member) and policy.get(member) != 0:
            raise errors.value_invalid(
                text, "RedrivePolicy", f"Redrive policy does not contain mandatory attribute: {member}."
            )
    if len(policy) > len(_REDRIVE_MEMBERS):
        reason = f"Only following attributes are supported: [{', '.join(_REDRIVE_MEMBERS)}]."
        raise errors.value_invalid(text, "RedrivePolicy", reason)
    given = policy["maxReceiveCount"]
    count = int(given) if re.fullmatch("[0-9]{1,9}", str(given)) else 0
    if not 1 <= count <= RECEIVE_COUNT_MAX:
        raise errors.value_invalid(
            text,
            "RedrivePolicy",
            f"Invalid value for maxReceiveCount: {given}, valid values are from 1 to 1000 both inclusive.",
        )
    return RedrivePolicy(target_arn=str(policy["deadLetterTargetArn"]), receive_count_max=count)


def read_redrive_allow(text: str) -> RedriveAllowPolicy | None:
    """Read a RedriveAllowPolicy.

    Raises:
        ApiError: It is malformed; the words are unconfirmed.
    """
    if not text:
        return None
    policy = _json_object(text, "RedriveAllowPolicy", f"{_NO_REDRIVE_ALLOW}, as it's in an unsupported format.")
    permission = policy.get("redrivePermission")
    sources = policy.get("sourceQueueArns")
    is_by_queue = permission == "byQueue"
    if permission not in ("allowAll", "denyAll", "byQueue"):
        raise errors.value_invalid(
            text, "RedriveAllowPolicy", f"{_NO_REDRIVE_ALLOW}, as it's in an unsupported format."
        )
    if is_by_queue and not sources:
        raise errors.value_invalid(
            text,
            "RedriveAllowPolicy",
            f"{_NO_REDRIVE_ALLOW}. When you specify the byQueue permission type, you must also specify one or more "
            "sourceQueueArns values.",
        )
    if is_by_queue and not _are_arns(sources):
        raise errors.value_invalid(text, "RedriveAllowPolicy", "sourceQueueArns must hold 1 to 10 queue ARNs.")
    if not is_by_queue and sources is not None:
        raise errors.value_invalid(
            text, "RedriveAllowPolicy", "sourceQueueArns can be given only if redrivePermission is byQueue."
        )
    return RedriveAllowPolicy(permission=permission, source_arns=tuple(sources or ()))


def _are_arns(sources: object) -> bool:
    return (
        isinstance(sources, list)
        and len(sources) <= REDRIVE_SOURCES_MAX
        and all(isinstance(each, str) and each.startswith("arn:") for each in sources)
    )


def _reader(name: str) -> tuple[str, Callable[[str], object]]:
    if name in NUMBERS:
        setting, least, most = NUMBERS[name]
        return setting, lambda value: _read_number(name, value, least, most)
    if name in _FLAGS:
        return _FLAGS[name], lambda value: _read_word(name, value, ("true", "false")) == "true"
    if name in _WORDS:
        setting, words = _WORDS[name]
        return setting, lambda value: _read_word(name, value, words)
    if name in _TEXTS:
        return _TEXTS[name], str
    if name == "Policy":
        return "policy", _read_policy
    if name == "RedrivePolicy":
        return "redrive", read_redrive
    if name == "RedriveAllowPolicy":
        return "redrive_allow", read_redrive_allow
    raise errors.attribute_unknown(name)


def _read_policy(text: str) -> str:
    """See that a policy is one about queues, or empty, which takes it away; SQS does not say what is wrong with it."""
    if text and (policy_fault(text) or not _is_about_queues(load_json(text)["Statement"])):
        raise errors.attribute_value_invalid("Policy")
    return text


def _is_about_queues(statements: Any) -> bool:
    actions = [each.get("Action", []) for each in (statements if isinstance(statements, list) else [statements])]
    named = [name for each in actions for name in (each if isinstance(each, list) else [each])]
    return all(name == "*" or name.lower().startswith("sqs:") for name in named)


def _read_number(name: str, value: str, least: int, most: int) -> int:
    if not value.isdecimal() or not least <= int(value) <= most:
        raise errors.attribute_value_invalid(name)
    return int(value)


def _read_word(name: str, value: str, words: tuple[str, ...]) -> str:
    if value not in words:
        raise errors.attribute_value_invalid(name)
    return value


def _check_same_type(settings: Settings, value: str) -> None:
    if not settings.is_fifo:
        raise errors.attribute_unknown("FifoQueue")
    if not asks_for_fifo({"FifoQueue": value}):
        raise errors.attribute_value_invalid("FifoQueue", "Modifying queue type is not supported.")


def _json_object(text: str, parameter: str, refusal: str) -> dict[str, Any]:
    try:
        value = load_json(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise errors.value_invalid(text, parameter, refusal)
    return value


def _describe_redrive_allow(policy: RedriveAllowPolicy) -> str:
    members: dict[str, object] = {"redrivePermission": policy.permission}
    if policy.source_arns:
        members["sourceQueueArns"] = list(policy.source_arns)
    return _compact_json(members)


def _compact_json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _flag(value: bool) -> str:
    return "true" if value else "false"
