"""What do delivery streams emit?

One tells of records that are put apart from those that it reads from a stream, and of objects for a
backup apart from those that it delivers; objects with what could not be delivered are told of nowhere (unconfirmed).
"""

from collections.abc import Callable

from eventsim.calls.metric import Metric, Point, by_name, detail_of, one, value
from eventsim.trace import Entry

_DELIVERY_STREAM = by_name("delivery stream", "DeliveryStreamName")
_FIREHOSE = "AWS/Firehose"
_US_PER_S = 1_000_000
_PUT, _PUT_AGAIN, _NOT_PUT = "object delivered", "delivery to bucket retried", "records undelivered"
_SENT, _SENT_AGAIN = "records sent", "sending retried"
_PROCESSED, _PROCESSED_AGAIN, _NOT_PROCESSED = "records processed", "processing retried", "processing failed"
_EXECUTIONS = (_PROCESSED, _PROCESSED_AGAIN, _NOT_PROCESSED)

Tell = Callable[[Entry], Point]


def _taken(tell: Tell, *, is_pulled: bool) -> Callable[[Entry], Point | None]:
    """Return what tells of records that were read from a stream, or else of those that were put."""
    return lambda entry: tell(entry) if detail_of(entry).get("is_pulled", False) is is_pulled else None


def _for(purpose: str, tell: Tell) -> Callable[[Entry], Point | None]:
    """Return what tells of the objects of one purpose."""
    return lambda entry: tell(entry) if detail_of(entry)["purpose"] == purpose else None


def _number(name: str) -> Tell:
    """Return what tells a number of the detail."""
    return lambda entry: Point(entry.at_us, detail_of(entry)[name])


_bytes = _number("size_bytes")


def _age(entry: Entry) -> Point:
    """Tell the age of the oldest record in seconds."""
    return Point(entry.at_us, detail_of(entry)["age_us"] / _US_PER_S)


def _success(kind: str) -> Tell:
    """Return what tells of an attempt whether it succeeded: 1, or 0, so that the average is a rate."""
    return lambda entry: Point(entry.at_us, float(entry.kind == kind))


def _firehose(name: str, unit: str, kinds: tuple[str, ...], point: Callable[[Entry], Point | None]) -> Metric:
    return Metric(_FIREHOSE, name, unit, kinds, _DELIVERY_STREAM, point)


def _of_bucket(to: str, purpose: str) -> tuple[Metric, ...]:
    attempts = (_PUT, _PUT_AGAIN, _NOT_PUT)
    return (
        _firehose(f"{to}.Records", "Count", (_PUT,), _for(purpose, value)),
        _firehose(f"{to}.Bytes", "Bytes", (_PUT,), _for(purpose, _bytes)),
        _firehose(f"{to}.DataFreshness", "Seconds", (_PUT,), _for(purpose, _age)),
        _firehose(f"{to}.Success", "Count", attempts, _for(purpose, _success(_PUT))),
    )


def _of_intake(records: str, size: str, *, is_pulled: bool) -> tuple[Metric, ...]:
    kinds = ("record taken in",)
    return (
        _firehose(records, "Count", kinds, _taken(one, is_pulled=is_pulled)),
        _firehose(size, "Bytes", kinds, _taken(value, is_pulled=is_pulled)),
    )


METRICS = (
    *_of_intake("IncomingRecords", "IncomingBytes", is_pulled=False),
    *_of_intake("DataReadFromKinesisStream.Records", "DataReadFromKinesisStream.Bytes", is_pulled=True),
    *_of_bucket("DeliveryToS3", "records"),
    *_of_bucket("BackupToS3", "backup"),
    _firehose("DeliveryToHttpEndpoint.Records", "Count", (_SENT,), value),
    _firehose("DeliveryToHttpEndpoint.Bytes", "Bytes", (_SENT,), _bytes),
    _firehose("DeliveryToHttpEndpoint.DataFreshness", "Seconds", (_SENT,), _age),
    _firehose("DeliveryToHttpEndpoint.Success", "Count", (_SENT, _SENT_AGAIN), _success(_SENT)),
    _firehose("ExecuteProcessing.Success", "Count", _EXECUTIONS, _success(_PROCESSED)),
    _firehose("SucceedProcessing.Records", "Count", (_PROCESSED,), _number("well_count")),
    _firehose("SucceedProcessing.Bytes", "Bytes", (_PROCESSED,), _number("well_bytes")),
)
