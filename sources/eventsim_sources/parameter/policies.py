"""When does a parameter end? Its policies: one of them deletes it at an instant."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from eventsim import ApiError, Clock, json_fault, load_json

EXPIRATION = "Expiration"
_NOTICES = ("ExpirationNotification", "NoChangeNotification")


class Policy(Struct, frozen=True):
    """A policy: its text, and when it deletes the parameter, None if it does not."""

    kind: str
    text: str
    expires_us: int | None = None


def read_policies(text: str, clock: Clock) -> tuple[Policy, ...]:
    """Read the policies of a parameter.

    Raises:
        ApiError: they are none.
    """
    if not text:
        return ()
    try:
        return tuple(_read(each, clock) for each in load_json(text))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        message = f"The policies are not valid: {json_fault(text) or error}"  # unconfirmed wording
        raise ApiError("InvalidPolicyAttributeException", message) from error


def _read(given: dict[str, Any], clock: Clock) -> Policy:
    kind, text = str(given["Type"]), json.dumps(given, separators=(",", ":"))
    if kind == EXPIRATION:
        at = datetime.fromisoformat(str(given["Attributes"]["Timestamp"]))
        return Policy(kind, text, round(at.timestamp() * 1_000_000) - clock.start_epoch_us)
    if kind not in _NOTICES:
        raise ApiError("InvalidPolicyTypeException", f"The policy type is not valid: {kind}")  # unconfirmed wording
    return Policy(kind, text)


def expires_us(policies: Sequence[Policy]) -> int | None:
    """Return when policies delete the parameter, None if they do not."""
    return min((each.expires_us for each in policies if each.expires_us is not None), default=None)


def described(policies: Sequence[Policy]) -> list[dict[str, str]]:
    """Return policies as the API tells them; an expired parameter is not there to be told of."""
    return [{"PolicyText": each.text, "PolicyType": each.kind, "PolicyStatus": "Pending"} for each in policies]
