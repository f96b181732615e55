"""What do streams and tables emit?"""

from eventsim.calls.metric import Metric, by_name, counted, value

_STREAM, _TABLE = by_name("stream", "StreamName"), by_name("table", "TableName")

METRICS = (
    Metric("AWS/Kinesis", "IncomingBytes", "Bytes", ("record put",), _STREAM, value),
    *counted("AWS/Kinesis", _STREAM, {"IncomingRecords": "record put"}),
    *counted(
        "AWS/DynamoDB",
        _TABLE,
        {"ConditionalCheckFailedRequests": "condition failed", "TimeToLiveDeletedItemCount": "item expired"},
    ),
)
