"""What does a client's token say? All that is to be known of its session, so that no server has to remember it.

A token is good for one call, and for a day. The next one comes with the answer.
"""

import base64
from typing import Any

import msgspec
from msgspec import Struct

from eventsim import ApiError
from eventsim_sources.configuration.limits import POLL_INTERVAL_S, TOKEN_LIFE_S


class Token(Struct, frozen=True, kw_only=True, array_like=True):
    """The state of a session between two calls.

    Attributes:
        session: its id.
        number: how many calls there were before.
        issued_epoch_us: when it was handed out.
        interval_s: how long the client must wait, 0 if it need not.
        seen: number of the deployment whose configuration the client has, 0 for none.
    """

    session: str
    application: str
    environment: str
    profile: str
    issued_epoch_us: int
    interval_s: int = 0
    number: int = 0
    seen: int = 0

    @property
    def poll_interval_s(self) -> int:
        """When the client shall ask again."""
        return self.interval_s or POLL_INTERVAL_S

    def text(self) -> str:
        """Return it as clients carry it."""
        return base64.urlsafe_b64encode(msgspec.msgpack.encode(self)).decode()

    def check(self, now_epoch_us: int) -> None:
        """See that it may be used now.

        Raises:
            ApiError: it is too old, or it is too early.
        """
        age_s = (now_epoch_us - self.issued_epoch_us) / 1_000_000
        if age_s > TOKEN_LIFE_S:
            raise refused("Expired")
        if self.number and age_s < self.interval_s:
            raise refused("PollIntervalNotSatisfied")


def read_token(text: str) -> Token:
    """Return the token that a client brings.

    Raises:
        ApiError: it is none of ours.
    """
    try:
        return msgspec.msgpack.decode(base64.urlsafe_b64decode(text), type=Token)
    except (ValueError, msgspec.DecodeError):
        raise refused("Corrupted") from None


def refused(problem: str) -> ApiError:
    """Return the refusal of a token."""
    details: dict[str, Any] = {"InvalidParameters": {"ConfigurationToken": {"Problem": problem}}}
    message = f"Request failed validation: ConfigurationToken: {problem}"  # unconfirmed wording
    return ApiError("BadRequestException", message, fields={"Reason": "InvalidParameters", "Details": details})
