"""How does a scenario describe its workload? The `workload:` section: a list of feeds of events."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from eventsim.errors import ConfigurationError
from eventsim.quantity import Duration
from eventsim.workload.arrivals import Rate
from eventsim.workload.service_event import KafkaSpec, MqSpec, UserPoolSpec

SERVICE_EVENTS = ("kafka", "activemq", "rabbitmq", "user_pool")
"""Settings of `invoke` that stand for an event of a service that is not simulated."""
ACTIONS = ("send", "publish", "produce", "change", "put_event", "put", "delete", "invoke", "call", "http")

Body = Annotated[
    Any,
    Meta(
        description="Text, or data that becomes JSON; may hold `{n}`, `{uuid}`, `{now}`, "
        "`{choice a b}`, `{random 1 100}`, and fields of the feed's `lines`."
    ),
]
File = Annotated[str | None, Meta(description="A file whose content is taken as it is, relative to the scenario.")]


class SendSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Send a message to a queue."""

    queue: Annotated[str, Meta(description="The queue.")]
    body: Body = None
    file: File = None
    attributes: Annotated[
        dict[str, str | int | float],
        Meta(description="Message attributes: text becomes `String`, a number becomes `Number`."),
    ] = {}
    group: Annotated[str | None, Meta(description="`MessageGroupId`.")] = None
    deduplication_id: Annotated[str | None, Meta(description="`MessageDeduplicationId`.")] = None
    delay: Annotated[Duration | None, Meta(description="`DelaySeconds`, up to 15 minutes.")] = None
    broker: Annotated[
        str | None, Meta(description="The broker of Amazon MQ that the queue is of; its messages have only a body.")
    ] = None
    virtual_host: Annotated[str, Meta(description="The virtual host of RabbitMQ in which the queue lies.")] = "/"

    def __post_init__(self) -> None:
        _at_most_one(self, "body", "file")
        for name in ("group", "deduplication_id", "delay"):
            _at_most_one(self, "broker", name)
        if self.broker is not None and self.attributes:
            raise ConfigurationError("messages of a broker have only a body; leave `attributes` out", key="attributes")


class PublishSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Publish a message to a topic."""

    topic: Annotated[str, Meta(description="The topic: its name or ARN.")]
    message: Body = None
    file: File = None
    subject: Annotated[str | None, Meta(description="`Subject`.")] = None
    attributes: Annotated[
        dict[str, str | int | float | list[Any]],
        Meta(description="Message attributes: text becomes `String`, a number `Number`, a list `String.Array`."),
    ] = {}
    group: Annotated[str | None, Meta(description="`MessageGroupId`.")] = None
    deduplication_id: Annotated[str | None, Meta(description="`MessageDeduplicationId`.")] = None

    def __post_init__(self) -> None:
        _at_most_one(self, "message", "file")

    @property
    def body(self) -> Any:
        """The message."""
        return self.message


class ProduceSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Produce a record to a topic of Kafka."""

    topic: Annotated[str, Meta(description="The topic.")]
    cluster: Annotated[str, Meta(description="The cluster; the only one if not given.")] = ""
    value: Body = None
    file: File = None
    key: Annotated[
        Any, Meta(description="Text, or data that becomes JSON; may hold placeholders. It leads to a partition.")
    ] = None
    partition: Annotated[
        Annotated[int, Meta(ge=0)] | None,
        Meta(description="The partition, instead of that of the key; without both, one after another."),
    ] = None
    headers: Annotated[dict[str, str], Meta(description="Headers; values may hold placeholders.")] = {}
    timestamp: Annotated[
        str | None,
        Meta(description="Its date, if that is not now; may hold placeholders.", examples=["2026-01-01T08:00:00Z"]),
    ] = None

    def __post_init__(self) -> None:
        _at_most_one(self, "value", "file")

    @property
    def body(self) -> Any:
        """The value."""
        return self.value


class ChangeSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Change a document of DocumentDB."""

    collection: Annotated[str, Meta(description="The collection, with its database.", examples=["shop.orders"])]
    operation: Annotated[Literal["insert", "update", "replace", "delete"], Meta(description="What is done.")] = "insert"
    document: Annotated[
        dict[str, Any],
        Meta(
            description="The whole document, of an update what it sets; may hold placeholders. All but an insert name "
            "its `_id`."
        ),
    ]
    database: Annotated[str, Meta(description="The cluster of DocumentDB; the only one if not given.")] = ""


class PutEventSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Put an event on a bus."""

    bus: Annotated[str, Meta(description="The bus: its name or ARN.")] = "default"
    source: Annotated[str, Meta(description="`Source`; may hold placeholders.", examples=["shop"])]
    detail_type: Annotated[str, Meta(description="`DetailType`; may hold placeholders.", examples=["order placed"])]
    detail: Body = None
    file: File = None
    resources: Annotated[list[str], Meta(description="`Resources`: ARNs; may hold placeholders.")] = []
    as_service: Annotated[
        bool,
        Meta(description="Whether AWS itself puts it: only then may `source` begin with `aws.`, such as `aws.ec2`."),
    ] = False

    def __post_init__(self) -> None:
        _at_most_one(self, "detail", "file")
        if self.source.startswith("aws.") and not self.as_service:
            message = "only AWS itself puts events whose source begins with `aws.`; say so: `as_service: true`"
            raise ConfigurationError(message, key="source")

    @property
    def body(self) -> Any:
        """What the event says: no words are an empty detail."""
        return self.detail


class PutSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Put an object into a bucket."""

    bucket: Annotated[str, Meta(description="The bucket.")]
    key: Annotated[
        str | None, Meta(description="The object's key; may hold placeholders. The file's name if not given.")
    ] = None
    file: File = None
    body: Body = None
    content_type: Annotated[str | None, Meta(description="`ContentType`, such as `image/jpeg`.")] = None
    metadata: Annotated[dict[str, str], Meta(description="User metadata.")] = {}

    def __post_init__(self) -> None:
        _at_most_one(self, "body", "file")
        if self.key is None and self.file is None:
            raise ConfigurationError("name the object: `key: photos/cat.jpg`", key="bucket")


class DeleteSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Delete an object from a bucket."""

    bucket: Annotated[str, Meta(description="The bucket.")]
    key: Annotated[str, Meta(description="The object's key; may hold placeholders.")]


class InvokeSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Invoke a function."""

    function: Annotated[str, Meta(description="The function; `name:qualifier` for a version or an alias.")]
    event: Annotated[Any, Meta(description="The event, any JSON; may hold placeholders.")] = {}
    file: Annotated[str | None, Meta(description="A JSON file with the event, relative to the scenario.")] = None
    kafka: Annotated[KafkaSpec | None, Meta(description="The event is a batch of a topic of Kafka.")] = None
    activemq: Annotated[MqSpec | None, Meta(description="The event is a batch of a queue of ActiveMQ.")] = None
    rabbitmq: Annotated[MqSpec | None, Meta(description="The event is a batch of a queue of RabbitMQ.")] = None
    user_pool: Annotated[UserPoolSpec | None, Meta(description="The event is a trigger of a Cognito user pool.")] = None
    type: Annotated[
        Literal["synchronous", "asynchronous", "dry run"],
        Meta(description="`synchronous` waits for the result (`RequestResponse`), `asynchronous` does not (`Event`)."),
    ] = "synchronous"
    tenant: Annotated[
        str | None,
        Meta(
            description="For whom it runs, if the function isolates tenants; may hold placeholders.", examples=["blue"]
        ),
    ] = None

    def __post_init__(self) -> None:
        _at_most_one(self, "file", *SERVICE_EVENTS)


class CallSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Call any AWS operation, as a client outside would."""

    service: Annotated[str, Meta(description="boto3's name of the service.", examples=["sqs", "lambda"])]
    operation: Annotated[
        str, Meta(description="The operation.", examples=["PurgeQueue", "UpdateFunctionConfiguration"])
    ]
    parameters: Annotated[
        dict[str, Any], Meta(description="Its parameters as boto3 takes them; may hold placeholders.")
    ] = {}


class ReplySpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a request must get."""

    status: Annotated[Annotated[int, Meta(ge=100, le=599)] | None, Meta(description="The status.")] = None
    body: Annotated[
        Any, Meta(description="The body: text as it is, anything else as JSON; of an object, these members.")
    ] = msgspec.UNSET
    contains: Annotated[str, Meta(description="Text that must occur in the body.")] = ""
    headers: Annotated[dict[str, str], Meta(description="Headers with their values.")] = {}


class HttpSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Send an HTTP request, as a client outside would; the trace tells of the reply."""

    method: Annotated[str, Meta(description="The method.", examples=["POST"])] = "GET"
    path: Annotated[
        str,
        Meta(description="The path with its query, or a whole URL; may hold placeholders.", examples=["/orders/{n}"]),
    ]
    api: Annotated[
        str, Meta(description="The API, the function with a URL or the load balancer; the only one if not given.")
    ] = ""
    headers: Annotated[dict[str, str], Meta(description="Headers; values may hold placeholders.")] = {}
    body: Body = None
    file: File = None
    expect: Annotated[
        ReplySpec | None, Meta(description="What every reply must be; one that is not, fails the run.")
    ] = None

    def __post_init__(self) -> None:
        _at_most_one(self, "body", "file")


class FeedSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Events from outside: one action, and when it happens. Without any time it happens once, at 0 s."""

    at: Annotated[
        Duration | None, Meta(description="At this instant; `times` of them at once, or spread `over` a span.")
    ] = None
    every: Annotated[Duration | None, Meta(description="Again and again with this gap, the first at `from`.")] = None
    rate: Annotated[Rate | None, Meta(description="At this rate: `10/s`, `600 per minute`.", examples=["10/s"])] = None
    ramp_to: Annotated[
        Rate | None, Meta(description="The rate grows (or falls) evenly from `rate` to this, `over` a span.")
    ] = None
    poisson: Annotated[
        bool, Meta(description="Whether arrivals at a rate are independent of one another, as real ones are.")
    ] = False
    cron: Annotated[
        str | None, Meta(description="At these minutes, in UTC: five fields of cron.", examples=["*/5 * * * *"])
    ] = None
    lines: Annotated[
        str | None,
        Meta(
            description="A JSON Lines, CSV or text file with one event a line; it may be of any length. A line is the "
            "body unless `body` says otherwise, and its field `at` is its instant unless the feed says when.",
            examples=["orders.jsonl"],
        ),
    ] = None
    from_: Annotated[Duration, Meta(description="When the feed begins.")] = msgspec.field(default=0, name="from")
    until: Annotated[Duration | None, Meta(description="When it ends; that instant itself does not count.")] = None
    over: Annotated[Duration | None, Meta(description="The span of a burst or a ramp.")] = None
    times: Annotated[Annotated[int, Meta(ge=0)] | None, Meta(description="How many events at most.")] = None
    name: Annotated[str, Meta(description="What to call the feed; its luck hangs on its name.")] = ""
    send: Annotated[SendSpec | None, Meta(description="Send a message to a queue.")] = None
    publish: Annotated[PublishSpec | None, Meta(description="Publish a message to a topic.")] = None
    produce: Annotated[ProduceSpec | None, Meta(description="Produce a record to a topic of Kafka.")] = None
    change: Annotated[ChangeSpec | None, Meta(description="Change a document of DocumentDB.")] = None
    put_event: Annotated[PutEventSpec | None, Meta(description="Put an event on a bus.")] = None
    put: Annotated[PutSpec | None, Meta(description="Put an object into a bucket.")] = None
    delete: Annotated[DeleteSpec | None, Meta(description="Delete an object from a bucket.")] = None
    invoke: Annotated[InvokeSpec | None, Meta(description="Invoke a function.")] = None
    call: Annotated[CallSpec | None, Meta(description="Call any AWS operation, as a client outside would.")] = None
    http: Annotated[HttpSpec | None, Meta(description="Send an HTTP request to an API.")] = None

    def __post_init__(self) -> None:
        actions = [name for name in ACTIONS if getattr(self, name) is not None]
        if len(actions) != 1:
            found = f"not {' and '.join(actions)}" if actions else "and none is there"
            raise ConfigurationError(
                f"one action is wanted, one of {', '.join(ACTIONS)}, {found}", key=(actions or [""])[-1]
            )
        _at_most_one(self, "at", "every", "rate", "cron")
        for name, needed in (("ramp_to", ("rate",)), ("over", ("ramp_to", "times"))):
            if getattr(self, name) is not None and all(getattr(self, other) is None for other in needed):
                raise ConfigurationError(f"`{name}` goes with `{'` or `'.join(needed)}`, which is not there", key=name)
        if self.ramp_to is not None and self.over is None:
            raise ConfigurationError("a ramp takes its time: add `over: 5 minutes`", key="ramp_to")
        if self.poisson and self.rate is None:
            raise ConfigurationError("`poisson` goes with `rate`, which is not there", key="poisson")

    @property
    def is_endless(self) -> bool:
        """Whether the feed goes on for ever by itself."""
        is_repeated = self.every is not None or self.rate is not None or self.cron is not None
        return is_repeated and self.times is None and self.until is None and self.lines is None


def _at_most_one(spec: Struct, *names: str) -> None:
    given = [name for name in names if getattr(spec, name) is not None]
    if len(given) > 1:
        raise ConfigurationError(f"`{given[0]}` and `{given[1]}` exclude each other; keep one", key=given[1])
