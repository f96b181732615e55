"""Which instant does a client mean? boto3 takes dates with and without a zone, seconds since 1970, and texts."""

from datetime import UTC, datetime


def read_timestamp(value: object) -> datetime:
    """Return a date as a client gave it; one without a zone is in UTC.

    Raises:
        ValueError: it is none.
    """
    match value:
        case datetime():
            return value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        case int() | float():
            return datetime.fromtimestamp(value, UTC)
        case str():
            try:
                return datetime.fromtimestamp(float(value), UTC)
            except ValueError:
                return read_timestamp(datetime.fromisoformat(value))
    raise ValueError(f"{value!r} is no timestamp")
