"""How does SQS say no? Every error of the queue's operations, with AWS's code and words.

The words are recorded unless a line says otherwise; "emulated" means taken from an emulator or a client library.
"""

from eventsim import ApiError

_SERVICE = "AWS.SimpleQueueService."


def parameter_invalid(message: str) -> ApiError:
    """Some parameter is invalid, in words of its own."""
    return ApiError("InvalidParameterValue", message, shape="InvalidParameterValueException")


def value_invalid(value: object, parameter: str, reason: str) -> ApiError:
    """The usual form: which value of which parameter, and why."""
    return parameter_invalid(f"Value {value} for parameter {parameter} is invalid. Reason: {reason}")


def parameter_missing(parameter: str) -> ApiError:
    """A required parameter is absent."""
    message = f"The request must contain the parameter {parameter}."
    return ApiError("MissingParameter", message, shape="MissingRequiredParameterException")


def attribute_unknown(name: str) -> ApiError:
    """An attribute does not exist, or not for this type of queue."""
    return ApiError("InvalidAttributeName", f"Unknown Attribute {name}.")


def attribute_name_invalid(message: str) -> ApiError:
    """An attribute may not be given here."""
    return ApiError("InvalidAttributeName", message)


def attribute_value_invalid(name: str, reason: str = "") -> ApiError:
    """An attribute's value is out of bounds; the words without a reason are emulated."""
    end = f" Reason: {reason}" if reason else ""
    return ApiError("InvalidAttributeValue", f"Invalid value for the parameter {name}.{end}")


def queue_missing() -> ApiError:
    """No queue has this URL or name."""
    message = "The specified queue does not exist."
    return ApiError(f"{_SERVICE}NonExistentQueue", message, shape="QueueDoesNotExist")


def queue_exists(attribute: str) -> ApiError:
    """A queue of this name has another value of the attribute."""
    return ApiError(
        "QueueAlreadyExists",
        f"A queue already exists with the same name and a different value for attribute {attribute}",
        shape="QueueNameExists",
    )


def queue_deleted_recently() -> ApiError:
    """A name rests for a minute after its queue was deleted."""
    return ApiError(
        f"{_SERVICE}QueueDeletedRecently",
        "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
    )


def purge_in_progress(queue_name: str) -> ApiError:
    """A queue may be purged once a minute."""
    return ApiError(
        f"{_SERVICE}PurgeQueueInProgress",
        f"Only one PurgeQueue operation on {queue_name} is allowed every 60 seconds.",
        status=403,
    )


def receipt_handle_invalid(handle: str) -> ApiError:
    """The text is no handle of this queue."""
    return ApiError("ReceiptHandleIsInvalid", f'The input receipt handle "{handle}" is not a valid receipt handle.')


def receipt_expired(handle: str) -> ApiError:
    """A FIFO queue deletes a message only by the handle that hides it now."""
    return value_invalid(handle, "ReceiptHandle", "The receipt handle has expired.")


def visibility_unchangeable(handle: str) -> ApiError:
    """The message is gone."""
    return value_invalid(
        handle, "ReceiptHandle", "Message does not exist or is not available for visibility timeout change."
    )


def visibility_beyond_limit(timeout_s: int) -> ApiError:
    """A receive hides a message for at most twelve hours in all."""
    return value_invalid(
        timeout_s,
        "VisibilityTimeout",
        "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]",
    )


def too_many_in_flight() -> ApiError:
    """A standard queue has 120,000 messages in flight; the words are unconfirmed."""
    return ApiError("OverLimit", "Too many messages in flight: at most 120000 are allowed for this queue.")


def throttled() -> ApiError:
    """There were too many requests in this second; the words are those of the model, the status is botocore's."""
    return ApiError("RequestThrottled", "The request was denied due to request throttling.", status=403)


def message_contents_invalid() -> ApiError:
    """A text holds a character that XML 1.0 does not allow; the words are unconfirmed."""
    return ApiError(
        "InvalidMessageContents",
        "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD "
        "| #x10000 to #x10FFFF",
    )


def operation_unsupported(message: str) -> ApiError:
    """The model has a member for it, but SQS does not do it."""
    return ApiError(f"{_SERVICE}UnsupportedOperation", message)


def batch_refused(code: str, message: str) -> ApiError:
    """A batch as a whole is refused."""
    return ApiError(f"{_SERVICE}{code}", message)


def resource_missing(message: str) -> ApiError:
    """A message move task, its source or its destination does not exist."""
    return ApiError("ResourceNotFoundException", message, status=404)
