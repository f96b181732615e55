"""How does a custom resource of CDK's providers answer? One function of yours does, another tells when it is done.

The framework's own function is not in Python; it hands the event to a function that its environment names, and asks
a second one again and again by a state machine. That is done here instead of running it.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from eventsim.errors import ConfigurationError
from eventsim.function.function import LATEST
from eventsim.template.site import Site


class Provider(Struct, frozen=True, kw_only=True):
    """The functions behind a provider, by their ARNs, and the state machine that says how often to ask.

    Attributes:
        is_complete, waiter: "" if what `on_event` answers is all.
    """

    on_event: str
    is_complete: str
    waiter: str


def provider_of(site: Site, function: str) -> Provider | None:
    """Return the provider whose framework a function is, None if it is a function like any other."""
    functions = site.ground.functions
    variables = functions[functions.parse_name(function).name].versions[LATEST].environment
    if "USER_ON_EVENT_FUNCTION_ARN" not in variables:
        return None
    return Provider(
        on_event=variables["USER_ON_EVENT_FUNCTION_ARN"],
        is_complete=variables.get("USER_IS_COMPLETE_FUNCTION_ARN", ""),
        waiter=variables.get("WAITER_STATE_MACHINE_ARN", ""),
    )


class Unfinished(ConfigurationError):  # noqa: N818 - a fact
    """Something was begun, and was not done in time or failed after that; nothing is left of what did not begin.

    Attributes:
        physical_id: what it is called.
    """

    def __init__(self, message: str, physical_id: str) -> None:
        super().__init__(message)
        self.physical_id = physical_id


async def answer_of(provider: Provider, site: Site, event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a provider answers to an event of CloudFormation's.

    Raises:
        ConfigurationError: a function failed.
        Unfinished: it was not done in time, or failed to tell.
    """
    asked = {**event, "ResponseURL": "..."}
    begun = await _invoked(site, provider.on_event, asked)
    physical_id = begun.get("PhysicalResourceId") or event.get("PhysicalResourceId") or event["RequestId"]
    answer = {**asked, **begun, "PhysicalResourceId": physical_id, "Status": "SUCCESS"}
    if not provider.waiter:
        return answer
    try:
        return await _completed(provider, site, answer)
    except ConfigurationError as error:
        raise Unfinished(str(error), physical_id) from None


async def _completed(provider: Provider, site: Site, answer: Mapping[str, Any]) -> Mapping[str, Any]:
    interval_s, times = await _patience(provider, site)
    for _ in range(times):
        told = await _invoked(site, provider.is_complete, answer)
        if told.get("IsComplete"):
            return {**answer, **told, "Data": {**(answer.get("Data") or {}), **(told.get("Data") or {})}}
        if told.get("Data"):
            raise ConfigurationError('"Data" is not allowed if "IsComplete" is "False"')
        await asyncio.sleep(interval_s)
    raise ConfigurationError("Operation timed out")


async def _patience(provider: Provider, site: Site) -> tuple[int, int]:
    """Return after how many seconds to ask again, and how often to ask at most."""
    described = await site.ask("stepfunctions", "DescribeStateMachine", {"stateMachineArn": provider.waiter})
    definition = json.loads(described["definition"])
    (retry,) = definition["States"][definition["StartAt"]]["Retry"]
    return retry["IntervalSeconds"], retry["MaxAttempts"] + 1


async def _invoked(site: Site, function: str, event: Mapping[str, Any]) -> Mapping[str, Any]:
    parameters = {"FunctionName": function, "Payload": json.dumps(event).encode()}
    answered = await site.ask("lambda", "Invoke", parameters)
    payload: Any = answered["Payload"]
    result = json.loads(payload if isinstance(payload, str | bytes) else payload.read())
    if answered.get("FunctionError"):
        raise ConfigurationError(f"its function failed: {result.get('errorType')}: {result.get('errorMessage')}")
    if result is not None and not isinstance(result, dict):
        raise ConfigurationError(f"its function must answer an object, not {json.dumps(result)[:100]}")
    return result or {}
