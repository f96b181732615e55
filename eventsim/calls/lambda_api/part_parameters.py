"""What do requests say of mappings for Kafka, Amazon MQ and DocumentDB, and what do answers?"""

from collections.abc import Mapping as Map
from datetime import datetime
from typing import Any

from eventsim.api import Request
from eventsim.calls.inert import not_simulated
from eventsim.calls.lambda_api.errors import invalid
from eventsim.calls.lambda_api.service import Service
from eventsim.mapping.mapping import Mapping
from eventsim.mapping.spec import MappingSpec
from eventsim.mapping.stream_poller import StreamPoller
from eventsim.mapping.stream_post import NO_RESULT
from eventsim.mapping.unserved import service_of
from eventsim.polled import Sharded
from eventsim.quantity import duration_us
from eventsim.subscription import DOCUMENTS, KAFKA, MQ

OF_PARTS = (
    *("SourceAccessConfigurations", "DocumentDBEventSourceConfig", "LoggingConfig"),
    *("AmazonManagedKafkaEventSourceConfig", "SelfManagedKafkaEventSourceConfig"),
)
"""What updating takes besides."""
ECHOED_OF_PARTS = ("SourceAccessConfigurations", "LoggingConfig", "DocumentDBEventSourceConfig")
"""What is given back as it came."""
SELF_MANAGED = "self-managed kafka"
"""The kind of a cluster of Kafka of one's own."""
_WHERE_TO_BEGIN = ("StartingPosition", "StartingPositionTimestamp")
_OF_KAFKA = (
    *_WHERE_TO_BEGIN,
    *("MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError", "MaximumRetryAttempts", "DestinationConfig"),
    *("ProvisionedPollerConfig", "LoggingConfig", "Topics", "SourceAccessConfigurations"),
)
TAKEN_BY_PARTS = {
    KAFKA: (*_OF_KAFKA, "AmazonManagedKafkaEventSourceConfig"),
    SELF_MANAGED: (*_OF_KAFKA, "SelfManagedEventSource", "SelfManagedKafkaEventSourceConfig"),
    MQ: ("Queues", "SourceAccessConfigurations"),
    DOCUMENTS: (*_WHERE_TO_BEGIN, "SourceAccessConfigurations", "DocumentDBEventSourceConfig"),
}
"""Kind of source → what its mappings have that not all have (documented)."""
_CONFIGS = {KAFKA: "AmazonManagedKafkaEventSourceConfig", SELF_MANAGED: "SelfManagedKafkaEventSourceConfig"}
_NEEDED = {KAFKA: "Topics", SELF_MANAGED: "Topics", MQ: "Queues", DOCUMENTS: "DocumentDBEventSourceConfig"}
_WITH_CREDENTIALS = (SELF_MANAGED, MQ, DOCUMENTS)
_SERVERS = "KAFKA_BOOTSTRAP_SERVERS"
_WITHOUT_EFFECT = {
    "SourceAccessConfigurations": "nobody asks for credentials, and there is no network",
    "LoggingConfig": "pollers write no logs",
}


def bootstrap_servers(given: Map[str, Any]) -> str:
    """Return the bootstrap servers that a request names, with commas between them, "" if it names none."""
    return ",".join(((given.get("SelfManagedEventSource") or {}).get("Endpoints") or {}).get(_SERVERS) or [])


def kind_of(source: str, polled: object = None) -> str:
    """Return the kind of a source: the service in its ARN, or that of what a mapping polls.

    Args:
        source: its ARN, or bootstrap servers.
        polled: what a mapping polls, if there is one; a scenario may name it otherwise.
    """
    arn = str(getattr(polled, "arn", source))
    service = polled.service if isinstance(polled, Sharded) else service_of(arn)
    if service == KAFKA and not arn.startswith("arn:"):
        return SELF_MANAGED
    return service or (arn.split(":")[2] if arn.count(":") > 1 else "")


def is_kafka(kind: str) -> bool:
    """Tell whether a kind of source is Kafka."""
    return kind in (KAFKA, SELF_MANAGED)


