"""May this endpoint be subscribed? SNS's rules for each protocol; whether somebody is there is not asked."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from eventsim_sources.topic import errors
from eventsim_sources.topic.subscription import PROTOCOLS

_URL = re.compile(r"https?://[!-~]{1,2040}")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
_PHONE = re.compile(r"\+?[1-9]\d{1,14}")
_ARNS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "sqs": (re.compile(r"arn:[a-z0-9-]+:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+"), "SQS endpoint ARN"),
    "lambda": (re.compile(r"arn:[a-z0-9-]+:lambda:[a-z0-9-]+:\d{12}:function:.+"), "Lambda endpoint ARN"),
    "firehose": (re.compile(r"arn:[a-z0-9-]+:firehose:[a-z0-9-]+:\d{12}:deliverystream/.+"), "Firehose endpoint ARN"),
    "application": (
        re.compile(r"arn:[a-z0-9-]+:sns:[a-z0-9-]+:\d{12}:endpoint/.+"),
        "Application endpoint ARN",
    ),
}
"""Protocol → the form of its endpoints, and what is said of others (recorded for queues only)."""


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and parts.port != 0 and _URL.fullmatch(text) is not None
    except ValueError:
        return False


def is_phone_number(text: str) -> bool:
    """Tell whether a text may be a phone number."""
    return _PHONE.fullmatch(text) is not None


def check_endpoint(protocol: str, endpoint: str, *, is_fifo_topic: bool) -> None:
    """See that an endpoint may be subscribed by a protocol.

    Raises:
        ApiError: it may not.
    """
    if protocol not in PROTOCOLS:
        raise errors.invalid(f"Amazon SNS does not support this protocol string: {protocol}")
    if is_fifo_topic and protocol != "sqs":  # unconfirmed words
        raise errors.invalid(f"Invalid protocol type: {protocol}")
    if protocol in _ARNS:
        form, fault = _ARNS[protocol]
        if not form.fullmatch(endpoint):
            raise errors.invalid(fault)
    match protocol:
        case "sqs" if endpoint.endswith(".fifo") and not is_fifo_topic:
            raise errors.invalid(
                "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"
            )
        case "http" | "https" if not endpoint.startswith(f"{protocol}://"):  # unconfirmed words
            raise errors.invalid("Endpoint must match the specified protocol")
        case "http" | "https" if not _is_url(endpoint):  # unconfirmed words
            raise errors.invalid(f"Unreachable Endpoint: {endpoint[:200]!a} is no URL")
        case "email" | "email-json" if not _MAIL.fullmatch(endpoint):  # unconfirmed words
            raise errors.invalid("Email address")
        case "sms" if not is_phone_number(endpoint):
            raise errors.invalid(f"Invalid SMS endpoint: {endpoint}")
