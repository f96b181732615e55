"""How are functions, their versions and their event sources made?"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import structs

from eventsim.calls.lambda_api.errors import conflict
from eventsim.function.extension import WRAPPER_VARIABLE, extension_of, is_adapted
from eventsim.function.function import Refusing
from eventsim.function.runtime import RUNTIMES, is_program, obstacle, unbuilt
from eventsim.function.spec import FunctionSpec, with_code
from eventsim.limits import DURABLE_RETENTION_DAYS_DEFAULT, DURABLE_TIMEOUT_S_DEFAULT
from eventsim.mapping.unserved import INSTEAD, service_of
from eventsim.template.code import Code, check_handler, find_code, layer_folder, missing_packages, starts_server
from eventsim.template.inert import placeholder
from eventsim.template.intrinsic import as_text
from eventsim.template.site import Item, Made


async def function(item: Item) -> Made:
    """Add a function whose code is run where it lies."""
    name = item.name("FunctionName", characters_max=64)
    if name in item.site.ground.functions:
        raise conflict(f"Function already exist: {name}")
    undo = item.begin(name, ("lambda", "DeleteFunction", {"FunctionName": name}))
    spec = msgspec.convert(_settings(item), FunctionSpec)
    override = item.site.overrides.get(item.logical_id) or item.site.overrides.get(name)
    given = item.take("Code")
    runtime = item.text("Runtime")
    handler = item.text("Handler")
    problem = ""
    if override is not None and (override.handler is not None or override.image is not None):
        spec = structs.replace(spec, handler=override.handler, code=override.code)
    elif not (problem := _unrunnable(runtime)):
        code = await find_code(item, given, runtime)
        spec, problem = _with_code(item, spec, code, code.runtime or runtime, code.handler or handler)
    spec = _overridden(spec, override)
    item.site.ground.check_role(name, spec, item.properties)
    if problem:
        remedy = f"stand in for it: `functions: {{{item.logical_id}: {{handler: module.function}}}}` in a scenario"
        problem = f"{problem}; {remedy}"
        item.site.ground.add_function(name, spec, handler=Refusing(f"{item.logical_id} {problem}"))
    else:
        item.site.ground.add_function(name, spec)
    if override is None or not override.layers:
        item.site.ground.name_layers(name, layers_of(item))
    item.site.ground.echo(name, echoed(item))
    item.site.ground.keep_function(name)
    arn = item.site.ground.functions.arn(name)
    await _tag(item, arn)
    return Made(physical_id=name, attributes={"Arn": arn}, undo=undo, place=("functions", name), problem=problem)


def _with_code(item: Item, spec: FunctionSpec, code: Code, runtime: str, handler: str) -> tuple[FunctionSpec, str]:
    """Return the settings of a function with its code in place, and why it cannot be run, "" if it can."""
    problem = _unrunnable(runtime) or code.problem
    if problem or code.folder is None:
        return spec, problem
    placed = with_code(
        spec, code.folder, handler=handler, runtime=runtime, variables=code.variables, layers=code.layers
    )
    if is_adapted(placed.layers or (), placed.environment or {}):
        return placed, ""
    if is_program(runtime):
        _tell_of_sources(item, code.folder, handler.partition(".")[0])
    elif starts_server(code.folder, handler):
        return spec, f"starts the program {handler}, and no layer of the Lambda Web Adapter's is there to ask it"
    else:
        check_handler(item, code.folder, handler)
        _tell_of_packages(item, code.folder)
        _tell_of_wrapper(item, spec)
    return placed, ""


_ECHOED = {
    "FileSystemConfigs": "FileSystemConfigs",
    "KmsKeyArn": "KMSKeyArn",
    "Role": "Role",
    "VpcConfig": "VpcConfig",
}
"""Properties that change nothing, and what the API calls them."""


def echoed(item: Item) -> dict[str, Any]:
    """Return what the API tells of a function because the template says so, though it changes nothing."""
    told = {name: item.properties[key] for key, name in _ECHOED.items() if item.properties.get(key)}
    if item.text("PackageType") == "Image":
        told |= {"PackageType": "Image", "ImageUri": (item.take("Code") or {}).get("ImageUri", "")}
        if item.take("ImageConfig"):
            told["ImageConfigResponse"] = {"ImageConfig": item.take("ImageConfig")}
    return told


def _settings(item: Item) -> dict[str, Any]:
    """Return the settings of a function that do not depend on where its code is."""
    settings: dict[str, Any] = {
        "memory": item.number("MemorySize"),
        "timeout": item.number("Timeout"),
        "description": item.text("Description"),
        "reserved_concurrency": item.number("ReservedConcurrentExecutions"),
    }
    variables = (item.take("Environment") or {}).get("Variables") or {}
    settings["environment"] = {key: as_text(value, ("Environment", key)) for key, value in variables.items()}
    storage = (item.take("EphemeralStorage") or {}).get("Size")
    settings["ephemeral_storage"] = None if storage is None else int(as_text(storage))
    architectures = item.take("Architectures") or []
    settings["architecture"] = architectures[0] if architectures else None
    settings["dead_letter"] = (item.take("DeadLetterConfig") or {}).get("TargetArn")
    settings["tracing"] = (item.take("TracingConfig") or {}).get("Mode")
    settings["durable"] = _durable(item)
    settings["tenant_isolation"] = True if item.take("TenancyConfig") else None
    if item.text("RecursiveLoop") == "Allow":
        settings["recursive_loop"] = "allow"
    logging = item.take("LoggingConfig") or {}
    for name, setting in _LOGGING.items():
        if logging.get(name):
            settings[setting] = logging[name]
    settings["layers"] = [
        arn if folder is None else str(folder)
        for arn, folder in layers_of(item).items()
        if folder is not None or extension_of(arn)
    ]
    return {name: value for name, value in settings.items() if value not in (None, [], {})}


def _durable(item: Item) -> dict[str, int] | None:
    config = item.take("DurableConfig")
    if config is None:
        return None
    timeout_s = config.get("ExecutionTimeout", DURABLE_TIMEOUT_S_DEFAULT)
    days = config.get("RetentionPeriodInDays", DURABLE_RETENTION_DAYS_DEFAULT)
    return {"execution_timeout": int(as_text(timeout_s)), "retention_days": int(as_text(days))}


_LOGGING = {
    "LogFormat": "log_format",
    "ApplicationLogLevel": "application_log_level",
    "SystemLogLevel": "system_log_level",
    "LogGroup": "log_group",
}


def layers_of(item: Item) -> dict[str, Path | None]:
    """Return the layers of a function by ARN, each with its folder, None where it is not here."""
    folders = {str(arn): item.site.layers.get(str(arn)) for arn in item.take("Layers") or []}
    for arn, folder in folders.items():
        if folder is None and not extension_of(arn):
            item.site.notes.add(f"{item.logical_id}: the layer {arn} is not here; what it brings must be installed")
    return folders


def _unrunnable(runtime: str) -> str:
    """Return what a runtime keeps from being run here, "" if nothing does; one that is not named is Python."""
    reason = obstacle(runtime)
    if not runtime or (runtime in RUNTIMES and not reason):
        return ""
    return f"is written for {runtime}, which is not run here" + (f" ({reason})" if reason else "")


def _tell_of_sources(item: Item, folder: Path, module: str) -> None:
    source = unbuilt(folder, module)
    if source:
        item.site.notes.add(
            f"{item.logical_id}: {folder / source} must be built first, as for Lambda: `sam build`, and then deploy "
            "`.aws-sam/build/template.yaml`"
        )


def _tell_of_packages(item: Item, folder: Any) -> None:
    missing = missing_packages(folder)
    if missing:
        item.site.notes.add(
            f"{item.logical_id}: {folder / 'requirements.txt'} names {', '.join(missing)}, not installed here; "
            f"`pip install {' '.join(missing)}`"
        )


def _tell_of_wrapper(item: Item, spec: FunctionSpec) -> None:
    wrapper = (spec.environment or {}).get(WRAPPER_VARIABLE)
    if wrapper:
        item.site.notes.add(f"{item.logical_id}: {WRAPPER_VARIABLE} has no effect: {wrapper} is not run")


def _overridden(spec: FunctionSpec, override: FunctionSpec | None) -> FunctionSpec:
    """Return the settings with those that a scenario wants otherwise; variables are added to those of the template."""
    if override is None:
        return spec
    defaults = FunctionSpec()
    changes = {
        name: getattr(override, name)
        for name in FunctionSpec.__struct_fields__
        if getattr(override, name) != getattr(defaults, name)
    }
    if override.environment is not None:
        changes["environment"] = {**(spec.environment or {}), **override.environment}
    return structs.replace(spec, **changes)


async def _tag(item: Item, arn: str) -> None:
    tags = item.tags()
    if tags:
        await item.site.ask("lambda", "TagResource", {"Resource": arn, "Tags": tags})


async def version(item: Item) -> Made:
    """Publish a version of a function."""
    published = await item.create("lambda", "PublishVersion", without=("CodeSha256",))
    number, arn = published["Version"], f"{_unqualified(published['FunctionArn'])}:{published['Version']}"
    undo = item.begin(arn, item.undo("lambda", "DeleteFunction", Qualifier=number))
    await provision(item, published["FunctionName"], number)
    return Made(physical_id=arn, attributes={"Version": number, "FunctionArn": arn}, undo=undo)


def alias_weights(routing: Any) -> dict[str, float]:
    """Return which further versions an alias leads to, and how often."""
    return {
        str(each["FunctionVersion"]): float(each["FunctionWeight"])
        for each in (routing or {}).get("AdditionalVersionWeights") or []
    }


async def alias(item: Item) -> Made:
    """Make an alias of a function."""
    weights = alias_weights(item.take("RoutingConfig"))
    made = await item.create(
        "lambda",
        "CreateAlias",
        {"RoutingConfig": {"AdditionalVersionWeights": weights} if weights else None},
        without=("RoutingConfig",),
    )
    arn = made["AliasArn"]
    undo = item.begin(arn, item.undo("lambda", "DeleteAlias"))
    await provision(item, *qualified(arn))
    return Made(physical_id=arn, attributes={"AliasArn": arn}, undo=undo)


async def provision(item: Item, name: str, qualifier: str) -> None:
    """Keep as many environments of a version or an alias ready as it says."""
    count = (item.take("ProvisionedConcurrencyConfig") or {}).get("ProvisionedConcurrentExecutions")
    if count is not None:
        parameters = {
            "FunctionName": name,
            "Qualifier": qualifier,
            "ProvisionedConcurrentExecutions": int(as_text(count)),
        }
        await item.site.ask("lambda", "PutProvisionedConcurrencyConfig", parameters)


def qualified(arn: str) -> tuple[str, str]:
    """Return the ARN of a function and what stands behind it: the version or alias."""
    return _unqualified(arn), arn.rpartition(":")[2]


async def event_source_mapping(item: Item) -> Made:
    """Let a function poll a source."""
    source = item.text("EventSourceArn")
    if source and not service_of(source) and source.split(":")[2:3] not in (["sqs"], ["kinesis"], ["dynamodb"]):
        item.taken |= set(item.properties)
        return placeholder(item, problem=f"polls {source}, which is nothing that Lambda polls")
    endpoints = (item.take("SelfManagedEventSource") or {}).get("Endpoints") or {}
    servers = endpoints.get("KafkaBootstrapServers")  # the API says it otherwise
    own = {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": servers}} if servers else None
    made = await item.create(
        "lambda", "CreateEventSourceMapping", {"SelfManagedEventSource": own}, without=("SelfManagedEventSource",)
    )
    uuid = made["UUID"]
    undo = (("lambda", "DeleteEventSourceMapping", {"UUID": uuid}),)
    attributes = {"Id": uuid, "EventSourceMappingArn": made.get("EventSourceMappingArn", "")}
    source = source or ",".join(map(as_text, servers or ()))
    service = "" if item.site.ground.is_polled(source) else service_of(source)
    problem = f"polls {source}, which nobody simulates; {INSTEAD[service]}" if service else ""
    return Made(physical_id=uuid, attributes=attributes, undo=undo, problem=problem)


async def event_invoke_config(item: Item) -> Made:
    """Say what becomes of a function's asynchronous events."""
    name, qualifier = item.text("FunctionName"), item.text("Qualifier") or "$LATEST"
    await item.create("lambda", "PutFunctionEventInvokeConfig", {"Qualifier": qualifier})
    undo = item.undo("lambda", "DeleteFunctionEventInvokeConfig", Qualifier=qualifier)
    return Made(physical_id=f"{name}|{qualifier}", undo=(undo,))


