"""How are mappings made, changed and ended? Event source mappings as the API has them."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import structs

from eventsim.api import Request, Result
from eventsim.calls.inert import not_simulated
from eventsim.calls.lambda_api.errors import invalid, malformed
from eventsim.calls.lambda_api.paging import page
from eventsim.calls.lambda_api.part_parameters import (
    ECHOED_OF_PARTS,
    OF_PARTS,
    TAKEN_BY_PARTS,
    bootstrap_servers,
    is_kafka,
    kind_of,
    part_changes,
    part_members,
)
from eventsim.calls.lambda_api.service import Service
from eventsim.calls.lambda_api.stream_parameters import stream_changes, stream_members
from eventsim.mapping.mapping import Mapping, State, mapping_name
from eventsim.mapping.spec import BAD_FILTER, MappingSpec, PollersSpec, window_us_of
from eventsim.polled import Sharded
from eventsim.subscription import Subscribed

_WHERE_TO_BEGIN = ("StartingPosition", "StartingPositionTimestamp")
_OF_STREAMS = (
    *("ParallelizationFactor", "MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError"),
    *("MaximumRetryAttempts", "TumblingWindowInSeconds", "DestinationConfig"),
)
_OF_QUEUES = ("ScalingConfig", "ProvisionedPollerConfig")
_PARTS_WHEN_MADE = ("SelfManagedEventSource", "Topics", "Queues")
UPDATE_TAKES = (
    "FunctionName Enabled BatchSize FilterCriteria ScalingConfig MaximumBatchingWindowInSeconds FunctionResponseTypes "
    "ProvisionedPollerConfig MetricsConfig " + " ".join((*_OF_STREAMS, *OF_PARTS))
)
"""What updating takes; some of it is refused in words of its own."""
CREATE_TAKES = f"{UPDATE_TAKES} EventSourceArn Tags " + " ".join((*_WHERE_TO_BEGIN, *_PARTS_WHEN_MADE))
"""What creating takes."""
_TAKEN_BY = {
    "sqs": _OF_QUEUES,
    "kinesis": (*_OF_STREAMS, *_WHERE_TO_BEGIN),
    "dynamodb": (*_OF_STREAMS, *_WHERE_TO_BEGIN),
    **TAKEN_BY_PARTS,
}
"""Kind of source → what its mappings have that not all have (documented)."""
_NOT_OF_ALL = {name for names in _TAKEN_BY.values() for name in names}
_ECHOED = ("KMSKeyArn",)
_EVENT_COUNT = "EventCount"
_POLLERS = {"MinimumPollers": "minimum", "MaximumPollers": "maximum"}
_REPORTS = "ReportBatchItemFailures"
_LEAVING = (State.DISABLED, State.DISABLING)


def create_event_source_mapping(service: Service, request: Request) -> Result:
    """Let a function poll a queue, a stream, or a part of a source that has some."""
    given: Any = request.parameters
    source = _source_in(request)
    name = service.name_in(request)
    before = MappingSpec(source=source, function=name.name, qualifier=name.qualifier)
    spec = _changed(service, request, before, kind_of(source), is_new=True)
    mapping = service.mappings.create(mapping_name(_short(source), spec), spec)
    service.changed_us[mapping.uuid] = service.clock.now_us
    service.made_mappings.add(mapping.uuid)
    _keep_echoed(service, request, mapping)
    if given.get("Tags"):
        service.tags[mapping_arn(service, mapping)] = dict(given["Tags"])
    return _described(service, mapping)


def _source_in(request: Request) -> str:
    """Return what a new mapping is to poll: an ARN, or bootstrap servers.

    Raises:
        ApiError: it is not said.
    """
    source = str(request.parameters.get("EventSourceArn") or "") or bootstrap_servers(request.parameters)
    if not source:
        raise invalid("Unrecognized event source.")
    return source


def update_event_source_mapping(service: Service, request: Request) -> Result:
    """Change a mapping's settings, its function, or whether it takes messages."""
    given: Any = request.parameters
    mapping = service.mappings[given["UUID"]]
    before = structs.replace(mapping.spec, enabled=mapping.state not in _LEAVING)
    spec = _changed(service, request, before, kind_of(mapping.spec.source, mapping.source))
    if given.get("FunctionName"):
        name = service.name_in(request)
        if name.name not in service.functions:
            raise invalid("Function does not exist")
        spec = structs.replace(spec, function=name.name, qualifier=name.qualifier)
    if spec == structs.replace(before, enabled=spec.enabled) and spec.enabled != before.enabled:
        mapping.enable() if spec.enabled else mapping.disable()
    else:
        mapping.update(spec)
    service.changed_us[mapping.uuid] = service.clock.now_us
    _keep_echoed(service, request, mapping)
    return _described(service, mapping, spec)


