"""As whom are API destinations called? Connections, and the headers that their authorization makes."""

import asyncio
import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from eventsim import World
from eventsim_sources.bus.names import events_arn

SECRETS = {"BasicAuthParameters": "Password", "ApiKeyAuthParameters": "ApiKeyValue"}
"""What AWS never gives back."""


class Token(Struct, frozen=True, kw_only=True):
    """What an authorization endpoint gave.

    Attributes:
        text: as it stands in the header `Authorization`.
        good_until_us: when it expires, in microseconds since the run began.
    """

    text: str
    good_until_us: float


class Connection:
    """A connection.

    Attributes:
        state: AWS's word; `reason` says why it is no longer authorized.
        token: what an authorization endpoint gave for the client's credentials, None for nothing.
        asking: held by who asks for a token, so that others wait for the same one.
        authorized: when it was last.
        kind: `BASIC`, `API_KEY` or `OAUTH_CLIENT_CREDENTIALS`.
        parameters: `AuthParameters` as they were put, none once it has forgotten them.
        settings: `Description` and `KmsKeyIdentifier`, in botocore's shape.
    """

    def __init__(
        self,
        world: World,
        name: str,
        identifier: str,
        kind: str,
        parameters: Mapping[str, Any],
        settings: Mapping[str, Any],
    ) -> None:
        self.name = name
        self.arn = events_arn(world, f"connection/{name}/{identifier}")
        self.secret_arn = (
            f"arn:aws:secretsmanager:{world.region}:{world.account_id}:secret:events!connection/{name}/"
            f"{identifier}-{identifier[:6]}"
        )
        self.state = "AUTHORIZED"
        self.reason = ""
        self.token: Token | None = None
        self.asking = asyncio.Lock()
        self.created = self.modified = world.clock.date()
        self.authorized: datetime | None = None
        self.settings = settings
        self.kind = kind
        self.parameters = parameters

    def authorize(self, now: datetime) -> None:
        """Let API destinations call."""
        self.state, self.reason, self.authorized = "AUTHORIZED", "", now

    def deauthorize(self, reason: str = "") -> None:
        """Let nobody call any more."""
        self.state, self.reason, self.token = "DEAUTHORIZED", reason, None

    def forget(self) -> None:
        """Let nobody call any more, and keep nothing of what calls were authorized by (documented)."""
        self.deauthorize()
        self.parameters = {}

    def headers(self) -> dict[str, str]:
        """Return what the connection adds to the headers of a request, but for a token."""
        headers: dict[str, str] = {}
        match self.kind:
            case "BASIC":
                basic = self.parameters["BasicAuthParameters"]
                pair = f"{basic['Username']}:{basic['Password']}".encode()
                headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
            case "API_KEY":
                key = self.parameters["ApiKeyAuthParameters"]
                headers[key["ApiKeyName"]] = key["ApiKeyValue"]
        return headers | self._added("HeaderParameters")

    def query(self) -> dict[str, str]:
        """Return what is added to the query of a request."""
        return self._added("QueryStringParameters")

    def body(self) -> dict[str, str]:
        """Return what is added to the body of a request, if that is a JSON object."""
        return self._added("BodyParameters")

    def _added(self, name: str) -> dict[str, str]:
        return pairs(self.parameters.get("InvocationHttpParameters") or {}, name)

    def shown(self) -> dict[str, Any]:
        """Return the parameters without their secrets (documented)."""
        shown: dict[str, Any] = {}
        for name, value in self.parameters.items():
            if name == "InvocationHttpParameters":
                shown[name] = _without_secrets(value)
            elif name == "OAuthParameters":
                client = {"ClientID": value["ClientParameters"]["ClientID"]}
                shown[name] = {**value, "ClientParameters": client}
                if "OAuthHttpParameters" in value:
                    shown[name]["OAuthHttpParameters"] = _without_secrets(value["OAuthHttpParameters"])
            else:
                shown[name] = {key: each for key, each in value.items() if key != SECRETS.get(name)}
        return shown


def pairs(given: Mapping[str, Any], name: str) -> dict[str, str]:
    """Return parameters of HTTP requests by key: `HeaderParameters`, `QueryStringParameters` or `BodyParameters`."""
    return {each["Key"]: each.get("Value", "") for each in given.get(name) or ()}


def _without_secrets(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: [_without_secret(each) for each in parameters] for name, parameters in given.items()}


def _without_secret(parameter: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in parameter.items() if key != "Value" or not parameter.get("IsValueSecret")}
