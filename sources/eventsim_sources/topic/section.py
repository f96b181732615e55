"""How does a scenario make topics? The section `topics:`."""

from typing import ClassVar

from eventsim import ApiError, ConfigurationError, Underway, World
from eventsim_sources.topic.errors import Fault
from eventsim_sources.topic.journal import Journal
from eventsim_sources.topic.source import Topic
from eventsim_sources.topic.spec import TopicSpec, endpoint_of, settings_of, subscription_attributes
from eventsim_sources.topic.undelivered import KIND, Undelivered


class TopicKind:
    """The section `topics:` of a scenario."""

    section: ClassVar[str] = "topics"
    spec: ClassVar[type[TopicSpec]] = TopicSpec

    def create(self, world: World, name: str, spec: TopicSpec) -> Topic:
        """Build a topic without its subscriptions.

        Raises:
            ConfigurationError: a name or a value is out of AWS's bounds.
        """
        return Topic(world, name, settings_of(name, spec), tags=spec.tags)

    def connect(self, world: World, source: Topic, spec: TopicSpec) -> None:
        """Subscribe its endpoints, which are there now.

        Raises:
            ConfigurationError: an endpoint is not there, or AWS would refuse it.
        """
        for index, each in enumerate(spec.subscriptions):
            key = f"subscriptions[{index}]"
            protocol, endpoint, setting = endpoint_of(world, each, key=key)
            if source.find(protocol, endpoint) is not None:
                raise ConfigurationError(f"{endpoint!r} is subscribed twice; keep one", key=f"{key}.{setting}")
            attributes = subscription_attributes(world, each, key=key)
            try:
                source.subscribe(protocol, endpoint, attributes, is_confirmed=True)
            except ApiError as error:
                raise ConfigurationError(error.message, key=f"{key}.{setting}") from error
            except Fault as fault:
                raise ConfigurationError(str(fault), key=key) from fault

    def resume(self, world: World) -> None:
        """Go on with messages that were on their way to subscribers.

        Raises:
            StorageError: they cannot be read.
        """
        transit = world.transit(KIND)
        if transit is None:
            return
        for number, underway in transit.left(Underway[Undelivered]):
            topic = world.target(underway.content.topic_arn)
            if isinstance(topic, Topic):
                topic.resume(number, underway)
            else:
                _give_up(world, underway)
                transit.drop(number)


def _give_up(world: World, underway: Underway[Undelivered]) -> None:
    """Tell of a message whose topic is gone."""
    left = underway.content
    journal = Journal(world, world.trace.subject("topic", left.topic_arn.rpartition(":")[2]))
    subject, entry = journal.restored()
    journal.given_up(subject, f"{left.protocol} {left.endpoint}", entry, "the topic is gone", underway.retries)
