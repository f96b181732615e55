"""How does Kinesis say no? Every error of the stream's operations, with AWS's code.

Codes are documented. Words are AWS's where the reference or the specification has them; others are unconfirmed.
"""

from datetime import datetime

from eventsim import ApiError


class Where:
    """Which stream an error is about, in AWS's words: `stream s under account 123456789012`."""

    def __init__(self, stream: str, account_id: str) -> None:
        self._stream = stream
        self._account_id = account_id

    def __str__(self) -> str:
        return f"stream {self._stream} under account {self._account_id}"

    @property
    def at_the_beginning(self) -> str:
        """The same at the beginning of a sentence."""
        return f"S{str(self)[1:]}"


def argument_invalid(message: str) -> ApiError:
    """An argument is invalid, in words of its own."""
    return ApiError("InvalidArgumentException", message)


def validation_failed(message: str) -> ApiError:
    """A request is not possible as it is."""
    return ApiError("ValidationException", message)


def record_too_large(bytes_max: int, place: str) -> ApiError:
    """Data and key are more than the stream takes; the framework's words without the data."""
    return validation_failed(
        f"1 validation error detected: Value at '{place}' failed to satisfy constraint: "
        f"Member must have length less than or equal to {bytes_max}"
    )


def key_missing(place: str) -> ApiError:
    """A record has no partition key, which the model lets it leave out for the sake of other streams."""
    return validation_failed(
        f"1 validation error detected: Value null at '{place}' failed to satisfy constraint: Member must not be null"
    )


def missing(message: str) -> ApiError:
    """Something is not there."""
    return ApiError("ResourceNotFoundException", message)


def stream_missing(where: Where) -> ApiError:
    """There is no such stream."""
    return missing(f"{where.at_the_beginning} not found.")


def shard_missing(shard: str, where: Where) -> ApiError:
    """There is no such shard."""
    return missing(f"Could not find shard {shard} in {where}.")


def shard_unreadable(shard: str, where: Where) -> ApiError:
    """There is no such shard to be read; those who look for one to split or merge get the words above."""
    return missing(f"Shard {shard} in {where} does not exist")


def in_use(message: str) -> ApiError:
    """Something is not in the state for this."""
    return ApiError("ResourceInUseException", message)


def not_active(where: Where, status: str) -> ApiError:
    """A stream is being changed."""
    return in_use(f"{where.at_the_beginning} not ACTIVE, instead in state {status}")


def stream_exists(where: Where) -> ApiError:
    """The name is taken."""
    return in_use(f"{where.at_the_beginning} already exists.")


def limit_exceeded(message: str) -> ApiError:
    """There may be no more of something."""
    return ApiError("LimitExceededException", message)


THROTTLED = "ProvisionedThroughputExceededException"


def rate_exceeded(shard: str, where: Where) -> ApiError:
    """A shard's throughput is used up."""
    return ApiError(THROTTLED, rate_message(shard, where))


def rate_message(shard: str, where: Where) -> str:
    """Return the words of that, which a record of a batch gets too."""
    return f"Rate exceeded for shard {shard} in {where}."


def call_rate_exceeded(stream: str, account_id: str) -> ApiError:
    """An operation was called too often in this second; the words without a stream are unconfirmed."""
    whose = str(Where(stream, account_id)) if stream else f"account {account_id}"
    return limit_exceeded(f"Rate exceeded for {whose}.")


def iterator_invalid() -> ApiError:
    """The text is no iterator."""
    return argument_invalid("Invalid ShardIterator.")


def iterator_expired(created: datetime, now: datetime) -> ApiError:
    """An iterator is older than five minutes."""
    return ApiError(
        "ExpiredIteratorException",
        f"Iterator expired. The iterator was created at time {_java_date(created)} while right now it is "
        f"{_java_date(now)} which is further in the future than the tolerated delay of 300000 milliseconds.",
    )


def token_expired() -> ApiError:
    """A NextToken is older than five minutes."""
    return ApiError("ExpiredNextTokenException", "The pagination token passed to the operation is expired.")


def dry_run() -> ApiError:
    """Nothing was done, as asked."""
    message = "The request was rejected because the DryRun parameter was specified."
    return ApiError("DryRunOperationException", message)


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _java_date(at: datetime) -> str:
    """Write a date as Java prints it, whatever the locale."""
    return f"{_DAYS[at.weekday()]} {_MONTHS[at.month - 1]} {at.day:02d} {at:%H:%M:%S} UTC {at.year}"
