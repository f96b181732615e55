"""What becomes of asynchronous events? Their configuration for each qualifier, which nobody inherits (recorded)."""

import re
from typing import Any

from msgspec import structs

from eventsim.api import Request, Result
from eventsim.calls.lambda_api.errors import in_aws_words, invalid, not_found
from eventsim.calls.lambda_api.paging import page
from eventsim.calls.lambda_api.papers import EventInvokePapers
from eventsim.calls.lambda_api.service import Service
from eventsim.errors import ApiError
from eventsim.function import bounds
from eventsim.function.function import LATEST, EventInvokeConfig, Function, FunctionName

_ENDS = ("OnSuccess", "OnFailure")
_LOOKED_FOR = ("sqs", "sns", "lambda")
"""Services whose destinations must be there; the default bus need not have been made."""


def put_function_event_invoke_config(service: Service, request: Request) -> Result:
    """Say what becomes of events; what is not given is as if it had never been."""
    function, qualifier = _existing(service, request)
    return _keep(service, request, function, qualifier, {})


def update_function_event_invoke_config(service: Service, request: Request) -> Result:
    """Change some of what becomes of events."""
    function, qualifier = _existing(service, request)
    before = _found(service, service.name_in(request))
    return _keep(service, request, function, qualifier, before.given)


def get_function_event_invoke_config(service: Service, request: Request) -> Result:
    """Tell what becomes of events."""
    name = service.name_in(request)
    papers = _found(service, name)
    return _described(service, service.functions[name.name], name.qualifier or LATEST, papers)


def list_function_event_invoke_configs(service: Service, request: Request) -> Result:
    """List all configurations of a function."""
    function, _ = _existing(service, request)
    items, more = page(list(service.papers(function).event_invoke.items()), request.parameters)
    configs = [_described(service, function, qualifier, papers) for qualifier, papers in items]
    return {"FunctionEventInvokeConfigs": configs, **more}


def delete_function_event_invoke_config(service: Service, request: Request) -> Result:
    """Go back to the defaults."""
    name = service.name_in(request)
    _found(service, name)
    function, qualifier = service.functions[name.name], name.qualifier or LATEST
    del service.papers(function).event_invoke[qualifier]
    kept = {where: config for where, config in function.event_invoke.items() if where != qualifier}
    service.replace(structs.replace(function, event_invoke=kept))
    return {}


def _existing(service: Service, request: Request) -> tuple[Function, str]:
    """Return the function and the qualifier that a request names.

    Raises:
        ApiError: they are not there (recorded for putting a configuration).
    """
    name = service.name_in(request)
    try:
        return service.function(name), name.qualifier or LATEST
    except ApiError as error:
        raise not_found("The function doesn't exist.") from error


def _found(service: Service, name: FunctionName) -> EventInvokePapers:
    """Return what was configured for a function or its qualifier.

    Raises:
        ApiError: there is nothing; a function that is not there has none either.
    """
    qualifier, papers = name.qualifier or LATEST, None
    if name.name in service.functions:
        papers = service.papers(service.functions[name.name]).event_invoke.get(qualifier)
    if papers is None:
        arn = service.functions.arn(name.name, qualifier)
        raise not_found(f"The function {arn} doesn't have an EventInvokeConfig")
    return papers


def _keep(service: Service, request: Request, function: Function, qualifier: str, before: dict[str, Any]) -> Result:
    names = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
    given = {name: request.parameters[name] for name in names if request.parameters.get(name) is not None}
    if not given:
        raise invalid("You must specify at least one of error handling or destination setting.")
    merged = {**before, **given}
    destinations = {end: (merged.get("DestinationConfig", {}).get(end) or {}).get("Destination") or "" for end in _ENDS}
    for arn in destinations.values():
        _check_destination(service, function, arn)
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


def _check_destination(service: Service, function: Function, arn: str) -> None:
    """See that records can go somewhere.

    Raises:
        ApiError: it is of no kind that takes them, the function itself, or a queue, topic or function of this account
            and region that is not there (recorded).
    """
    if not arn:
        return
    if arn == function.arn:
        raise invalid("You can't specify the function as a destination for itself.")
    is_of_kind = re.match(r"arn:[^:]+:(sqs|sns|lambda|events|s3):[^:]*:[^:]*:.", arn)
    if not is_of_kind or _is_missing(service, arn):
        raise invalid(f"The destination ARN {arn} is invalid.")
    refusal = "" if service.execution_role is None else service.execution_role.may_end_at(function.name, arn)
    if refusal:
        raise invalid(refusal)


def _is_missing(service: Service, arn: str) -> bool:
    """Tell whether this account and region have nothing of this ARN; what is elsewhere nobody can know here."""
    _, _, kind, region, account_id, *_ = arn.split(":")
    is_ours = (region, account_id) == (service.functions.region, service.functions.account_id)
    return is_ours and kind in _LOOKED_FOR and service.find(arn) is None


def _described(service: Service, function: Function, qualifier: str, papers: EventInvokePapers) -> dict[str, Any]:
    destinations = papers.given.get("DestinationConfig", {})
    return {
        **papers.given,
        "LastModified": service.clock.date(papers.modified_us),
        "FunctionArn": f"{function.arn}:{qualifier}",
        "DestinationConfig": {end: destinations.get(end) or {} for end in _ENDS},
    }
