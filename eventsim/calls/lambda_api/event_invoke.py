"""What becomes of asynchronous events? Their configuration for each qualifier, which nobody inherits (recorded)."""

import re
from typing import Any

from msgspec import structs

from eventsim.api import Request, Result
from eventsim.calls.lambda_api.errors import in_aws_words, invalid, not_found
from eventsim.calls.lambda_api.paging import page
from eventsim.calls.lambda_api.papers import EventInvokePapers
from eventsim.calls.lambda_api.service import Service
from eventsim.function import bounds
from eventsim.function.function import LATEST, EventInvokeConfig, Function

_ENDS = ("OnSuccess", "OnFailure")


def put_function_event_invoke_config(service: Service, request: Request) -> Result:
    """Say what becomes of events; what is not given is as if it had never been."""
    function, qualifier = _qualified(service, request)
    return _keep(service, request, function, qualifier, {})


def update_function_event_invoke_config(service: Service, request: Request) -> Result:
    """Change some of what becomes of events."""
    function, qualifier = _qualified(service, request)
    return _keep(service, request, function, qualifier, _found(service, function, qualifier).given)


def get_function_event_invoke_config(service: Service, request: Request) -> Result:
    """Tell what becomes of events."""
    function, qualifier = _qualified(service, request)
    return _described(service, function, qualifier, _found(service, function, qualifier))


def list_function_event_invoke_configs(service: Service, request: Request) -> Result:
    """List all configurations of a function."""
    function = service.function_in(request)
    items, more = page(list(service.papers(function).event_invoke.items()), request.parameters)
    configs = [_described(service, function, qualifier, papers) for qualifier, papers in items]
    return {"FunctionEventInvokeConfigs": configs, **more}


def delete_function_event_invoke_config(service: Service, request: Request) -> Result:
    """Go back to the defaults."""
    function, qualifier = _qualified(service, request)
    _found(service, function, qualifier)
    del service.papers(function).event_invoke[qualifier]
    kept = {where: config for where, config in function.event_invoke.items() if where != qualifier}
    service.replace(structs.replace(function, event_invoke=kept))
    return {}


def _qualified(service: Service, request: Request) -> tuple[Function, str]:
    name = service.name_in(request)
    return service.function(name), name.qualifier or LATEST


def _found(service: Service, function: Function, qualifier: str) -> EventInvokePapers:
    papers = service.papers(function).event_invoke.get(qualifier)
    if papers is None:
        raise not_found(f"The function {function.arn}:{qualifier} doesn't have an EventInvokeConfig")
    return papers


def _keep(service: Service, request: Request, function: Function, qualifier: str, before: dict[str, Any]) -> Result:
    names = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
    given = {name: request.parameters[name] for name in names if request.parameters.get(name) is not None}
    if not given:
        raise invalid("You must specify at least one of error handling or destination setting.")
    merged = {**before, **given}
    destinations = {end: (merged.get("DestinationConfig", {}).get(end) or {}).get("Destination") or "" for end in _ENDS}
    for arn in destinations.values():
        _check_destination(function, arn)
    if ":s3:" in destinations["OnSuccess"]:  # documented: a bucket is for failures
        raise invalid(f"The destination ARN {destinations['OnSuccess']} is invalid.")
    with in_aws_words():
        config = EventInvokeConfig(
            maximum_retry_attempts=bounds.retry_attempts(merged.get("MaximumRetryAttempts"), "retries"),
            maximum_event_age_s=bounds.event_age_s(merged.get("MaximumEventAgeInSeconds"), "age"),
            on_success=destinations["OnSuccess"],
            on_failure=destinations["OnFailure"],
        )
    papers = EventInvokePapers(merged, service.clock.now_us)
    service.papers(function).event_invoke[qualifier] = papers
    service.replace(structs.replace(function, event_invoke={**function.event_invoke, qualifier: config}))
    return _described(service, function, qualifier, papers)


def _check_destination(function: Function, arn: str) -> None:
    if arn and not re.match(r"arn:[^:]+:(sqs|sns|lambda|events|s3):[^:]*:[^:]*:.", arn):
        raise invalid(f"The destination ARN {arn} is invalid.")
    if arn == function.arn:
        raise invalid("You can't specify the function as a destination for itself.")


def _described(service: Service, function: Function, qualifier: str, papers: EventInvokePapers) -> dict[str, Any]:
    destinations = papers.given.get("DestinationConfig", {})
    return {
        **papers.given,
        "LastModified": service.clock.date(papers.modified_us),
        "FunctionArn": f"{function.arn}:{qualifier}",
        "DestinationConfig": {end: destinations.get(end) or {} for end in _ENDS},
    }
