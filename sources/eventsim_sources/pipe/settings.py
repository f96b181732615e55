"""What is set on a pipe, and what does its feed need to know of it?"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from eventsim import ApiError
from eventsim_sources import job_target

_PARAMETERS = {
    "sqs": "SqsQueueParameters",
    "kinesis": "KinesisStreamParameters",
    "dynamodb": "DynamoDBStreamParameters",
    "kafka": "ManagedStreamingKafkaParameters",
    "mq": "RabbitMQBrokerParameters",
}
_OTHER_BROKER = "ActiveMQBrokerParameters"
_SOURCES_OF = {
    **{name: (service,) for service, name in _PARAMETERS.items()},
    _OTHER_BROKER: ("mq",),
    "SelfManagedKafkaParameters": (),
}
_WITHOUT_REPORTS = frozenset({"mq"})
"""Services whose batches fail as a whole (documented)."""
_TARGETS_OF = {
    "BatchJobParameters": ("batch",),
    "CloudWatchLogsParameters": ("logs",),
    "EcsTaskParameters": ("ecs",),
    "EventBridgeEventBusParameters": ("events",),
    "HttpParameters": ("events", "execute-api"),
    "KinesisStreamParameters": ("kinesis",),
    "LambdaFunctionParameters": ("lambda",),
    "RedshiftDataParameters": ("redshift", "redshift-serverless"),
    "SageMakerPipelineParameters": ("sagemaker",),
    "SqsQueueParameters": ("sqs",),
    "StepFunctionStateMachineParameters": ("states",),
    "TimestreamParameters": ("timestream",),
}
"""Parameters → the services for whose sources or targets they are."""

_BATCH_SIZE = 10
_FEED = {
    "BatchSize": "batch_size",
    "MaximumBatchingWindowInSeconds": "batching_window",
    "StartingPosition": "starting_position",
    "ParallelizationFactor": "parallelization_factor",
    "TopicName": "topic",
    "ConsumerGroupID": "consumer_group",
    "QueueName": "queue",
    "VirtualHost": "virtual_host",
}
_BEGIN = (
    *("StartingPosition", "StartingPositionTimestamp", "TopicName", "ConsumerGroupID", "QueueName", "VirtualHost"),
)
"""What is said of a source once, when the pipe is made."""
ENRICHMENTS = ("lambda", "states", "events", "execute-api")
TARGETS = (
    *("lambda", "sqs", "sns", "kinesis", "events", "states", "logs", "firehose", "execute-api"),
    *job_target.SERVICES,
)


class Settings(Struct, frozen=True, kw_only=True):
    """The settings of a pipe, in botocore's shape.

    Attributes:
        given: everything that was given and is given back.
    """

    source: str
    target: str
    enrichment: str = ""
    given: Mapping[str, Any] = {}

    @property
    def role_arn(self) -> str:
        """As whom the pipe reads and delivers, "" for nobody that is known."""
        return str(self.given.get("RoleArn") or "")

    def parameters(self, name: str) -> Mapping[str, Any]:
        """Return `SourceParameters`, `EnrichmentParameters` or `TargetParameters`; what is "" or {} in them is none."""
        found: Mapping[str, Any] = self.given.get(name) or {}
        return {member: _without_empty(value) for member, value in found.items() if value}

    @property
    def reports_failures(self) -> bool:
        """Whether the source learns which events of a batch failed."""
        return service_of(self.source) not in _WITHOUT_REPORTS

    @property
    def enrichment_template(self) -> str:
        """What the enrichment gets of each event, "" for all of it."""
        return str(self.parameters("EnrichmentParameters").get("InputTemplate") or "")

    @property
    def target_template(self) -> str:
        """What the target gets of each event, "" for all of it."""
        return str(self.parameters("TargetParameters").get("InputTemplate") or "")

    @property
    def source_parameters(self) -> Mapping[str, Any]:
        """What is told of how the source is polled: of a queue always how large batches are (unconfirmed)."""
        told, of_queue = self.parameters("SourceParameters"), _PARAMETERS["sqs"]
        if service_of(self.source) != "sqs":
            return told
        return {**told, of_queue: {"BatchSize": _BATCH_SIZE, **(told.get(of_queue) or {})}}

    def of_feed(self) -> dict[str, Any]:
        """Return the settings of its feed, as a mapping has them."""
        given = self.parameters("SourceParameters")
        service = service_of(self.source)
        own = given.get(_own_name(service, given)) or {}
        feed: dict[str, Any] = {ours: own[theirs] for theirs, ours in _FEED.items() if own.get(theirs) is not None}
        filters = (given.get("FilterCriteria") or {}).get("Filters") or []
        feed["filters"] = [str(each.get("Pattern", "")) for each in filters]
        feed["report_batch_item_failures"] = self.reports_failures
        if own.get("StartingPositionTimestamp") is not None:
            feed["starting_at"] = own["StartingPositionTimestamp"].isoformat()
        for theirs, ours in (
            ("MaximumRetryAttempts", "maximum_retry_attempts"),
            ("MaximumRecordAgeInSeconds", "maximum_record_age"),
        ):
            if own.get(theirs, -1) != -1:
                feed[ours] = own[theirs]
        if own.get("OnPartialBatchItemFailure") == "AUTOMATIC_BISECT":
            feed["bisect_batch_on_function_error"] = True
        if (own.get("DeadLetterConfig") or {}).get("Arn"):
            feed["on_failure"] = own["DeadLetterConfig"]["Arn"]
        return {"source": self.source, **feed}


def _without_empty(member: Any) -> Any:
    """Return parameters without structures that say nothing: an update takes a dead-letter queue away by one."""
    if not isinstance(member, Mapping):
        return member
    return {name: value for name, value in member.items() if value != {}}


def _own_name(service: str, parameters: Mapping[str, Any]) -> str:
    """Return the name of the parameters for a source of this service, "" if it has none."""
    if service == "mq" and parameters.get(_OTHER_BROKER):
        return _OTHER_BROKER
    return _PARAMETERS.get(service, "")


def service_of(arn: str) -> str:
    """Return the service of an ARN."""
    return (arn.split(":") + [""] * 3)[2]


def read(given: Mapping[str, Any]) -> Settings:
    """Read what a client sets.

    Raises:
        ApiError: it makes no sense, or is not simulated.
    """
    settings = Settings(
        source=str(given["Source"]),
        target=str(given["Target"]),
        enrichment=str(given.get("Enrichment") or ""),
        given=dict(given),
    )
    if service_of(settings.source) not in _PARAMETERS:
        raise _not_simulated(f"the source {settings.source}")
    _check_fit(settings, "SourceParameters", settings.source, _SOURCES_OF)
    _check_fit(settings, "TargetParameters", settings.target, _TARGETS_OF)
    if service_of(settings.target) not in TARGETS:
        raise _not_simulated(f"the target {settings.target}")
    if settings.enrichment and service_of(settings.enrichment) not in ENRICHMENTS:
        raise _not_simulated(f"the enrichment {settings.enrichment}")
    return settings


def updated(settings: Settings, given: Mapping[str, Any]) -> Settings:
    """Return settings after an update: what is not given stays, and those of one service are set together (documented).

    The source stays, and where its stream is begun. Parameters that do not go with a new target are gone (unconfirmed).

    Raises:
        ApiError: they make no sense, or are not simulated.
    """
    target = service_of(str(given.get("Target") or settings.target))
    kept = {
        "SourceParameters": settings.parameters("SourceParameters"),
        "EnrichmentParameters": settings.parameters("EnrichmentParameters"),
        "TargetParameters": {
            member: value
            for member, value in settings.parameters("TargetParameters").items()
            if target in _TARGETS_OF.get(member, (target,))
        },
    }
    parameters = {name: {**members, **(given.get(name) or {})} for name, members in kept.items()}
    own = _own_name(service_of(settings.source), kept["SourceParameters"])
    begun = {name: value for name, value in (kept["SourceParameters"].get(own) or {}).items() if name in _BEGIN}
    parameters["SourceParameters"][own] = {**begun, **(parameters["SourceParameters"].get(own) or {})}
    return read({**settings.given, **given, "Source": settings.source, **parameters})


def _check_fit(settings: Settings, name: str, arn: str, services: Mapping[str, tuple[str, ...]]) -> None:
    """See that parameters are for a source or a target of this kind (unconfirmed words).

    Raises:
        ApiError: some are for another kind.
    """
    service = service_of(arn)
    for member, value in settings.parameters(name).items():
        if value and member in services and service not in services[member]:
            raise ApiError("ValidationException", f"{name}.{member} does not go with {arn}.")


def _not_simulated(what: str) -> ApiError:
    return ApiError("NotImplemented", f"pipes: {what} is not simulated.", status=501)
