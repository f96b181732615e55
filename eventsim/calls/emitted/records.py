"""What do streams and tables emit?

A stream is read by clients and by mappings; what a consumer with enhanced fan-out is given is told apart from that.
"""

from collections.abc import Callable, Mapping

from eventsim.calls.metric import Home, Metric, Place, Point, by_name, counted, detail_of, one, value
from eventsim.trace import Entry

_KINESIS, _DYNAMODB = "AWS/Kinesis", "AWS/DynamoDB"
_CONSUMER_AND_STREAM = ("ConsumerName", "StreamName")
_NO_USER_ERRORS = ("ConditionalCheckFailedException", "ProvisionedThroughputExceededException")
"""What DynamoDB refuses with status 400 and counts elsewhere (documented)."""


def _stream_read(entry: Entry, _: Home) -> Mapping[str, str]:
    """Return which stream a client read, none if a consumer was given it."""
    return {} if "consumer" in detail_of(entry) else {"StreamName": entry.place.partition(" ")[2]}


def _consumer(entry: Entry, _: Home) -> Mapping[str, str]:
    name = detail_of(entry).get("consumer")
    return {"ConsumerName": name, "StreamName": entry.place.partition(" ")[2]} if name else {}


def _stream_polled(entry: Entry, _: Home) -> Mapping[str, str]:
    """Return which stream a mapping read, none if it is a table's, or a consumer's view."""
    service, names = _polled(entry)
    return {"StreamName": names[1]} if service == "kinesis" and len(names) == 2 else {}


def _consumer_of_mapping(entry: Entry, _: Home) -> Mapping[str, str]:
    service, names = _polled(entry)
    is_consumer = service == "kinesis" and len(names) == 4
    return {"ConsumerName": names[3].partition(":")[0], "StreamName": names[1]} if is_consumer else {}


def _polled(entry: Entry) -> tuple[str, list[str]]:
    """Return the service that a mapping has read from, and the parts of its name: `stream`, `clicks`."""
    _, _, service, _, _, resource = detail_of(entry)["source"].split(":", 5)
    return service, resource.split("/")


def _age(entry: Entry) -> Point:
    return Point(entry.at_us, detail_of(entry)["age_us"] / 1000)


def _table_itself(entry: Entry, _: Home) -> Mapping[str, str]:
    """Return which table gave capacity, none if an index of it did."""
    return {} if "index" in detail_of(entry) else {"TableName": entry.place.partition(" ")[2]}


def _index(entry: Entry, _: Home) -> Mapping[str, str]:
    name = detail_of(entry).get("index")
    return {"GlobalSecondaryIndexName": name, "TableName": entry.place.partition(" ")[2]} if name else {}


def _units(name: str) -> Callable[[Entry], Point | None]:
    """Return what tells units of capacity, `reads` or `writes`."""

    def point(entry: Entry) -> Point | None:
        units = detail_of(entry)[name]
        return Point(entry.at_us, units) if units else None

    return point


def _consumed(what: str, place: Place) -> Metric:
    """Return the metric of what is read or written, which takes effort to work out."""
    name = f"Consumed{what}CapacityUnits"
    point = _units(f"{what.lower()}s")
    return Metric(_DYNAMODB, name, "Count", ("capacity consumed",), place, point, is_watched=True)


def _account(entry: Entry, home: Home) -> Mapping[str, str]:
    return {"AccountId": home.account_id} if entry.place.startswith("operation dynamodb.") else {}


def _user_error(entry: Entry) -> Point | None:
    is_users = entry.value == 400 and detail_of(entry)["code"] not in _NO_USER_ERRORS
    return one(entry) if is_users else None


_STREAM, _TABLE = by_name("stream", "StreamName"), by_name("table", "TableName")
_CAPACITY = (
    Place("table", (("TableName",),), _table_itself),
    Place("table", (("GlobalSecondaryIndexName", "TableName"),), _index),
)
_OPERATIONS = Place("operation", ((),), _account)
_READERS = (
    (Place("stream", (("StreamName",),), _stream_read), "records read"),
    (Place("mapping", (("StreamName",),), _stream_polled), "shard read"),
)
_CONSUMERS = (
    (Place("stream", (_CONSUMER_AND_STREAM,), _consumer), "records read"),
    (Place("mapping", (_CONSUMER_AND_STREAM,), _consumer_of_mapping), "shard read"),
)
"""Place and kind of entry."""

METRICS = (
    Metric(_KINESIS, "IncomingBytes", "Bytes", ("record put",), _STREAM, value),
    *(Metric(_KINESIS, "GetRecords.Records", "Count", (kind,), place, value) for place, kind in _READERS),
    *(
        Metric(_KINESIS, "GetRecords.IteratorAgeMilliseconds", "Milliseconds", (kind,), place, _age)
        for place, kind in _READERS
    ),
    *(Metric(_KINESIS, "SubscribeToShardEvent.Records", "Count", (kind,), place, value) for place, kind in _CONSUMERS),
    *counted(
        _KINESIS,
        _STREAM,
        {
            "IncomingRecords": "record put",
            "WriteProvisionedThroughputExceeded": "put throttled",
            "ReadProvisionedThroughputExceeded": "read throttled",
        },
    ),
    *(_consumed(what, place) for what in ("Read", "Write") for place in _CAPACITY),
    Metric(_DYNAMODB, "UserErrors", "Count", ("call refused",), _OPERATIONS, _user_error),
    *counted(
        _DYNAMODB,
        _TABLE,
        {
            "ConditionalCheckFailedRequests": "condition failed",
            "TimeToLiveDeletedItemCount": "item expired",
            "ReadThrottleEvents": "item read throttled",
            "WriteThrottleEvents": "item write throttled",
        },
    ),
)
