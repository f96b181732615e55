"""What has an authorizer decided, and for how long does it hold? Answers of functions, read and kept."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from msgspec import Struct

from eventsim import Clock, Headers, load_json
from eventsim_sources.gateway.policy import PolicyMalformed, judge
from eventsim_sources.gateway.refusal import Refused

_CREDENTIAL = re.compile(r"Credential=([^/,&\s]+)/")
_KEPT_MAX = 10_000
"""How many answers are kept for one authorizer."""


class Granted(Struct, frozen=True, kw_only=True, gc=False):
    """What an authorizer's function answered, checked for its form.

    Attributes:
        policy: a policy, or whether the request is let in.
        context: what the function gets of it.
        usage_key: the API key that it names.
    """

    policy: Mapping[str, Any] | bool
    context: Mapping[str, Any]
    principal: str = ""
    usage_key: str = ""

    def check(self, arn: str) -> None:
        """See whether the request is let in.

        Raises:
            Refused: it is not.
        """
        if isinstance(self.policy, bool):
            if not self.policy:
                raise Refused("ACCESS_DENIED", why="the authorizer's answer has isAuthorized false")
            return
        try:
            verdict = judge(self.policy, arn)
        except PolicyMalformed as error:
            raise Refused("AUTHORIZER_CONFIGURATION_ERROR", why=str(error)) from error
        if verdict == "deny":
            raise Refused(
                "ACCESS_DENIED",
                message="User is not authorized to access this resource with an explicit deny",
                why=f"the authorizer's policy denies {arn}",
                authorizer=self.told(),
            )
        if verdict == "silence":
            why = f"the authorizer's policy does not allow {arn}"
            raise Refused("ACCESS_DENIED", why=why, authorizer=self.told())

    def told(self) -> dict[str, Any]:
        """Return what a REST API tells of it in `$context.authorizer`."""
        return {"principalId": self.principal, **as_texts(self.context), "integrationLatency": 0}


def policy_answer(result: str) -> Granted:
    """Read an answer with a policy.

    Raises:
        Refused: it is malformed.
    """
    described = _object(result)
    context = described.get("context") or {}
    if "principalId" not in described or "policyDocument" not in described:
        raise Refused("AUTHORIZER_CONFIGURATION_ERROR", why="the answer lacks principalId or policyDocument")
    if not isinstance(context, dict) or any(isinstance(value, dict | list) for value in context.values()):
        raise Refused("AUTHORIZER_CONFIGURATION_ERROR", why="the context holds strings, numbers and booleans only")
    return Granted(
        policy=described["policyDocument"],
        context=context,
        principal=str(described["principalId"]),
        usage_key=str(described.get("usageIdentifierKey") or ""),
    )


def simple_answer(result: str) -> Granted:
    """Read an answer that says yes or no.

    Raises:
        Refused: it is malformed.
    """
    described = _object(result)
    if not isinstance(described.get("isAuthorized"), bool):
        raise Refused("AUTHORIZER_CONFIGURATION_ERROR", why="the answer lacks isAuthorized, true or false")
    context = described.get("context") or {}
    return Granted(policy=described["isAuthorized"], context=context if isinstance(context, dict) else {})


def as_texts(context: Mapping[str, Any]) -> dict[str, str]:
    """Return a context as REST APIs hand it over: every value is a text."""
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in context.items()}


def access_key(headers: Headers, query: str) -> str:
    """Return by which key a request is signed, "" if it is not said."""
    found = _CREDENTIAL.search(headers.get("authorization")) or _CREDENTIAL.search(unquote(query))
    return "" if found is None else found[1]


def signer_v1(account_id: str, key: str) -> dict[str, Any]:
    """Return who signed a request, as format 1.0 tells it in `identity`."""
    told = signer(account_id, key)
    return {
        "accountId": account_id,
        "accessKey": told["accessKey"],
        "caller": told["callerId"],
        "user": told["userId"],
        "userArn": told["userArn"],
    }


def signer(account_id: str, key: str = "") -> dict[str, Any]:
    """Return who signed a request, as format 2.0 tells it: by the key alone, since signatures are not verified."""
    return {
        "accessKey": key or "AKIAIOSFODNN7EXAMPLE",
        "accountId": account_id,
        "callerId": "AIDACKCEVSQ6C2EXAMPLE",
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": f"arn:aws:iam::{account_id}:user/eventsim",
        "userId": "AIDACKCEVSQ6C2EXAMPLE",
    }


def is_signed(headers: Headers, query: str) -> bool:
    """Tell whether a request bears a signature of AWS's."""
    return headers.get("authorization").startswith("AWS4-") or "X-Amz-Signature=" in query


def _object(result: str) -> dict[str, Any]:
    described = load_json(result) if result else None
    if not isinstance(described, dict):
        raise Refused("AUTHORIZER_CONFIGURATION_ERROR", why="the authorizer's answer is no object")
    return described


class Kept:
    """Answers that still hold, by what identified the request; time is virtual."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._answers: dict[tuple[str, ...], tuple[int, Granted]] = {}

    def find(self, key: tuple[str, ...]) -> Granted | None:
        """Return an answer that still holds."""
        until_us, granted = self._answers.get(key, (0, None))
        return granted if until_us > self._clock.now_us else None

    def keep(self, key: tuple[str, ...], granted: Granted, ttl_s: int) -> None:
        """Keep an answer for so long; the oldest goes if there are too many."""
        if ttl_s > 0:
            self._answers.pop(key, None)
            if len(self._answers) >= _KEPT_MAX:
                del self._answers[next(iter(self._answers))]
            self._answers[key] = (self._clock.now_us + ttl_s * 1_000_000, granted)
