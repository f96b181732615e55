"""What does a scenario say of a cluster of DocumentDB? The settings under `document_databases:`."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from eventsim import ConfigurationError, Duration, duration_us

_HOUR_US: Final = 3_600_000_000
_RETENTION_MIN_US, _RETENTION_MAX_US = _HOUR_US, 7 * 24 * _HOUR_US


class DocumentDatabaseSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A cluster of DocumentDB."""

    retention: Annotated[
        Duration, Meta(description="How long changes can be read: `3 hours` if not given, `1 hour` to `7 days`.")
    ] = "3 hours"
    arn: Annotated[str, Meta(description="Its ARN, such as a template's; made from its name if not given.")] = ""

    @property
    def precedes_templates(self) -> bool:
        """Whether it is there before templates are deployed, whose mappings may name it."""
        return True

    @property
    def retention_us(self) -> int:
        """How long changes can be read.

        Raises:
            ConfigurationError: AWS would not keep them so long.
        """
        span_us = duration_us(self.retention, key="retention")
        if not _RETENTION_MIN_US <= span_us <= _RETENTION_MAX_US:
            raise ConfigurationError(f"`retention` is {self.retention!r}; AWS takes 1 hour to 7 days", key="retention")
        return span_us
