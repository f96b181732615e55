"""What does a scenario say of a cluster of Kafka? The settings under `clusters:`."""

import re
from typing import Annotated, Final

from msgspec import Meta, Struct

from eventsim import ConfigurationError, Duration, duration_us
from eventsim_sources.kafka.limits import NAME_LENGTH_MAX, PARTITIONS_MAX, RETENTION_US

_NAME: Final = re.compile(r"[a-zA-Z0-9._-]+")


class TopicSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A topic."""

    partitions: Annotated[int, Meta(description="How many partitions it has.")] = 1
    retention: Annotated[
        Duration | None, Meta(description="How long records can be read; `7 days` if not given, as Kafka has it.")
    ] = None

    def retention_us(self, key: str) -> int:
        """Return how long records can be read.

        Args:
            key: where the setting stands.
        """
        return RETENTION_US if self.retention is None else duration_us(self.retention, key=key)


class ClusterSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A cluster of Kafka: of MSK, or one's own."""

    topics: Annotated[
        dict[str, TopicSpec | None],
        Meta(
            description="Its topics; unless some are named, each comes into being with one partition when it is used."
        ),
    ] = {}
    arn: Annotated[
        str, Meta(description="The ARN of a cluster of MSK, such as a template's; made from its name if not given.")
    ] = ""
    bootstrap_servers: Annotated[
        list[str],
        Meta(
            description="What clients connect to: this makes it a cluster of one's own, which has no ARN.",
            examples=[["kafka.example.com:9092"]],
        ),
    ] = []

    @property
    def precedes_templates(self) -> bool:
        """Whether it is there before templates are deployed, whose mappings may name it."""
        return True


def check_topic(name: str, spec: TopicSpec) -> None:
    """See that a topic can be.

    Raises:
        ConfigurationError: it cannot.
    """
    key = f"topics.{name}"
    if not _NAME.fullmatch(name) or len(name) > NAME_LENGTH_MAX or name in (".", ".."):
        message = (
            f"{name!r} cannot be the name of a topic: use up to {NAME_LENGTH_MAX} letters, digits, `.`, `_` and `-`"
        )
        raise ConfigurationError(message, key=key)
    if not 1 <= spec.partitions <= PARTITIONS_MAX:
        message = f"a topic has 1 to {PARTITIONS_MAX:,} partitions, not {spec.partitions:,}"
        raise ConfigurationError(message, key=f"{key}.partitions")
