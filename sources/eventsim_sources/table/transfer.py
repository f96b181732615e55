"""Which exports and imports were there? Between tables and buckets, with the tokens by which clients ask again."""

import inspect
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from eventsim import ApiError, World
from eventsim_sources.table.limits import TRANSFER_TOKEN_US, TRANSFERS_LISTED_MAX

Parameters = Mapping[str, Any]

_FAILURES = {"NoSuchBucket": "S3NoSuchBucket"}
"""How a refusal of a bucket is told, where not by its own code."""


class Transfer(Struct, frozen=True, kw_only=True):
    """An export or an import that has ended.

    Attributes:
        asked: the parameters that began it.
        begun_us: when it began.
        told: its description.
    """

    arn: str
    table_arn: str
    asked: Parameters
    begun_us: int
    told: Parameters


class Transfers:
    """The exports or the imports of a simulation.

    Args:
        name: `exports` or `imports`.
        conflict: the code of the refusal of a token that was used for something else.
    """

    def __init__(self, world: World, name: str, conflict: str) -> None:
        self.new_mark = world.chance.hex_ids(8, name)
        self.new_name = world.chance.hex_ids(26, name, "files")
        self._world = world
        self._conflict = conflict
        self._done: dict[str, Transfer] = {}

    def add(self, transfer: Transfer) -> None:
        """Keep what is done."""
        self._done[transfer.arn] = transfer

    def find(self, arn: str) -> Transfer | None:
        """Return the one with this ARN, if there is one."""
        return self._done.get(arn)

    def asked_before(self, asked: Parameters) -> Transfer | None:
        """Return what the same request has brought about within eight hours, None if it is new.

        Raises:
            ApiError: its token came with other parameters.
        """
        token = asked.get("ClientToken")
        for each in self._done.values():
            if not token or each.asked.get("ClientToken") != token:
                continue
            if self._world.clock.now_us - each.begun_us >= TRANSFER_TOKEN_US:
                continue
            if dict(each.asked) != dict(asked):
                raise ApiError(self._conflict, f"ClientToken {token} was used with other parameters")  # unconfirmed
            return each
        return None

    def page(self, table_arn: str | None, limit: int | None, token: str | None) -> tuple[list[Transfer], str]:
        """Return those of a table, or all, of one page, and the token of the next one, "" if there is none."""
        found = [each for each in self._done.values() if not table_arn or each.table_arn == table_arn]
        arns = [each.arn for each in found]
        begin = arns.index(token) + 1 if token in arns else 0
        shown = found[begin : begin + (limit or TRANSFERS_LISTED_MAX)]
        return shown, shown[-1].arn if found[begin + len(shown) :] else ""


async def ask_bucket(world: World, operation: str, parameters: Parameters) -> Parameters:
    """Carry out an operation of S3.

    Raises:
        ApiError: S3 refuses it.
    """
    answer = world.call("s3", operation, parameters)
    return await answer if inspect.isawaitable(answer) else answer


def failure(error: ApiError) -> dict[str, str]:
    """Tell why an export or import failed."""
    return {"FailureCode": _FAILURES.get(error.code, error.code), "FailureMessage": error.message}
