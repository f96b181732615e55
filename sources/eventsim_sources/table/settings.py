"""How is a table set up, beside its keys? What is told on request; throughput alone may have an effect."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct


class Origin(Struct, frozen=True, kw_only=True):
    """What a table was restored from.

    Attributes:
        table_arn: the table that it was once.
        backup_arn: the backup, "" if it was restored to a point in time.
        at_us: the instant from which it goes on.
    """

    table_arn: str
    backup_arn: str = ""
    at_us: int


class Settings(Struct, frozen=True, kw_only=True):
    """The settings of a table.

    Attributes:
        billing_mode: `PROVISIONED` or `PAY_PER_REQUEST`.
        read_units, write_units: provisioned throughput.
        index_units: the same of each global index.
        on_demand: `OnDemandThroughput` as it was given; of indexes by their name.
        warm: `WarmThroughput` as it was given; of indexes by their names.
        table_class: `STANDARD` or `STANDARD_INFREQUENT_ACCESS`, "" if never given.
        is_protected: whether the table can be deleted.
        encryption: `SSEDescription`, None for AWS's own key.
    """

    billing_mode: str = "PAY_PER_REQUEST"
    read_units: int = 0
    write_units: int = 0
    index_units: Mapping[str, tuple[int, int]] = {}
    on_demand: Mapping[str, Mapping[str, int]] = {}
    warm: Mapping[str, Mapping[str, int]] = {}
    table_class: str = ""
    is_protected: bool = False
    encryption: Mapping[str, Any] | None = None

    def units_of(self, index: str) -> tuple[int, int]:
        """Return the provisioned throughput of the table ("") or of an index."""
        return self.index_units.get(index, (0, 0)) if index else (self.read_units, self.write_units)
