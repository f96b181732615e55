"""How are state machines made?"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eventsim.template.document import Refusal, parse_document, plain
from eventsim.template.intrinsic import as_text
from eventsim.template.local import LOCAL_BUCKET
from eventsim.template.site import Item, Made

_SUBSTITUTION = re.compile(r"\$\{([A-Za-z0-9_.]+)\}")


async def state_machine(item: Item) -> Made:
    """Make a state machine."""
    name = item.name("StateMachineName", characters_max=80)
    role = item.text("RoleArn") or item.site.arn("iam", "role/eventsim", region="")
    text = definition(item)
    kind = item.text("StateMachineType", "STANDARD")
    tags = [{"key": key, "value": value} for key, value in item.tags().items()]
    parameters: dict[str, Any] = {"name": name, "definition": text, "roleArn": role, "type": kind, "tags": tags}
    logging = logging_of(item)
    if logging:
        parameters["loggingConfiguration"] = logging
    parameters["tracingConfiguration"] = {"enabled": is_traced(item)}
    made = await item.site.ask("stepfunctions", "CreateStateMachine", parameters)
    arn = made["stateMachineArn"]
    undo = (("stepfunctions", "DeleteStateMachine", {"stateMachineArn": arn}),)
    attributes = {"Arn": arn, "Name": name, "StateMachineRevisionId": made.get("stateMachineVersionArn", "INITIAL")}
    return Made(physical_id=arn, attributes=attributes, undo=undo, place=("state_machines", name))


def is_traced(item: Item) -> bool:
    """Tell whether X-Ray is told of a machine's executions."""
    return str((item.take("TracingConfiguration") or {}).get("Enabled", False)).lower() == "true"


def logging_of(item: Item) -> dict[str, Any]:
    """Return where a machine logs, in the API's words."""
    given = item.take("LoggingConfiguration") or {}
    destinations = [
        {"cloudWatchLogsLogGroup": {"logGroupArn": str(each["CloudWatchLogsLogGroup"]["LogGroupArn"])}}
        for each in given.get("Destinations") or ()
    ]
    told: dict[str, Any] = {"level": str(given["Level"])} if given.get("Level") else {}
    if given.get("IncludeExecutionData") is not None:
        told["includeExecutionData"] = str(given["IncludeExecutionData"]).lower() == "true"
    return {**told, "destinations": destinations} if destinations else told


def definition(item: Item) -> str:
    """Return the definition as text, with what the template puts into it."""
    substitutions = item.take("DefinitionSubstitutions") or {}
    location = item.take("DefinitionS3Location")
    given = item.take("Definition")
    text = item.take("DefinitionString")
    if location is not None and location.get("Bucket") == LOCAL_BUCKET:
        text = _read(item, _present(item.site.paths[location["Key"]]))
    elif location is not None:
        raise item.site.document.error(
            ("Resources", item.logical_id), f"{item.logical_id}: its definition lies in a bucket that is not here"
        )
    elif given is not None or isinstance(text, dict):
        text = json.dumps(given if given is not None else text)
    known = {name: as_text(value, (name,)) for name, value in substitutions.items()}
    substituted = _SUBSTITUTION.sub(lambda match: known.get(match[1], match[0]), str(text or ""))
    if substituted.lstrip().startswith("{"):
        return substituted
    path = item.site.paths.get(item.logical_id, item.site.document.path)
    try:
        return json.dumps(plain(parse_document(substituted, Path(path)).root))
    except Refusal:
        if text is None:
            raise
        return substituted  # Step Functions says what is wrong with it


def _read(item: Item, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        message = f"{item.logical_id}: {path}: cannot read the definition: {error.strerror}"
        raise item.site.document.error(("Resources", item.logical_id), message) from None


def _present(path: Path) -> Path:
    """Return the file that is meant; on other systems names differ in case as often as not."""
    if path.exists() or not path.parent.is_dir():
        return path
    return next((each for each in path.parent.iterdir() if each.name.lower() == path.name.lower()), path)


async def version(item: Item) -> Made:
    """Publish a version of a state machine."""
    arn = item.text("StateMachineArn")
    made = await item.create("stepfunctions", "PublishStateMachineVersion")
    of_version = made.get("stateMachineVersionArn", arn)
    undo = (("stepfunctions", "DeleteStateMachineVersion", {"stateMachineVersionArn": of_version}),)
    return Made(physical_id=of_version, attributes={"Arn": of_version}, undo=undo)


async def alias(item: Item) -> Made:
    """Make an alias that leads to versions of a state machine."""
    name, routes = item.name("Name", characters_max=80), routes_of(item)
    more = {"name": name, "routingConfiguration": routes}
    made = await item.create("stepfunctions", "CreateStateMachineAlias", more, without=("RoutingConfiguration",))
    arn = made["stateMachineAliasArn"]
    undo = (("stepfunctions", "DeleteStateMachineAlias", {"stateMachineAliasArn": arn}),)
    return Made(physical_id=arn, attributes={"Arn": arn}, undo=undo)


def routes_of(item: Item) -> list[dict[str, Any]]:
    """Return to which versions an alias leads; what shall be shifted step by step is shifted at once."""
    shift = item.take("DeploymentPreference") or {}
    if shift:
        item.site.notes.add(f"{item.logical_id}: DeploymentPreference: the new version takes over at once")
        return [{"stateMachineVersionArn": str(shift["StateMachineVersionArn"]), "weight": 100}]
    return [
        {"stateMachineVersionArn": str(each["StateMachineVersionArn"]), "weight": int(as_text(each["Weight"]))}
        for each in item.take("RoutingConfiguration") or ()
    ]


async def activity(item: Item) -> Made:
    """Make an activity, whose tasks workers poll for."""
    name = item.name("Name", characters_max=80)
    made = await item.create("stepfunctions", "CreateActivity", {"name": name})
    arn = made["activityArn"]
    undo = (("stepfunctions", "DeleteActivity", {"activityArn": arn}),)
    return Made(physical_id=arn, attributes={"Arn": arn, "Name": name}, undo=undo)


WORKFLOW: Mapping[str, Any] = {
    "AWS::StepFunctions::Activity": activity,
    "AWS::StepFunctions::StateMachine": state_machine,
    "AWS::StepFunctions::StateMachineAlias": alias,
    "AWS::StepFunctions::StateMachineVersion": version,
}