def _keep_echoed(service: Service, request: Request, mapping: Mapping) -> None:
    """Keep the settings that have no effect, to give them back; an empty one ends what was."""
    given = {
        name: request.parameters[name]
        for name in (*_ECHOED, *ECHOED_OF_PARTS)
        if request.parameters.get(name) is not None
    }
    kept = {**service.echoed.get(mapping.uuid, {}), **given}
    service.echoed[mapping.uuid] = {name: value for name, value in kept.items() if value}


def get_event_source_mapping(service: Service, request: Request) -> Result:
    """Describe a mapping."""
    return _described(service, service.mappings[str(request.parameters["UUID"])])


def list_event_source_mappings(service: Service, request: Request) -> Result:
    """List mappings, of all sources and functions or of some."""
    given = request.parameters
    source, function = given.get("EventSourceArn"), given.get("FunctionName")
    name = service.functions.parse_name(str(function)) if function else None
    mappings = [
        mapping
        for mapping in service.mappings
        if source in (None, "", mapping.source.arn) and (name is None or mapping.is_for(name.name, name.qualifier))
    ]
    items, more = page(mappings, given, 100)
    return {"EventSourceMappings": [_described(service, mapping) for mapping in items], **more}


def delete_event_source_mapping(service: Service, request: Request) -> Result:
    """End a mapping; what is in flight ends as it ends."""
    mapping = service.mappings[str(request.parameters["UUID"])]
    mapping.delete()
    service.changed_us[mapping.uuid] = service.clock.now_us
    service.tags.pop(mapping_arn(service, mapping), None)
    described = _described(service, mapping)
    service.echoed.pop(mapping.uuid, None)
    return described


def mapping_arn(service: Service, mapping: Mapping) -> str:
    """Return a mapping's ARN."""
    functions = service.functions
    return f"arn:aws:lambda:{functions.region}:{functions.account_id}:event-source-mapping:{mapping.uuid}"


def _short(arn: str) -> str:
    """Return the name in the ARN of a source; of bootstrap servers, the first."""
    if not arn.startswith("arn:"):
        return arn.partition(",")[0]
    resource = arn.split(":", 5)[-1]
    if "/" in resource:
        return resource.split("/")[1]
    return resource.split(":")[1] if ":" in resource else resource


def _changed(service: Service, request: Request, spec: MappingSpec, kind: str, *, is_new: bool = False) -> MappingSpec:
    """Return the settings with what a request says of them.

    Raises:
        ApiError: it says what mappings of this kind do not have, or leaves out what they need.
    """
    given: Any = {name: value for name, value in request.parameters.items() if value is not None}
    _refuse_others(given, kind)
    changes: dict[str, Any] = {}
    if "Enabled" in given:
        changes["enabled"] = given["Enabled"]
    if "BatchSize" in given:
        changes["batch_size"] = given["BatchSize"]
    if "MaximumBatchingWindowInSeconds" in given:
        changes["batching_window"] = given["MaximumBatchingWindowInSeconds"]
    if "ScalingConfig" in given:
        changes["maximum_concurrency"] = given["ScalingConfig"].get("MaximumConcurrency")
    if "ProvisionedPollerConfig" in given:
        changes["provisioned_pollers"] = _pollers(request, given["ProvisionedPollerConfig"], kind)
    if "FilterCriteria" in given:
        changes["filters"] = [_pattern(each) for each in given["FilterCriteria"].get("Filters") or []]
    if "FunctionResponseTypes" in given:
        changes["report_batch_item_failures"] = _reports(given["FunctionResponseTypes"])
    if "MetricsConfig" in given:
        changes["counts_events"] = _counts_events(request, given["MetricsConfig"].get("Metrics") or [], kind)
    if kind in TAKEN_BY_PARTS:
        changes |= part_changes(service, request, kind, is_new=is_new)
    if kind != "sqs":
        changes |= stream_changes(given)
    return structs.replace(spec, **changes)


