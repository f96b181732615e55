"""Operations on API destinations and their connections."""

from collections.abc import Mapping
from typing import Any

from eventsim import Result
from eventsim_sources.bus import auth_parameters, errors
from eventsim_sources.bus.api.call import Call, present
from eventsim_sources.bus.api_destination import ApiDestination
from eventsim_sources.bus.connection import Connection
from eventsim_sources.bus.limits import RATE_MAX
from eventsim_sources.without_effect import not_simulated

_CONNECTION_SETTINGS = ("Description", "KmsKeyIdentifier")
_SETTINGS = ("Description", "ConnectionArn", "InvocationEndpoint", "HttpMethod", "InvocationRateLimitPerSecond")


def create_connection(call: Call) -> Result:
    """Make a connection; it is authorized at once, or by its authorization endpoint."""
    name = call.name()
    if name in call.directory.connections:
        raise errors.exists("Connection", name)
    kind = call.given["AuthorizationType"]
    parameters = _authorization(call, kind, call.given["AuthParameters"], {})
    if call.given.get("InvocationConnectivityParameters") is not None:
        raise not_simulated(call.request, "InvocationConnectivityParameters")
    connection = Connection(
        call.world, name, call.directory.new_id(), kind, parameters, call.kept(_CONNECTION_SETTINGS)
    )
    call.directory.connections[name] = connection
    call.directory.authorizer.begin(connection, call.request.entry)
    return {name: value for name, value in _told(connection).items() if name != "LastAuthorizedTime"}


def update_connection(call: Call) -> Result:
    """Change a connection; what is not given stays, and one that was deauthorized is so until it has parameters."""
    connection = _connection(call)
    given: Mapping[str, Any] = call.given
    kind, parameters = given.get("AuthorizationType"), given.get("AuthParameters")
    if connection.parameters or kind or parameters:
        kind = kind or connection.kind
        connection.parameters = _authorization(call, kind, parameters or {}, connection.parameters)
        connection.kind = kind
        call.directory.authorizer.begin(connection, call.request.entry)
    connection.settings = call.kept(_CONNECTION_SETTINGS, connection.settings)
    connection.modified = call.world.clock.date()
    return _told(connection)


def _authorization(call: Call, kind: str, given: Mapping[str, Any], before: Mapping[str, Any]) -> Mapping[str, Any]:
    if given.get("ConnectivityParameters") is not None:
        raise not_simulated(call.request, "ConnectivityParameters")
    return auth_parameters.merged(kind, given, before)


def delete_connection(call: Call) -> Result:
    """Delete a connection; API destinations that use it become inactive."""
    connection = _connection(call)
    del call.directory.connections[connection.name]
    connection.state = "DELETING"
    return _told(connection)


def deauthorize_connection(call: Call) -> Result:
    """Take away what a connection authorizes itself by."""
    connection = _connection(call)
    connection.forget()
    connection.modified = call.world.clock.date()
    return _told(connection)


def describe_connection(call: Call) -> Result:
    """Tell of a connection, without its secrets."""
    connection = _connection(call)
    shown = connection.shown()
    return {
        **_listed_connection(connection),
        **connection.settings,
        "SecretArn": connection.secret_arn,
        **({"AuthParameters": shown} if shown else {}),
    }


def list_connections(call: Call) -> Result:
    """List the connections."""
    prefix, state = call.text("NamePrefix"), call.text("ConnectionState")
    connections = [
        each
        for name, each in call.directory.connections.items()
        if name.startswith(prefix) and state in ("", each.state)
    ]
    chosen, more = call.page(connections, lambda connection: connection.name)
    return {"Connections": [_listed_connection(each) for each in chosen], **more}


def _connection(call: Call) -> Connection:
    name = call.text("Name")
    connection = call.directory.connections.get(name)
    if connection is None:
        raise errors.missing_connection(name)
    return connection


def _told(connection: Connection) -> dict[str, Any]:
    told = {
        "ConnectionArn": connection.arn,
        "ConnectionState": connection.state,
        "CreationTime": connection.created,
        "LastModifiedTime": connection.modified,
        "LastAuthorizedTime": connection.authorized,
    }
    return present(told)


def _listed_connection(connection: Connection) -> dict[str, Any]:
    told = {**_told(connection), "Name": connection.name, "AuthorizationType": connection.kind}
    return told | ({"StateReason": connection.reason} if connection.reason else {})


# --- API destinations --------------------------------------------------------------------------------------


def create_api_destination(call: Call) -> Result:
    """Make an API destination."""
    name, directory = call.name(), call.directory
    if name in directory.api_destinations:
        raise errors.exists("An api-destination", f"'{name}'")
    given = {"InvocationRateLimitPerSecond": RATE_MAX, **call.kept(_SETTINGS)}
    _check_destination(call, given)
    destination = ApiDestination(
        call.world, name, directory.new_id(), given, directory.connection, directory.authorizer.authorization
    )
    directory.api_destinations[name] = destination
    return _told_destination(destination)


def update_api_destination(call: Call) -> Result:
    """Change an API destination; what is not given stays."""
    destination = _destination(call)
    given = call.kept(_SETTINGS, destination.given)
    _check_destination(call, given)
    destination.given = given
    destination.modified = call.world.clock.date()
    return _told_destination(destination)


def _check_destination(call: Call, given: dict[str, Any]) -> None:
    if call.directory.connection(given["ConnectionArn"]) is None:
        raise errors.missing("Connection", f"'{given['ConnectionArn']}'")
    rate = given["InvocationRateLimitPerSecond"]
    if not 1 <= rate <= RATE_MAX:
        bound = "greater than or equal to 1" if rate < 1 else f"less than or equal to {RATE_MAX}"
        raise errors.constraint(rate, "invocationRateLimitPerSecond", f"Member must have value {bound}")


def delete_api_destination(call: Call) -> Result:
    """Delete an API destination."""
    del call.directory.api_destinations[_destination(call).name]
    return {}


def describe_api_destination(call: Call) -> Result:
    """Tell of an API destination."""
    destination = _destination(call)
    return {**_listed_destination(destination), **destination.given}


def list_api_destinations(call: Call) -> Result:
    """List the API destinations."""
    prefix, connection = call.text("NamePrefix"), call.text("ConnectionArn")
    destinations = [
        each
        for name, each in call.directory.api_destinations.items()
        if name.startswith(prefix) and connection in ("", each.given["ConnectionArn"])
    ]
    chosen, more = call.page(destinations, lambda destination: destination.name)
    return {"ApiDestinations": [_listed_destination(each) for each in chosen], **more}


def _destination(call: Call) -> ApiDestination:
    name = call.text("Name")
    destination = call.directory.api_destinations.get(name)
    if destination is None:
        raise errors.missing_destination(name)
    return destination


def _told_destination(destination: ApiDestination) -> dict[str, Any]:
    return {
        "ApiDestinationArn": destination.arn,
        "ApiDestinationState": "ACTIVE" if destination.is_active else "INACTIVE",
        "CreationTime": destination.created,
        "LastModifiedTime": destination.modified,
    }


def _listed_destination(destination: ApiDestination) -> dict[str, Any]:
    given = {key: value for key, value in destination.given.items() if key != "Description"}
    return {**_told_destination(destination), "Name": destination.name, **given}
