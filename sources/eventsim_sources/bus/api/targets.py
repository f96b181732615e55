"""Operations on the targets of rules."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from eventsim import Result
from eventsim_sources.bus import errors
from eventsim_sources.bus.api.call import Call
from eventsim_sources.bus.api.rules import changeable, found
from eventsim_sources.bus.event import from_json
from eventsim_sources.bus.json_path import parse_path
from eventsim_sources.bus.limits import INPUT_PATHS_MAX, TARGETS_MAX, TARGETS_PER_CALL_MAX
from eventsim_sources.bus.managed import managed_rules
from eventsim_sources.bus.names import account_of, is_bus_arn, told_target
from eventsim_sources.bus.rule import Rule, RuleTarget
from eventsim_sources.bus.target_input import TargetInput, read_template
from eventsim_sources.retry_policy import AGE_MAX_S, AGE_MIN_S, RETRIES_MAX, delivery_policy
from eventsim_sources.without_effect import WithoutEffect

_INPUTS = ("Input", "InputPath", "InputTransformer")
_SERVICES_OF: Mapping[str, tuple[str, ...]] = {
    "AppSyncParameters": ("appsync",),
    "BatchParameters": ("batch",),
    "EcsParameters": ("ecs",),
    "HttpParameters": ("events", "execute-api"),
    "KinesisParameters": ("kinesis",),
    "RedshiftDataParameters": ("redshift", "redshift-serverless"),
    "RunCommandParameters": ("ssm",),
    "SageMakerPipelineParameters": ("sagemaker",),
    "SqsParameters": ("sqs",),
}
"""Parameters of a target → the services for whose targets they are."""
_SERVICE = "events.amazonaws.com"
_IN_A_ROLE = frozenset({"batch", "codebuild", "codepipeline", "ecs", "firehose", "kinesis", "states"})
"""Services whose targets are called in a role of their own; functions, queues, topics and log groups have policies."""
_ARN = re.compile(r"arn:aws[a-z\-]*:[a-z0-9\-]+:[a-z0-9\-]*:[0-9]*:.+", re.DOTALL)


def put_targets(call: Call) -> Result:
    """Add targets to a rule, or replace those with these ids."""
    given: Any = call.given.get("Targets") or []
    _check_count(given, "targets", f"[{len(given)} targets]")
    rule = changeable(call)
    targets = {each["Id"]: read_target(_with_role(each, rule.targets)) for each in given}
    for each in targets.values():
        _check_role(call, each)
        _check_bus(call, rule, each)
        _tell_unfit(call, each)
    if len(rule.targets.keys() | targets.keys()) > TARGETS_MAX:
        raise errors.too_many()
    rule.targets.update(targets)
    return {"FailedEntryCount": 0, "FailedEntries": []}


def _check_count(given: Sequence[object], path: str, told: str) -> None:
    if len(given) > TARGETS_PER_CALL_MAX:  # the model allows a hundred
        must = f"Member must have length less than or equal to {TARGETS_PER_CALL_MAX}"
        raise errors.constraint(told, path, must)


def _with_role(given: Mapping[str, Any], present: Mapping[str, RuleTarget]) -> Mapping[str, Any]:
    """Return a target with the role that it had: one of a bus is not taken away by leaving it out (documented)."""
    before = present.get(given["Id"])
    if before is None or not is_bus_arn(given["Arn"]) or before.arn != given["Arn"]:
        return given
    return {**{name: before.given[name] for name in ("RoleArn",) if name in before.given}, **given}


def _check_role(call: Call, target: RuleTarget) -> None:
    """See that a target of a service that EventBridge calls in a role has one, and one that lets it do so."""
    role_arn = str(target.given.get("RoleArn") or "")
    if target.arn.split(":", 3)[2] in _IN_A_ROLE and not role_arn:
        raise errors.validation(f"RoleArn is required for target {target.arn}.")
    if not call.world.trusts(role_arn, _SERVICE, cause=call.request.entry):
        raise errors.validation(f"Provided role '{role_arn}' cannot be assumed by principal '{_SERVICE}'.")


def _check_bus(call: Call, rule: Rule, target: RuleTarget) -> None:
    """See that a bus of another account or region has a role to reach it (documented since 2023)."""
    if not is_bus_arn(target.arn):
        return
    check_bus_input(rule, target)
    is_elsewhere = target.arn.split(":")[3:5] != rule.arn.split(":")[3:5]
    if is_elsewhere and not target.given.get("RoleArn"):
        raise errors.validation(f"RoleArn is required for target {target.arn}.")
    for name in _INPUTS:
        if target.given.get(name) is not None:
            reason = "a bus gets the event as it is"
            call.world.share(WithoutEffect).tell(call.request, name, reason)


def _tell_unfit(call: Call, target: RuleTarget) -> None:
    """Tell of parameters for targets of other kinds; whether AWS refuses them is unconfirmed."""
    service = target.arn.split(":", 3)[2]
    for name, services in _SERVICES_OF.items():
        if target.given.get(name) and service not in services:
            reason = f"it is not for targets of {service}"
            call.world.share(WithoutEffect).tell(call.request, name, reason)


def check_bus_input(rule: Rule, target: RuleTarget) -> None:
    """See that a bus of another account gets the event as it is (documented; the words are unconfirmed).

    Raises:
        ApiError: something else is asked for.
    """
    is_of_another = is_bus_arn(target.arn) and account_of(target.arn) != account_of(rule.arn)
    given = next((name for name in _INPUTS if target.given.get(name) is not None), None)
    if is_of_another and given is not None:
        message = f"{given} is not supported for target {target.id}: it is an event bus of another account."
        raise errors.validation(message)


def read_target(given: Mapping[str, Any]) -> RuleTarget:
    """Read a target in botocore's shape.

    Raises:
        ApiError: it is not such as AWS takes.
    """
    arn = given["Arn"]
    if _ARN.fullmatch(arn) is None:
        reason = "Provided Arn is not in correct format."
        raise errors.parameter(arn, reason)
    if ":sqs:" in arn and arn.endswith(".fifo") and not (given.get("SqsParameters") or {}).get("MessageGroupId"):
        name = given["Id"]  # unconfirmed words
        raise errors.validation(f"Parameter(s) SqsParameters must be specified for target: {name}.")
    _check_retries(given.get("RetryPolicy") or {})
    dead_letter_arn = (given.get("DeadLetterConfig") or {}).get("Arn")
    if dead_letter_arn is not None and (":sqs:" not in dead_letter_arn or dead_letter_arn.endswith(".fifo")):
        raise errors.parameter("DeadLetterConfig", "a standard queue is wanted.")  # unconfirmed words
    return RuleTarget(
        id=given["Id"],
        arn=arn,
        given=given,
        input=_read_input(given),
        policy=delivery_policy(given.get("RetryPolicy") or {}),
        told=told_target(arn),
    )


def _check_retries(given: Mapping[str, Any]) -> None:
    bounds = {"MaximumRetryAttempts": (0, RETRIES_MAX), "MaximumEventAgeInSeconds": (AGE_MIN_S, AGE_MAX_S)}
    for name, (least, most) in bounds.items():
        value = given.get(name)
        if value is not None and not least <= value <= most:
            path = f"targets.1.member.retryPolicy.{name[0].lower()}{name[1:]}"
            bound = f"greater than or equal to {least}" if value < least else f"less than or equal to {most}"
            raise errors.constraint(value, path, f"Member must have value {bound}")


def _read_input(given: Mapping[str, Any]) -> TargetInput:
    name = given["Id"]
    if sum(given.get(member) is not None for member in _INPUTS) > 1:
        raise errors.validation(
            f"Only one of Input, InputPath, or InputTransformer must be provided for target {name}."
        )
    if given.get("Input") is not None:
        return TargetInput(constant=_json(given["Input"], name))
    try:
        if given.get("InputPath") is not None:
            return TargetInput(path=parse_path(given["InputPath"]))
        if given.get("InputTransformer") is not None:
            return TargetInput(template=_template(given["InputTransformer"], name))
    except ValueError as error:
        raise errors.validation(f"Invalid JSONPath for target {name}: {error}.") from None  # unconfirmed words
    return TargetInput()


def _json(text: str, name: str) -> str:
    try:
        from_json(text)
    except ValueError:
        raise errors.validation(f"JSON syntax error in input for target {name}.") from None  # unconfirmed words
    return text


def _template(given: Mapping[str, Any], name: str) -> Any:
    paths = given.get("InputPathsMap") or {}
    if len(paths) > INPUT_PATHS_MAX:
        must = f"Member must have length less than or equal to {INPUT_PATHS_MAX}"
        raise errors.constraint(f"[{len(paths)} paths]", "targets.1.member.inputTransformer.inputPathsMap", must)
    reserved = next((key for key in paths if key.upper().startswith("AWS")), None)
    if reserved is not None:  # unconfirmed words
        raise errors.validation(f"InputPathsMap for target {name} contains reserved name {reserved}.")
    template = read_template(given["InputTemplate"], paths)
    unknown = template.unknown()
    if unknown:
        raise errors.validation(f"InputTemplate for target {name} contains invalid placeholder {unknown}.")
    return template


def remove_targets(call: Call) -> Result:
    """Take targets from a rule; an id that is not there is told."""
    ids: Any = call.given.get("Ids") or []
    _check_count(ids, "ids", f"[{', '.join(ids)}]")
    rule = changeable(call)
    failed = []
    for each in ids:
        if rule.targets.pop(each, None) is None:
            message = f"Rule '{rule.rule_name}' does not have a target with the Id '{each}'."  # unconfirmed words
            failed.append({"TargetId": each, "ErrorCode": "ResourceNotFoundException", "ErrorMessage": message})
    return {"FailedEntryCount": len(failed), "FailedEntries": failed}


def list_targets_by_rule(call: Call) -> Result:
    """List the targets of a rule."""
    managed = managed_rules(call.directory.bus(call.given.get("EventBusName"))).get(call.text("Rule"))
    if managed is not None:
        return {"Targets": [managed.target()]}
    rule = found(call, "Rule")
    chosen, more = call.page(list(rule.targets.values()), lambda target: target.id)
    return {"Targets": [dict(target.given) for target in chosen], **more}
