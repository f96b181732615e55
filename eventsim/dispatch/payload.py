"""What may the event of an invocation be? JSON as Lambda reads it, and no more than it takes."""

import json
from typing import Any

import msgspec

from eventsim import jackson
from eventsim.errors import ApiError
from eventsim.limits import ASYNC_PAYLOAD_BYTES_MAX


def decode_event(payload: str) -> Any:
    """Decode an event afresh: whoever gets it may change it.

    Raises:
        ApiError: it is not JSON.
    """
    try:
        return msgspec.json.decode(payload)
    except msgspec.DecodeError:
        return _decode_leniently(payload)
    except RecursionError as error:
        raise bad_payload("Document nesting depth exceeds the maximum allowed") from error  # unconfirmed wording


def _decode_leniently(payload: str) -> Any:
    """Decode what Python's own parser takes as well, such as half of a surrogate pair."""
    try:
        return json.loads(payload, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        reason = f"{jackson.words_for(payload, error)}\n{jackson.place_in(payload, error)}"
        raise bad_payload(reason) from error
    except (ValueError, RecursionError) as error:
        raise bad_payload(str(error)) from error


def bad_payload(reason: str) -> ApiError:
    """Return the refusal of an event that is no JSON; of the reason only its beginning is recorded."""
    message = f"Could not parse request body into json: Could not parse payload into json: {reason}"
    return ApiError("InvalidRequestContentException", message, fields={"Type": "User"})


def _refuse_constant(constant: str) -> Any:
    raise ValueError(f"Unrecognized token '{constant}'")


def check_async_size(payload: str) -> int:
    """Return the size of an asynchronous event in bytes.

    Raises:
        ApiError: it is too large.
    """
    size_bytes = len(payload.encode())
    if size_bytes <= ASYNC_PAYLOAD_BYTES_MAX:
        return size_bytes
    raise ApiError(
        "RequestTooLargeException",
        f"{size_bytes} byte payload is too large for the Event invocation type (limit {ASYNC_PAYLOAD_BYTES_MAX} bytes)",
        status=413,
        fields={"Type": "User"},
    )
