"""What is the ARN of a thing that others know by its name?"""

from collections.abc import Iterable, Mapping
from typing import Final

from eventsim import World

_FORMS: Final[Mapping[str, str]] = {
    "arn": "{name}",
    "bus": "arn:aws:events:{here}:event-bus/{name}",
    "function": "arn:aws:lambda:{here}:function:{name}",
    "log_group": "arn:aws:logs:{here}:log-group:{name}",
    "queue": "arn:aws:sqs:{here}:{name}",
    "state_machine": "arn:aws:states:{here}:stateMachine:{name}",
    "stream": "arn:aws:kinesis:{here}:stream/{name}",
    "table": "arn:aws:dynamodb:{here}:table/{name}",
    "topic": "arn:aws:sns:{here}:{name}",
}
"""Kinds, as the settings of a scenario call them."""


def arn_of(world: World, kind: str, name: str) -> str:
    """Return the ARN of the thing of a kind that has this name here; an ARN stands for itself."""
    form = "{name}" if name.startswith("arn:") else _FORMS[kind]
    return form.format(here=f"{world.region}:{world.account_id}", name=name)


def arn_of_any(world: World, kinds: Iterable[str], name: str) -> str | None:
    """Return the ARN of what there is of this name, of the first of some kinds; None if there is nothing."""
    arns = (arn_of(world, kind, name) for kind in kinds)
    return next((arn for arn in arns if world.target(arn) is not None), None)
