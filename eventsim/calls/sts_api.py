"""Who am I? The part of STS that clients ask on their way: identities, and credentials that open nothing."""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from eventsim.api import Caller, Operation, Request, Result
from eventsim.calls.inert import Inert, Offer, offer, operations
from eventsim.calls.saml import read_assertion
from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.errors import ApiError
from eventsim.json_text import load_json
from eventsim.permissions.roles import Lent
from eventsim.trace import Trace
from eventsim.wire.access_key import account_of, temporary_key

Identity = Mapping[str, str]
"""What GetCallerIdentity tells of somebody: `UserId`, `Account` and `Arn`."""
USER_NAME = "eventsim"
"""The user of the account as whom clients outside call."""

_ROLE = re.compile(r"arn:aws[a-zA-Z-]*:iam::(?P<account>\d{12}):role/(?:.*/)?(?P<name>[\w+=,.@-]{1,64})")
_SESSION_NAME = r"[\w+=,.@-]{2,64}"
_KEY_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_RANDOM_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_TOKEN_LUCK_LENGTH, _SECRET_LENGTH, _ID_LENGTH = 160, 40, 16
_ROLE_DURATION_S = (900, 3_600, 43_200)
_SESSION_DURATION_S = (900, 43_200, 129_600)
"""DurationSeconds: least, default, most (documented)."""
_CHAINED_DURATION_S_MAX = 3_600
"""For how long a role's session may assume another role (documented)."""

_WITHOUT_EFFECT = dict.fromkeys(
    ("Policy", "PolicyArns", "ExternalId", "Tags", "TransitiveTagKeys", "ProvidedContexts"),
    "permissions are not checked",
) | dict.fromkeys(("SerialNumber", "TokenCode"), "second factors are not checked")


class StsApi:
    """STS for one account.

    Args:
        role_of: returns the name of the role as which a function calls.
        is_enforced: whether permissions are.
        user_of: returns what IAM tells of the user whose key this is, None if it does not know the key.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        chance: Chance,
        trace: Trace,
        account_id: str,
        role_of: Callable[[Caller], str],
        user_of: Callable[[str], Mapping[str, Any] | None],
        is_enforced: bool,
    ) -> None:
        self.clock = clock
        self.account_id = account_id
        self.role_of = role_of
        self._user_of = user_of
        self._luck = chance.stream("credentials")
        self._chance = chance
        counts = ("ExternalId",) if is_enforced else ()
        self.inert = Inert(trace, _WITHOUT_EFFECT, ("MinimumSessionTokenSize", *counts))

    def operations(self) -> Mapping[str, Operation]:
        """Return the operations by name."""
        return operations(self, OFFERS, self.inert)

    def identifier(self, prefix: str, name: str) -> str:
        """Return the unique id of a user or a role, always the same for a name."""
        return prefix + "".join(self._chance.stream("identity", name).choices(_KEY_CHARACTERS, k=_ID_LENGTH))

    def credentials(self, duration_s: int, identity: Identity, **more: str) -> dict[str, Any]:
        """Return new credentials, as STS gives them; the token says whose they are, and more of that."""
        choices = self._luck.choices
        return {
            "AccessKeyId": temporary_key(identity["Account"], self._luck.getrandbits),
            "SecretAccessKey": "".join(choices(_RANDOM_CHARACTERS, k=_SECRET_LENGTH)),
            "SessionToken": _token({**identity, **more}, "".join(choices(_RANDOM_CHARACTERS, k=_TOKEN_LUCK_LENGTH))),
            "Expiration": self.clock.date().replace(microsecond=0) + timedelta(seconds=duration_s),
        }

    def user(self, access_key_id: str = "") -> Identity:
        """Return as whom clients outside call: the user whose key it is, if IAM knows it."""
        known = self._user_of(access_key_id) if access_key_id else None
        if known is not None:
            return {"UserId": known["UserId"], "Account": self.account_id, "Arn": known["Arn"]}
        return {
            "UserId": self.identifier("AIDA", USER_NAME),
            "Account": self.account_id,
            "Arn": f"arn:aws:iam::{self.account_id}:user/{USER_NAME}",
        }


def _token(identity: Identity, luck: str) -> str:
    """Return a session token; like AWS's it means nothing to whoever bears it."""
    return base64.b64encode(json.dumps({**identity, "Luck": luck}).encode()).decode()


def _identity_in(token: str) -> Identity | None:
    """Return of whom a session token of ours tells, None if it is somebody else's."""
    try:
        told = load_json(base64.b64decode(token, validate=True))
        return {name: str(told[name]) for name in ("UserId", "Account", "Arn")}
    except (ValueError, KeyError, TypeError):
        return None


