"""What do the six parts of an ARN say?"""

from typing import Final, NamedTuple


class Arn(NamedTuple):
    """An ARN's parts; all are empty if it is none."""

    arn: str = ""
    partition: str = ""
    service: str = ""
    region: str = ""
    account_id: str = ""
    resource: str = ""


_NO_ARN: Final = Arn()


def read_arn(text: str) -> Arn:
    """Return the parts of an ARN."""
    parts = text.split(":", 5)
    return Arn(*parts) if len(parts) == len(_NO_ARN) else _NO_ARN
