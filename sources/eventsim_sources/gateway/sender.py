"""May whoever signed a request in? Asked by the session token that it bears, for signatures are not verified.

Who has no token has keys that last: those of a user of IAM's, or any others, which are the owner's of the account.
"""

from typing import Final
from urllib.parse import parse_qs

from msgspec.structs import replace

from eventsim import OUTSIDE, ApiError, Caller, World
from eventsim_sources.gateway.arrival import Arrival
from eventsim_sources.gateway.authorizer import access_key

_TOKEN: Final = "X-Amz-Security-Token"  # noqa: S105 - a name, no token


def why_not_invoked(world: World, arrival: Arrival, arn: str) -> str:
    """Return why the sender of a signed request may not invoke an API, "" if it may.

    Args:
        arn: of the method or the route.
    """
    return _refusal(world, arrival, "execute-api", "Invoke", arn)


def why_not_called(world: World, arrival: Arrival, arn: str) -> str:
    """Return why the sender of a signed request may not call the URL of a function, "" if it may.

    Args:
        arn: of the function or the alias.
    """
    return _refusal(world, arrival, "lambda", "InvokeFunctionUrl", arn)


def _refusal(world: World, arrival: Arrival, service: str, operation: str, arn: str) -> str:
    try:
        world.authorize(service, operation, {"Arn": arn}, _sender(arrival))
    except ApiError as error:
        return error.message
    return ""


def _sender(arrival: Arrival) -> Caller:
    """Return on whose behalf a request came."""
    token = arrival.headers.get(_TOKEN.lower())
    if not token and _TOKEN in arrival.request.query:
        token = parse_qs(arrival.request.query).get(_TOKEN, [""])[0]
    caller = OUTSIDE.bearing(token, access_key(arrival.headers, arrival.request.query))
    return replace(caller, cause=arrival.entry)
