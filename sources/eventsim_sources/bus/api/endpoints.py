"""Operations on global endpoints. They are kept and told; events go to the buses of the one region that is here."""

from typing import Any

from eventsim import Result, World
from eventsim_sources.bus import errors
from eventsim_sources.bus.api.call import Call, present
from eventsim_sources.bus.names import events_arn

_GIVEN = ("RoutingConfig", "ReplicationConfig", "EventBuses", "RoleArn")
_REPLICATED = {"State": "ENABLED"}


class Endpoints:
    """The global endpoints of a simulation, by name, as they are described."""

    def __init__(self, world: World) -> None:
        self.described: dict[str, dict[str, Any]] = {}
        self.new_id = world.chance.hex_ids(10, "bus", "endpoints")


def _endpoints(call: Call) -> Endpoints:
    return call.world.share(Endpoints)


def _found(call: Call) -> dict[str, Any]:
    name = call.text("Name")
    found = _endpoints(call).described.get(name)
    if found is None or not _is_at_home(call):
        raise errors.missing("Endpoint", name)
    return found


def _is_at_home(call: Call) -> bool:
    """Tell whether a request is about endpoints whose primary region is the one that is here."""
    return call.text("HomeRegion") in ("", call.world.region)


def create_endpoint(call: Call) -> Result:
    """Make an endpoint."""
    endpoints, name, now = _endpoints(call), call.text("Name"), call.world.clock.date()
    if name in endpoints.described:
        raise errors.exists("Endpoint", name)
    endpoint_id = f"{endpoints.new_id()}.{endpoints.new_id()[:3]}"
    settings = {"ReplicationConfig": _REPLICATED, **_settings(call)}
    endpoints.described[name] = {
        "Name": name,
        "Arn": events_arn(call.world, f"endpoint/{name}"),
        **settings,
        "EndpointId": endpoint_id,
        "EndpointUrl": f"https://{endpoint_id}.endpoint.events.amazonaws.com",
        "State": "ACTIVE",
        "CreationTime": now,
        "LastModifiedTime": now,
    }
    told = ("Name", "Arn", *_GIVEN)
    return {**_some(endpoints.described[name], told), "State": "CREATING"}


def update_endpoint(call: Call) -> Result:
    """Change an endpoint; what is not given stays."""
    found = _found(call)
    found.update(_settings(call), LastModifiedTime=call.world.clock.date())
    return {**_some(found, ("Name", "Arn", *_GIVEN, "EndpointId", "EndpointUrl")), "State": "UPDATING"}


def describe_endpoint(call: Call) -> Result:
    """Tell of an endpoint."""
    return dict(_found(call))


def delete_endpoint(call: Call) -> Result:
    """Delete an endpoint."""
    del _endpoints(call).described[_found(call)["Name"]]
    return {}


def list_endpoints(call: Call) -> Result:
    """List endpoints."""
    prefix = call.text("NamePrefix")
    all_here = _endpoints(call).described if _is_at_home(call) else {}
    found = [each for name, each in all_here.items() if name.startswith(prefix)]
    chosen, more = call.page(found, lambda endpoint: str(endpoint["Name"]))
    return {"Endpoints": chosen, **more}


def _settings(call: Call) -> dict[str, Any]:
    return present({name: call.given.get(name) for name in ("Description", *_GIVEN)})


def _some(described: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: described[name] for name in names if name in described}