def lent_by(token: str) -> Lent | None:
    """Return of which session of a role or a user this is the token, None if it is none of ours."""
    try:
        told = load_json(base64.b64decode(token, validate=True))
        if "User" in told:
            return Lent(arn=told["User"], role_arn=told["User"], is_user=True)
        return Lent(arn=told["Arn"], role_arn=told["Role"], policy=told.get("Policy", ""))
    except (ValueError, KeyError, TypeError):
        return None


def get_caller_identity(sts: StsApi, request: Request) -> Result:
    """Tell who calls: whose temporary credentials it has, else a function's role, outside the account's user."""
    return dict(_identity_of(sts, request.caller))


def _identity_of(sts: StsApi, caller: Caller) -> Identity:
    """Return who calls."""
    lent = _identity_in(caller.session_token)
    if lent is not None or not caller.arn:
        return lent or sts.user(caller.access_key_id)
    role, function = sts.role_of(caller), caller.arn.rpartition(":")[2]
    return {
        "UserId": f"{sts.identifier('AROA', role)}:{function}",
        "Account": sts.account_id,
        "Arn": f"arn:aws:sts::{sts.account_id}:assumed-role/{role}/{function}",
    }


def assume_role(sts: StsApi, request: Request) -> Result:
    """Give credentials of a role, which lead to its account; a role's session gets them for an hour at most."""
    is_chained = ":assumed-role/" in _identity_of(sts, request.caller)["Arn"]
    if is_chained and _duration_s(request, _ROLE_DURATION_S) > _CHAINED_DURATION_S_MAX:  # as users report it
        raise ApiError(
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        )
    return _assumed(sts, request)


def _assumed(sts: StsApi, request: Request) -> dict[str, Any]:
    """Return a role's credentials, and who has them."""
    _check_policy(request)
    given = request.parameters
    role_arn, session = str(given["RoleArn"]), str(given["RoleSessionName"])
    role = _ROLE.fullmatch(role_arn)
    if role is None:
        raise ApiError("ValidationError", f"{role_arn} is invalid")
    if not re.fullmatch(_SESSION_NAME, session):
        raise ApiError(
            "ValidationError",
            f"1 validation error detected: Value '{session}' at 'roleSessionName' failed to satisfy constraint: Member "
            r"must satisfy regular expression pattern: [\w+=,.@-]*",
        )
    identity = {
        "UserId": f"{sts.identifier('AROA', role['name'])}:{session}",
        "Account": role["account"],
        "Arn": f"arn:aws:sts::{role['account']}:assumed-role/{role['name']}/{session}",
    }
    policy = {} if given.get("PolicyArns") or not given.get("Policy") else {"Policy": str(given["Policy"])}
    result: dict[str, Any] = {
        "Credentials": sts.credentials(_duration_s(request, _ROLE_DURATION_S), identity, Role=role_arn, **policy),
        "AssumedRoleUser": {"AssumedRoleId": identity["UserId"], "Arn": identity["Arn"]},
    }
    if given.get("SourceIdentity"):
        result["SourceIdentity"] = given["SourceIdentity"]
    return result


def assume_role_with_web_identity(sts: StsApi, request: Request) -> Result:
    """Give credentials of a role for a token of another identity provider; the token is read and not checked."""
    claims = _claims(str(request.parameters["WebIdentityToken"]))
    sts.inert.tell(request, "WebIdentityToken", "signatures of tokens are not checked")
    provider = request.parameters.get("ProviderId") or str(claims.get("iss", "")).removeprefix("https://")
    audience = claims.get("aud", "")
    return {
        **_assumed(sts, request),
        "SubjectFromWebIdentityToken": str(claims.get("sub", "")),
        "Provider": provider,
        "Audience": str(audience[0] if isinstance(audience, list) and audience else audience),
    }


def assume_role_with_saml(sts: StsApi, request: Request) -> Result:
    """Give credentials of a role for what an identity provider says; its signature is not checked."""
    given = request.parameters
    assertion, provider = read_assertion(str(given["SAMLAssertion"])), str(given["PrincipalArn"])
    sts.inert.tell(request, "SAMLAssertion", "signatures of assertions are not checked")
    said = assertion.attributes
    if not said.get("SessionDuration", "0").isdecimal():  # unconfirmed words
        raise ApiError("InvalidIdentityToken", "Invalid SessionDuration in SAMLResponse")
    asked = {
        "RoleArn": given["RoleArn"],
        "RoleSessionName": said.get("RoleSessionName", ""),
        "Policy": given.get("Policy"),
        "DurationSeconds": given.get("DurationSeconds") or said.get("SessionDuration"),
        "SourceIdentity": said.get("SourceIdentity"),
    }
    friendly = provider.rpartition(":saml-provider")[2]
    qualifier = hashlib.sha1(f"{assertion.issuer}{sts.account_id}{friendly}".encode(), usedforsecurity=False).digest()
    return {
        **_assumed(sts, replace(request, parameters=asked)),
        "Subject": assertion.subject,
        "SubjectType": assertion.subject_type,
        "Issuer": assertion.issuer,
        "Audience": assertion.audience,
        "NameQualifier": base64.b64encode(qualifier).decode(),
    }


