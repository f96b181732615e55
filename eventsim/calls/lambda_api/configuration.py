"""How does the API describe a function? The document that most operations answer with."""

from typing import Any

from eventsim.calls.lambda_api.papers import VersionPapers
from eventsim.calls.lambda_api.service import Service
from eventsim.function.function import LATEST, Function, FunctionVersion
from eventsim.function.tenancy import ISOLATES

_ACTIVE = {"State": "Active"}
_PENDING = {
    "State": "Pending",
    "StateReason": "The function is being created.",
    "StateReasonCode": "Creating",
}
_SUCCESSFUL = {"LastUpdateStatus": "Successful"}
_IN_PROGRESS = {
    "LastUpdateStatus": "InProgress",
    "LastUpdateStatusReason": "The function is being created.",
    "LastUpdateStatusReasonCode": "Creating",
}


def describe(
    service: Service, function: Function, number: str, *, qualifier: str = "", has_states: bool = True
) -> dict[str, Any]:
    """Return the configuration of one version.

    Args:
        number: `$LATEST` or a published one.
        qualifier: what the ARN ends in: the alias or version that was asked for; if nothing was, a published version's
            number.
        has_states: whether it tells of `State` and `LastUpdateStatus`; lists do not (documented).
    """
    version, papers = function.versions[number], service.papers(function).versions[number]
    qualifier = qualifier or ("" if number == LATEST else number)
    described: dict[str, Any] = {
        "FunctionName": function.name,
        "FunctionArn": f"{function.arn}:{qualifier}" if qualifier else function.arn,
        "Runtime": version.runtime,
        "Handler": version.handler_name,
        "CodeSize": papers.code.size_bytes,
        "Description": papers.description,
        "Timeout": version.timeout_us // 1_000_000,
        "MemorySize": version.memory_mb,
        "LastModified": service.modified_at(papers.modified_us),
        "CodeSha256": papers.code.sha256,
        "Version": number,
        "TracingConfig": {"Mode": version.tracing},
        "RevisionId": papers.revision_at(service.clock.now_us),
        "PackageType": "Zip",
        "Architectures": [version.architecture],
        "EphemeralStorage": {"Size": version.ephemeral_storage_mb},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "RuntimeVersionConfig": {"RuntimeVersionArn": _runtime_version_arn(service, version)},
        "LoggingConfig": _logging(version),
        **{name: value for name, value in papers.echoed.items() if value not in ("", [])},
    }
    if number != LATEST and described["SnapStart"]["ApplyOn"] == "PublishedVersions":
        described["SnapStart"] = {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"}
    if version.environment:
        described["Environment"] = {"Variables": dict(version.environment)}
    if papers.layers:
        described["Layers"] = [{"Arn": arn, "CodeSize": _layer_size(service, arn)} for arn in papers.layers]
    if version.is_tenant_isolated:
        described["TenancyConfig"] = ISOLATES
    if function.dead_letter:
        described["DeadLetterConfig"] = {"TargetArn": service.arn_of(function.dead_letter)}
    if version.durable is not None:
        described["DurableConfig"] = {
            "RetentionPeriodInDays": version.durable.retention_days,
            "ExecutionTimeout": version.durable.execution_timeout_s,
        }
    if has_states:
        described |= _states(papers, service.clock.now_us)
    return _of_image(described, papers) if described["PackageType"] == "Image" else described


_NOT_OF_IMAGES = ("Handler", "ImageUri", "Layers", "Runtime", "RuntimeVersionConfig")


def _of_image(described: dict[str, Any], papers: VersionPapers) -> dict[str, Any]:
    """Leave out what an image says of itself (documented): its command names the handler, its base has the runtime."""
    told = {name: value for name, value in described.items() if name not in _NOT_OF_IMAGES}
    return {**told, "CodeSize": 0, "CodeSha256": papers.code.identifier}


def creating(service: Service, function: Function, number: str) -> dict[str, Any]:
    """Return what the request that makes a version is answered: AWS's work has just begun (recorded)."""
    described = describe(service, function, number)
    stateless = {name: value for name, value in described.items() if not name.startswith("LastUpdateStatus")}
    return {**stateless, **_PENDING, **_passing(service, function, number)}


def updating(service: Service, function: Function, number: str, *, is_known: bool) -> dict[str, Any]:
    """Return what the request that changes a function is answered: AWS's work has just begun (recorded).

    Args:
        is_known: whether it is a version that was published before, since nothing has changed.
    """
    passing = {} if is_known else _passing(service, function, number)
    return {**describe(service, function, number), **_IN_PROGRESS, **passing}


def _passing(service: Service, function: Function, number: str) -> dict[str, str]:
    return {"RevisionId": service.papers(function).versions[number].passing_revision_id}


def _states(papers: VersionPapers, now_us: int) -> dict[str, str]:
    if now_us < papers.active_us:
        return _PENDING
    return {**_ACTIVE, **(_IN_PROGRESS if now_us < papers.updated_us else _SUCCESSFUL)}


def _logging(version: FunctionVersion) -> dict[str, str]:
    described = {
        "LogFormat": version.log_format,
        "LogGroup": version.log_group or f"/aws/lambda/{version.function}",
    }
    if version.log_format == "JSON":
        described["ApplicationLogLevel"] = version.application_log_level
        described["SystemLogLevel"] = version.system_log_level
    return described


def _runtime_version_arn(service: Service, version: FunctionVersion) -> str:
    digits = service.chance.hex_ids(64, "runtime version", version.runtime)()
    return f"arn:aws:lambda:{service.functions.region}::runtime:{digits}"


def _layer_size(service: Service, arn: str) -> int:
    layer = service.layers.get(arn)
    return layer.code.size_bytes if layer is not None else 0
