"""How does DynamoDB say no? Every error of the table's operations, with AWS's code and words."""

from collections.abc import Mapping
from typing import Final

from eventsim import ApiError
from eventsim_sources.table.copying import copied


def invalid(message: str) -> ApiError:
    """The request makes no sense, in words of its own."""
    return ApiError("ValidationException", message)


def parameters_invalid(message: str) -> ApiError:
    """The usual form of what is wrong with values."""
    return invalid(f"One or more parameter values were invalid: {message}")


def token_invalid() -> ApiError:
    """A NextToken is none of ours (unconfirmed words)."""
    return invalid("Invalid NextToken")


def constraint_broken(value: str, path: str, constraint: str) -> ApiError:
    """One constraint of the service model does not hold."""
    return invalid(
        f"1 validation error detected: Value '{value}' at '{path}' failed to satisfy constraint: {constraint}"
    )


def of_another_kind(parameter: str, value: object, kind: type) -> ApiError:
    """A parameter is of another kind than the model says."""
    return ApiError("SerializationException", f"{parameter} is {value!r}, and must be a {kind.__name__}")


def table_missing(name: str = "") -> ApiError:
    """There is no such table; operations on items do not say which."""
    message = f"Requested resource not found: Table: {name} not found" if name else "Requested resource not found"
    return ApiError("ResourceNotFoundException", message)


def resource_missing(arn: str) -> ApiError:
    """Nothing has this ARN."""
    return ApiError("ResourceNotFoundException", f"Requested resource not found: ResourcArn: {arn} not found")


def backups_table_missing(name: str) -> ApiError:
    """Backups have an error of their own for a table that is not there."""
    return ApiError("TableNotFoundException", f"Table not found: {name}")


def backup_missing(arn: str) -> ApiError:
    """No backup has this ARN."""
    return ApiError("BackupNotFoundException", f"Backup not found: {arn}")


def restored_table_exists(name: str) -> ApiError:
    """The name that a restored table shall have is taken."""
    return ApiError("TableAlreadyExistsException", f"Table already exists: {name}")


def recovery_unavailable(name: str) -> ApiError:
    """There is nothing that a table could be restored from."""
    message = f"Point in time recovery is not enabled for table '{name}'"  # unconfirmed words
    return ApiError("PointInTimeRecoveryUnavailableException", message)


def restore_time_invalid() -> ApiError:
    """The instant is not one of those that can be gone back to."""
    message = "RestoreDateTime must be between EarliestRestorableDateTime and LatestRestorableDateTime"  # unconfirmed
    return ApiError("InvalidRestoreTimeException", message)


def export_missing(arn: str) -> ApiError:
    """No export has this ARN."""
    return ApiError("ExportNotFoundException", f"Export not found: {arn}")  # unconfirmed words


def import_missing(arn: str) -> ApiError:
    """No import has this ARN."""
    return ApiError("ImportNotFoundException", f"Import not found: {arn}")  # unconfirmed words


def export_time_invalid(message: str) -> ApiError:
    """The instants of an export are not those of which its table can tell."""
    return ApiError("InvalidExportTimeException", message)


def table_exists(name: str) -> ApiError:
    """The name is taken."""
    return ApiError("ResourceInUseException", f"Table already exists: {name}")


def protected() -> ApiError:
    """The table is protected against deletion."""
    return invalid(
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."
    )


def one_index_at_a_time() -> ApiError:
    """An update makes or drops one index."""
    return ApiError(
        "LimitExceededException",
        "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table",
    )


def index_missing(name: str) -> ApiError:
    """The table has no such index."""
    return invalid(f"The table does not have the specified index: {name}")


def inconsistent() -> ApiError:
    """A global index follows its table in a while only."""
    return invalid("Consistent reads are not supported on global secondary indexes")


def key_mismatch() -> ApiError:
    """A key has other attributes, or of another type, than the table's."""
    return invalid("The provided key element does not match the schema")


def condition_failed(item: Mapping[str, object] | None = None) -> ApiError:
    """The condition does not hold; the error may bear the item as it is."""
    fields = {} if item is None else {"Item": copied(item)}
    return ApiError("ConditionalCheckFailedException", "The conditional request failed", fields=fields)


def duplicate_item() -> ApiError:
    """PartiQL's INSERT replaces nothing."""
    return ApiError("DuplicateItemException", "Duplicate primary key exists in table")


def transaction_cancelled(codes: list[str], reasons: list[dict[str, object]]) -> ApiError:
    """A transaction is refused as a whole, with a reason for each of its parts."""
    message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{', '.join(codes)}]"
    return ApiError(
        "TransactionCanceledException", message, fields={"Message": message, "CancellationReasons": reasons}
    )


def token_mismatch() -> ApiError:
    """A client request token came with other parameters than before."""
    return ApiError(
        "IdempotentParameterMismatchException",
        "Request parameters do not match the parameters that were used in the initial request with this token",
    )


PROVISIONED: Final = "ProvisionedThroughputExceeded"
MAXIMUM: Final = "MaxOnDemandThroughputExceeded"
ACCOUNT: Final = "AccountLimitExceeded"
KEY_RANGE: Final = "KeyRangeThroughputExceeded"
"""AWS's words for what limits a request: the end of a throttling reason."""

_THROTTLES: Final = ("ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded")
_HOT_KEY = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html"
_PROVISIONED_WORDS = (
    "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning "
    "level with the UpdateTable API.",
    "The level of configured provisioned throughput for one or more global secondary indexes of the table was "
    "exceeded. Consider increasing your provisioning level for the under-provisioned global secondary indexes with "
    "the UpdateTable API.",
)
_ON_DEMAND_WORDS = (
    "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or "
    f"index so please try again shortly. If exceptions persist, check if you have a hot key: {_HOT_KEY}.",
    "Throughput exceeds the current capacity for one or more global secondary indexes. DynamoDB is automatically "
    "scaling your index so please try again shortly.",
)
"""AWS's words, of a table and of global indexes."""
_MAXIMUM_WORDS = "Throughput exceeds the maximum OnDemandThroughput configured on table or index"  # unconfirmed
_ACCOUNT_WORDS = (  # unconfirmed
    "Throughput exceeds the current throughput limit for your account. Please contact AWS Support at "
    "https://aws.amazon.com/support request a limit increase"
)


def throttled(limit: str, reason: str, arn: str, *, is_provisioned: bool) -> ApiError:
    """There is no capacity for a request.

    Args:
        limit: one of those above.
        reason: the whole reason: of a table or an index, for a read or a write.
        arn: of the table or the index.
        is_provisioned: whether the table pays for capacity, not for requests.
    """
    is_index = "/index/" in arn
    if limit == ACCOUNT:
        code, words = "RequestLimitExceeded", _ACCOUNT_WORDS
    elif limit == MAXIMUM:
        code, words = "ThrottlingException", _MAXIMUM_WORDS
    elif is_provisioned:
        code, words = "ProvisionedThroughputExceededException", _PROVISIONED_WORDS[is_index]
    else:
        code, words = "ThrottlingException", _ON_DEMAND_WORDS[is_index]
    name = "throttlingReasons" if code == "ThrottlingException" else "ThrottlingReasons"
    return ApiError(code, words, fields={name: [{"reason": reason, "resource": arn}]})


def is_throttle(error: ApiError) -> bool:
    """Tell whether a request was refused for want of capacity."""
    return error.code in _THROTTLES