def decode_authorization_message(_: StsApi, __: Request) -> Result:
    """Refuse every message: nobody here is denied anything, so that none is one of ours."""
    raise ApiError("InvalidAuthorizationMessageException", "Message is not valid")  # unconfirmed wording


def _claims(token: str) -> Mapping[str, Any]:
    """Return what a token says, nothing if it is none."""
    body = token.split(".")[1] if token.count(".") == 2 else ""
    try:
        claims = load_json(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}


def get_federation_token(sts: StsApi, request: Request) -> Result:
    """Give credentials of the caller to somebody with a name."""
    _check_lasting(request)
    _check_policy(request)
    name = request.parameters["Name"]
    identity = {
        "UserId": f"{sts.account_id}:{name}",
        "Account": sts.account_id,
        "Arn": f"arn:aws:sts::{sts.account_id}:federated-user/{name}",
    }
    return {
        "Credentials": sts.credentials(_duration_s(request, _SESSION_DURATION_S), identity),
        "FederatedUser": {"FederatedUserId": identity["UserId"], "Arn": identity["Arn"]},
    }


def get_session_token(sts: StsApi, request: Request) -> Result:
    """Give short-lived credentials of the caller."""
    _check_lasting(request)
    key = request.caller.access_key_id
    user = sts.user(key)
    more = {"User": user["Arn"]} if key and user != sts.user() else {}
    return {"Credentials": sts.credentials(_duration_s(request, _SESSION_DURATION_S), user, **more)}


def _check_lasting(request: Request) -> None:
    """See that who calls has credentials of its own, and not lent ones, as functions have (as users report it).

    Raises:
        ApiError: it has lent ones.
    """
    caller = request.caller
    if caller.arn or _identity_in(caller.session_token) is not None:
        raise ApiError("AccessDenied", f"Cannot call {request.operation} with session credentials", status=403)


def _check_policy(request: Request) -> None:
    """See that a policy for a session is an object of JSON; what it says is not looked at.

    Raises:
        ApiError: it is none; the words are IAM's.
    """
    text = request.parameters.get("Policy")
    try:
        is_policy = not text or isinstance(load_json(str(text)), dict)
    except ValueError:
        is_policy = False
    if not is_policy:
        raise ApiError("MalformedPolicyDocument", "This policy contains invalid Json")


def get_access_key_info(sts: StsApi, request: Request) -> Result:
    """Tell whose account an access key is of."""
    return {"Account": account_of(str(request.parameters["AccessKeyId"])) or sts.account_id}


def _duration_s(request: Request, bounds_s: tuple[int, int, int]) -> int:
    least, default, most = bounds_s
    given = request.parameters.get("DurationSeconds")
    duration_s = default if given is None else int(str(given))
    if least <= duration_s <= most:
        return duration_s
    bound = f"greater than or equal to {least}" if duration_s < least else f"less than or equal to {most}"
    raise ApiError(
        "ValidationError",
        f"1 validation error detected: Value '{duration_s}' at 'durationSeconds' failed to satisfy constraint: Member "
        f"must have value {bound}",
    )


OFFERS: Mapping[str, Offer] = {
    "AssumeRole": offer(assume_role, "RoleArn RoleSessionName DurationSeconds SourceIdentity Policy"),
    "AssumeRoleWithSAML": offer(assume_role_with_saml, "RoleArn PrincipalArn SAMLAssertion DurationSeconds Policy"),
    "AssumeRoleWithWebIdentity": offer(
        assume_role_with_web_identity, "RoleArn RoleSessionName DurationSeconds WebIdentityToken ProviderId Policy"
    ),
    "DecodeAuthorizationMessage": offer(decode_authorization_message, "EncodedMessage"),
    "GetAccessKeyInfo": offer(get_access_key_info, "AccessKeyId"),
    "GetCallerIdentity": offer(get_caller_identity),
    "GetFederationToken": offer(get_federation_token, "Name DurationSeconds"),
    "GetSessionToken": offer(get_session_token, "DurationSeconds"),
}
