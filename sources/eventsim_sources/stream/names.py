"""What may a stream be called, and what do its ARNs mean?"""

import re
from typing import Final

from msgspec import Struct

from eventsim_sources.stream.limits import NAME_LENGTH_MAX

NAME_PATTERN: Final = "[a-zA-Z0-9_.-]+"
_NAME: Final = re.compile(NAME_PATTERN)
_ARN: Final = re.compile(
    r"arn:aws[^:]*:kinesis:(?P<region>[^:]*):(?P<account>\d{12}):stream/(?P<stream>[a-zA-Z0-9_.-]+)"
    r"(/consumer/(?P<consumer>[a-zA-Z0-9_.-]+):(?P<born_s>\d+))?"
)


class Named(Struct, frozen=True, kw_only=True):
    """What an ARN names: a stream, or one of its consumers."""

    region: str
    account_id: str
    stream: str
    consumer: str


def is_name(name: str) -> bool:
    """Tell whether a stream, a consumer or a shard may be called so."""
    return len(name) <= NAME_LENGTH_MAX and _NAME.fullmatch(name) is not None


def parse_arn(arn: str) -> Named | None:
    """Return what an ARN names, None if it is no ARN of Kinesis."""
    found = _ARN.fullmatch(arn)
    if found is None:
        return None
    return Named(
        region=found["region"],
        account_id=found["account"],
        stream=found["stream"],
        consumer=found["consumer"] or "",
    )
