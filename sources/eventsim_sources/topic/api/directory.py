"""Which topic or subscription does a request mean?"""

from collections.abc import Mapping
from typing import Any

from eventsim import Request, World
from eventsim_sources.parameters import text
from eventsim_sources.topic import errors
from eventsim_sources.topic.names import ARN_PARTS, arn_parts, check_topic_arn
from eventsim_sources.topic.outbox import Outbox
from eventsim_sources.topic.phones import Phones
from eventsim_sources.topic.platform import Platforms
from eventsim_sources.topic.source import Topic
from eventsim_sources.topic.subscription import Subscription


class Directory:
    """The topics of a simulation as API calls find them, and what topics share."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.outbox = world.share(Outbox)
        self.platforms = world.share(Platforms)
        self.phones = world.share(Phones)
        self.new_message_id = world.chance.uuids("topic", "direct messages")

    def topics(self) -> dict[str, Topic]:
        """Return all topics by name."""
        topics: Mapping[str, Any] = self.world.sources(Topic.kind)
        return {name: topic for name, topic in topics.items() if isinstance(topic, Topic)}

    def by_arn(self, arn: str, parameter: str = "TopicArn") -> Topic:
        """Return the topic with this ARN.

        Raises:
            ApiError: there is none, or the ARN is malformed.
        """
        check_topic_arn(self.world, arn, parameter)
        found = self.world.target(arn)
        if not isinstance(found, Topic):
            raise errors.topic_missing()
        return found

    def of(self, request: Request) -> Topic:
        """Return the topic that a request's TopicArn means.

        Raises:
            ApiError: there is none, or the ARN is malformed.
        """
        return self.by_arn(text(request, "TopicArn"))

    def subscription(self, request: Request) -> tuple[Topic, Subscription] | None:
        """Return the subscription that a request's SubscriptionArn means with its topic, None if there is none.

        Raises:
            ApiError: the ARN is malformed.
        """
        arn = text(request, "SubscriptionArn")
        parts = arn_parts(arn, "SubscriptionArn")
        if len(parts) == ARN_PARTS:  # a topic's
            raise errors.invalid("SubscriptionId")
        topic = self.topics().get(parts[5])
        if topic is None or arn not in topic.subscriptions:
            return None
        return topic, topic.subscriptions[arn]

    def existing_subscription(self, request: Request) -> tuple[Topic, Subscription]:
        """Return the subscription that a request's SubscriptionArn means, with its topic.

        Raises:
            ApiError: there is none, or the ARN is malformed.
        """
        found = self.subscription(request)
        if found is None:
            raise errors.subscription_missing()
        return found
