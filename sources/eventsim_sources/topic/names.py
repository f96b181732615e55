"""What may a topic be called, and which one does an ARN mean?"""

import re

from eventsim import World
from eventsim_sources.topic import errors

_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
_FIFO = ".fifo"
ARN_PARTS = 6


def check_topic_name(name: str, *, is_fifo: bool) -> None:
    """See that a topic may have this name.

    Raises:
        ApiError: it may not.
    """
    bare = name.removesuffix(_FIFO)
    if len(name) > 256 or not _NAME.fullmatch(bare) or name.endswith(_FIFO) != is_fifo:
        raise errors.invalid("Topic Name")


def arn_parts(arn: str, parameter: str) -> list[str]:
    """Return the parts of an ARN.

    Raises:
        ApiError: it is none.
    """
    parts = arn.split(":")
    if not arn:
        raise errors.invalid(f"{parameter} Reason: no value for required parameter")
    if len(parts) < ARN_PARTS:
        raise errors.invalid(f"{parameter} Reason: An ARN must have at least 6 elements, not {len(parts)}")
    return parts


def place_of(arn: str) -> tuple[str, str]:
    """Return the region and the account that an ARN names."""
    _, _, _, region, account_id, _ = arn.split(":", ARN_PARTS - 1)
    return region, account_id


def check_topic_arn(world: World, arn: str, parameter: str = "TopicArn") -> None:
    """See that an ARN may be that of a topic here.

    Raises:
        ApiError: it is malformed, or of another region or service.
    """
    parts = arn_parts(arn, parameter)
    if parts[0] != "arn" or parts[2] != "sns" or parts[3] != world.region or len(parts) != ARN_PARTS:
        raise errors.invalid(parameter)