async def url(item: Item) -> Made:
    """Give a function an address."""
    target = item.text("TargetFunctionArn")
    made = await item.create("lambda", "CreateFunctionUrlConfig", {"FunctionName": target})
    attributes = {"FunctionUrl": made["FunctionUrl"], "FunctionArn": made["FunctionArn"]}
    undo = item.undo("lambda", "DeleteFunctionUrlConfig", FunctionName=target)
    return Made(physical_id=made["FunctionArn"], attributes=attributes, undo=(undo,))


_ALEXA = "alexa-appkit.amazon.com"


async def permission(item: Item) -> Made:
    """Let a service invoke a function."""
    identifier = item.name(characters_max=100)
    await item.create("lambda", "AddPermission", {"StatementId": identifier})
    if item.text("Principal") == _ALEXA:
        instead = "the step `invoke` of a workload takes its request: `event: {…}`"
        item.site.notes.add(f"{item.logical_id}: no skill of Alexa invokes a function; {instead}")
    undo = item.undo("lambda", "RemovePermission", StatementId=identifier)
    return Made(physical_id=identifier, attributes={"Id": identifier}, undo=(undo,))


async def layer_version(item: Item) -> Made:
    """Keep a layer's folder for the functions that name it."""
    name = item.text("LayerName") or item.name(characters_max=140)
    layer = item.site.arn("lambda", f"layer:{name}")
    number = 1 + sum(each.rpartition(":")[0] == layer for each in item.site.layers)
    arn = f"{layer}:{number}"
    code = await find_code(item, item.take("Content"))
    if code.folder is not None:
        item.site.layers[arn] = layer_folder(item, code.folder)
    for told in ("Description", "CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo"):
        item.take(told)
    return Made(physical_id=arn, attributes={"LayerVersionArn": arn}, problem=code.problem)


def _unqualified(arn: str) -> str:
    return ":".join(arn.split(":")[:7])


LAMBDA: Mapping[str, Any] = {
    "AWS::Lambda::Alias": alias,
    "AWS::Lambda::EventInvokeConfig": event_invoke_config,
    "AWS::Lambda::EventSourceMapping": event_source_mapping,
    "AWS::Lambda::Function": function,
    "AWS::Lambda::LayerVersion": layer_version,
    "AWS::Lambda::Permission": permission,
    "AWS::Lambda::Url": url,
    "AWS::Lambda::Version": version,
}
