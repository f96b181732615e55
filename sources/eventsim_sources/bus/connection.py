"""As whom are API destinations called? Connections, and the headers that their authorization makes."""

import base64
from collections.abc import Mapping
from typing import Any

from eventsim import World
from eventsim_sources.bus.names import arn_of

SECRETS = {"BasicAuthParameters": "Password", "ApiKeyAuthParameters": "ApiKeyValue"}
"""What AWS never gives back."""


class Connection:
    """A connection.

    Attributes:
        kind: `BASIC`, `API_KEY` or `OAUTH_CLIENT_CREDENTIALS`.
        parameters: `AuthParameters` as they were put.
    """

    def __init__(self, world: World, name: str, identifier: str, given: Mapping[str, Any]) -> None:
        self.name = name
        self.arn = arn_of(world, f"connection/{name}/{identifier}")
        self.secret_arn = (
            f"arn:aws:secretsmanager:{world.region}:{world.account_id}:secret:events!connection/{name}/{identifier}"
        )
        self.state = "AUTHORIZED"
        self.created = self.modified = self.authorized = world.clock.date()
        self.description: str | None = given.get("Description")
        self.kind: str = given["AuthorizationType"]
        self.parameters: Mapping[str, Any] = given["AuthParameters"]

    def headers(self) -> dict[str, str]:
        """Return what authorization adds to a request; nobody is asked for an OAuth token (ours)."""
        headers: dict[str, str] = {}
        match self.kind:
            case "BASIC":
                basic = self.parameters["BasicAuthParameters"]
                pair = f"{basic['Username']}:{basic['Password']}".encode()
                headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
            case "API_KEY":
                key = self.parameters["ApiKeyAuthParameters"]
                headers[key["ApiKeyName"]] = key["ApiKeyValue"]
            case _:
                headers["Authorization"] = "Bearer simulated"
        return headers | self._added("HeaderParameters")

    def query(self) -> dict[str, str]:
        """Return what is added to the query of a request."""
        return self._added("QueryStringParameters")

    def body(self) -> dict[str, str]:
        """Return what is added to the body of a request, if that is a JSON object."""
        return self._added("BodyParameters")

    def _added(self, name: str) -> dict[str, str]:
        given = self.parameters.get("InvocationHttpParameters", {}).get(name, ())
        return {each["Key"]: each.get("Value", "") for each in given}

    def shown(self) -> dict[str, Any]:
        """Return the parameters without their secrets (documented)."""
        shown: dict[str, Any] = {}
        for name, value in self.parameters.items():
            if name == "InvocationHttpParameters":
                shown[name] = {key: [_without_secret(each) for each in each_list] for key, each_list in value.items()}
            elif name == "OAuthParameters":
                client = {"ClientID": value["ClientParameters"]["ClientID"]}
                shown[name] = {**value, "ClientParameters": client}
            else:
                shown[name] = {key: each for key, each in value.items() if key != SECRETS.get(name)}
        return shown


def _without_secret(parameter: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in parameter.items() if key != "Value" or not parameter.get("IsValueSecret")}
