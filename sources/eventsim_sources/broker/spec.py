"""What does a scenario say of a broker? The settings under `brokers:`."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from eventsim import Duration

Engine = Literal["activemq", "rabbitmq"]


class BrokerSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A broker of Amazon MQ."""

    engine: Annotated[Engine, Meta(description="What it runs.")] = "activemq"
    queues: Annotated[
        list[str], Meta(description="Its queues; if none is named, each comes into being when it is used.")
    ] = []
    expiration: Annotated[
        Duration, Meta(description="How long a message waits that nobody acknowledges; then it is gone.")
    ] = "7 days"
    arn: Annotated[str, Meta(description="Its ARN, such as a template's; made from its name if not given.")] = ""

    @property
    def precedes_templates(self) -> bool:
        """Whether it is there before templates are deployed, whose mappings may name it."""
        return True
