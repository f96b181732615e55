"""What came of a query? The query as it is told, and its answer."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct


class Answer(Struct, frozen=True):
    """A query that was answered.

    Attributes:
        told: what lists of queries tell of it.
        results: its rows, each a list of fields.
        statistics: how many records it went over.
    """

    told: Mapping[str, Any]
    results: list[list[dict[str, str]]]
    statistics: Mapping[str, float]