def part_changes(service: Service, request: Request, kind: str, *, is_new: bool) -> dict[str, Any]:
    """Return what a request changes in the settings of a mapping that reads a part of its source.

    Args:
        is_new: whether the mapping is made, so that some things must be said.

    Raises:
        ApiError: something is not said, or nobody simulates it.
    """
    given: Any = request.parameters
    if is_new:
        _check_said(given, kind)
    for name, reason in _WITHOUT_EFFECT.items():
        if given.get(name):
            service.inert.tell(request, name, reason)
    changes: dict[str, Any] = {}
    if given.get("Topics"):
        changes["topic"] = given["Topics"][0]
    if given.get("Queues"):
        changes["queue"] = given["Queues"][0]
    for access in given.get("SourceAccessConfigurations") or []:
        if kind == MQ and access.get("Type") == "VIRTUAL_HOST":
            changes["virtual_host"] = access.get("URI") or "/"
    config = given.get(_CONFIGS.get(kind, "")) or {}
    if config:
        changes |= _of_kafka(request, config)
    documents = given.get("DocumentDBEventSourceConfig") or {}
    if documents.get("DatabaseName"):
        names = (documents["DatabaseName"], documents.get("CollectionName"))
        changes["collection"] = ".".join(name for name in names if name)
    if documents.get("FullDocument"):
        changes["full_document"] = documents["FullDocument"] == "UpdateLookup"
    return changes


def _check_said(given: Any, kind: str) -> None:
    """See that a new mapping says what it must: credentials (recorded for Kafka of one's own), and the part."""
    needed = [_NEEDED[kind], *(["SourceAccessConfigurations"] if kind in _WITH_CREDENTIALS else [])]
    for name in reversed(needed):
        if not given.get(name):
            raise invalid(f"Required '{name[0].lower()}{name[1:]}' parameter is missing.")


def _of_kafka(request: Request, config: Map[str, Any]) -> dict[str, Any]:
    if config.get("SchemaRegistryConfig"):
        raise not_simulated(request, "the parameter SchemaRegistryConfig")
    if config.get("ConsumptionMode") not in (None, "Stream"):
        raise not_simulated(request, f"the ConsumptionMode {config['ConsumptionMode']}")
    return {"consumer_group": config["ConsumerGroupId"]} if config.get("ConsumerGroupId") else {}


def part_members(mapping: Mapping, spec: MappingSpec, described: Map[str, Any]) -> dict[str, Any]:
    """Return an answer about a mapping that reads a part of its source, given what is said of every mapping.

    Recorded for Kafka of one's own; what is not set there is not told.
    """
    kind, poller = kind_of(spec.source, mapping.source), mapping.poller
    members = dict(described)
    if spec.batching_window is None:
        del members["MaximumBatchingWindowInSeconds"]
    members["LastProcessingResult"] = poller.last_result if isinstance(poller, StreamPoller) else NO_RESULT
    if kind == MQ:
        members["Queues"] = [spec.queue]
    else:
        members["StartingPosition"] = spec.starting_position
        if spec.starting_at:
            members["StartingPositionTimestamp"] = datetime.fromisoformat(spec.starting_at)
    if is_kafka(kind):
        members |= {"Topics": [spec.topic], _CONFIGS[kind]: {"ConsumerGroupId": spec.consumer_group}}
        members |= _limits(spec)
    else:
        del members["FunctionResponseTypes"]
    if kind == DOCUMENTS and "DocumentDBEventSourceConfig" not in members:
        database, _, collection = spec.collection.partition(".")
        named = {"DatabaseName": database, **({"CollectionName": collection} if collection else {})}
        named |= {"FullDocument": "UpdateLookup"} if spec.full_document else {}
        members["DocumentDBEventSourceConfig"] = named
    if kind == SELF_MANAGED:
        del members["EventSourceArn"]
        servers = (spec.source if service_of(spec.source) else mapping.source.arn).split(",")
        members["SelfManagedEventSource"] = {"Endpoints": {_SERVERS: servers}}
    return members


def _limits(spec: MappingSpec) -> dict[str, Any]:
    """Return how a mapping of Kafka gets failing batches out of its way, as far as it says so."""
    age, retries = spec.maximum_record_age, spec.maximum_retry_attempts
    members: dict[str, Any] = {}
    if spec.on_failure:
        members["DestinationConfig"] = {"OnFailure": {"Destination": spec.on_failure}}
    if age is not None:
        members["MaximumRecordAgeInSeconds"] = duration_us(age) // 1_000_000
    if retries is not None:
        members["MaximumRetryAttempts"] = retries
    if spec.bisect_batch_on_function_error:
        members["BisectBatchOnFunctionError"] = True
    return members
