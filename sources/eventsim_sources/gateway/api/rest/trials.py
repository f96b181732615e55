"""Calls of a method or an authorizer as it is now: no deployment is needed, and nobody asks who may."""

import json
from typing import Any

import msgspec

from eventsim import Result
from eventsim_sources.gateway.api.call import Call, there
from eventsim_sources.gateway.api.rest.apis import door_of, found
from eventsim_sources.gateway.refusal import Refused
from eventsim_sources.gateway.rest_api import trial
from eventsim_sources.gateway.rest_api.exchange import Exchange
from eventsim_sources.gateway.rest_api.model import Method, Resource


async def test_invoke_method(call: Call) -> Result:
    """Answer as a method would."""
    api = found(call)
    resource = there(api.resources.get(call.text("resourceId")), "Invalid Resource identifier specified")
    verb = call.text("httpMethod")
    method = there(
        resource.resource_methods.get(verb) or resource.resource_methods.get("ANY"),
        "Invalid Method identifier specified",
    )
    began_ms = call.world.clock.epoch_ms()
    asked = trial.asked(call.given)
    here = trial.turn(door_of(call).trials, api, resource, msgspec.structs.replace(method, http_method=verb), asked)
    here = msgspec.structs.replace(_caused(here, call), exchange=Exchange(call.world.clock))
    response, no = await door_of(call).try_method(here)
    latency_ms = call.world.clock.epoch_ms() - began_ms
    return trial.told(response, trial.log(here, response, no), latency_ms)


async def test_invoke_authorizer(call: Call) -> Result:
    """Answer as an authorizer would."""
    api = found(call)
    authorizer = there(api.authorizers.get(call.text("authorizerId")), "Invalid Authorizer identifier specified")
    began_ms = call.world.clock.epoch_ms()
    root = Resource(id=api.settings.root_resource_id)
    here = trial.turn(door_of(call).trials, api, root, Method(http_method="GET"), trial.asked(call.given))
    here = trial.for_authorizer(_caused(here, call), authorizer)
    door = door_of(call)
    try:
        if authorizer.type == "COGNITO_USER_POOLS":
            let_in = await door.try_authorizer(here)
            claims = dict((let_in.authorizer or {}).get("claims", {}))
            return {"clientStatus": 0, "log": "", "latency": 0, "claims": claims}
        granted = await door.ask_authorizer(here, authorizer)
    except Refused as refused:
        return trial.refused(refused)
    told: dict[str, Any] = {
        "clientStatus": 0,
        "log": f"Execution log for request {here.arrival.request_id}\n",
        "latency": call.world.clock.epoch_ms() - began_ms,
        "principalId": granted.principal,
        "policy": json.dumps(granted.policy, separators=(",", ":")),
    }
    return told


def _caused(here: Any, call: Call) -> Any:
    arrival = msgspec.structs.replace(here.arrival, entry=call.request.entry)
    return msgspec.structs.replace(here, arrival=arrival)