def _refuse_others(given: Any, kind: str) -> None:
    if kind not in _TAKEN_BY:
        raise invalid("Unrecognized event source.")
    for name in sorted(_NOT_OF_ALL - set(_TAKEN_BY[kind])):  # recorded for DestinationConfig, deduced else
        if given.get(name):
            raise invalid(f"Unsupported {name} parameter for given event source mapping type.")


def _pollers(request: Request, given: Any, kind: str) -> PollersSpec | None:
    """Return the provisioned mode that a request asks for; an empty one ends it."""
    if given.get("PollerGroupName"):  # documented: for Kafka; the words are deduced
        if is_kafka(kind):
            raise not_simulated(request, "the parameter PollerGroupName")
        raise invalid("Unsupported PollerGroupName parameter for given event source mapping type.")
    bounds = {bound: given[name] for name, bound in _POLLERS.items() if given.get(name) is not None}
    return PollersSpec(**bounds) if bounds else None


def _pattern(given: Any) -> str:
    pattern = given.get("Pattern")
    if pattern is None:
        raise invalid(BAD_FILTER)
    return str(pattern)


def _reports(given: Any) -> bool:
    for each in given:
        if each != _REPORTS:
            constraint = (
                f"Member must satisfy constraint: [Member must satisfy enum value set: [{_REPORTS}], "
                "Member must not be null]"
            )
            raise malformed(f"[{', '.join(given)}]", "functionResponseTypes", constraint)
    return bool(given)


def _counts_events(request: Request, metrics: Sequence[str], kind: str) -> bool:
    """Tell whether a mapping is to count its events."""
    if others := set(metrics) - {_EVENT_COUNT}:  # documented: the others are for Kafka; the words are deduced
        if is_kafka(kind):
            raise not_simulated(request, f"the metric {min(others)}")
        raise invalid("Unsupported MetricsConfig parameter for given event source mapping type.")
    return bool(metrics)


def _described(service: Service, mapping: Mapping, settings: MappingSpec | None = None) -> dict[str, Any]:
    spec = settings or mapping.spec
    described: dict[str, Any] = {
        "UUID": mapping.uuid,
        "EventSourceMappingArn": mapping_arn(service, mapping),
        "EventSourceArn": mapping.source.arn,
        "FunctionArn": service.functions.arn(spec.function, spec.qualifier),
        "BatchSize": spec.batch_size,
        "MaximumBatchingWindowInSeconds": window_us_of(spec) // 1_000_000,
        "FunctionResponseTypes": [_REPORTS] if spec.report_batch_item_failures else [],
        "State": mapping.state.value,
        "StateTransitionReason": "USER_INITIATED",
        "LastModified": service.clock.date(service.changed_us.get(mapping.uuid, 0)),
        **service.echoed.get(mapping.uuid, {}),
    }
    if isinstance(mapping.source, Subscribed):
        described = part_members(mapping, spec, described)
    elif isinstance(mapping.source, Sharded):
        described |= stream_members(mapping, spec)
    elif mapping.poller.access is not None and mapping.poller.access.problem:
        described["LastProcessingResult"] = f"PROBLEM: {mapping.poller.access.problem}"
    if spec.filters:
        described["FilterCriteria"] = {"Filters": [{"Pattern": _pattern_text(each)} for each in spec.filters]}
    if spec.maximum_concurrency is not None:
        described["ScalingConfig"] = {"MaximumConcurrency": spec.maximum_concurrency}
    if spec.counts_events:
        described["MetricsConfig"] = {"Metrics": [_EVENT_COUNT]}
    pollers = spec.provisioned_pollers
    if pollers is not None:
        described["ProvisionedPollerConfig"] = {name: getattr(pollers, bound) for name, bound in _POLLERS.items()}
    return described


def _pattern_text(pattern: str | dict[str, Any]) -> str:
    return pattern if isinstance(pattern, str) else msgspec.json.encode(pattern).decode()
