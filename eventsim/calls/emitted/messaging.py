"""What do queues and topics emit?"""

from eventsim.calls.metric import Metric, by_name, counted, one, value

_QUEUE, _TOPIC = by_name("queue", "QueueName"), by_name("topic", "TopicName")
_SQS, _SNS = "AWS/SQS", "AWS/SNS"

METRICS = (
    Metric(_SQS, "SentMessageSize", "Bytes", ("sent",), _QUEUE, value),
    *counted(
        _SQS,
        _QUEUE,
        {
            "NumberOfMessagesSent": "sent",
            "NumberOfMessagesReceived": "received",
            "NumberOfMessagesDeleted": "deleted",
            "NumberOfDeduplicatedSentMessages": "duplicate refused",
        },
    ),
    Metric(_SNS, "PublishSize", "Bytes", ("message published",), _TOPIC, value),
    Metric(
        _SNS,
        "NumberOfNotificationsRedrivenToDlq",
        "Count",
        ("message dead-lettered",),
        _TOPIC,
        one,
        undone_by="message dead letter lost",
    ),
    *counted(
        _SNS,
        _TOPIC,
        {
            "NumberOfMessagesPublished": "message published",
            "NumberOfNotificationsDelivered": "message delivered",
            "NumberOfNotificationsFailed": "message given up",
            "NumberOfNotificationsFilteredOut": "message filtered out",
            "NumberOfNotificationsFailedToRedriveToDlq": "message dead letter lost",
        },
    ),
)
