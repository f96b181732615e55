"""How does SNS say no? Its errors with AWS's codes and words.

The words are recorded unless a line says otherwise.
"""

from eventsim import ApiError


class Fault(Exception):  # noqa: N818 - a fact; the operation that hears of it puts it in its own words
    """Why an attribute of a topic or a subscription is refused."""


def invalid(what: str) -> ApiError:
    """Some parameter is invalid."""
    return ApiError("InvalidParameter", f"Invalid parameter: {what}", shape="InvalidParameterException")


def not_found(message: str) -> ApiError:
    """Something does not exist."""
    return ApiError("NotFound", message, status=404, shape="NotFoundException")


def topic_missing() -> ApiError:
    """No topic has this ARN."""
    return not_found("Topic does not exist")


def unauthorized(message: str) -> ApiError:
    """Somebody may not do it."""
    return ApiError("AuthorizationError", message, status=403, shape="AuthorizationErrorException")


def subscription_missing() -> ApiError:
    """No subscription has this ARN."""
    return not_found("Subscription does not exist")


def resource_missing() -> ApiError:
    """Nothing that bears tags has this ARN."""
    return ApiError("ResourceNotFound", "Resource does not exist", status=404, shape="ResourceNotFoundException")


def attribute_value_invalid(message: str) -> ApiError:
    """A message attribute is malformed."""
    return ApiError("ParameterValueInvalid", message, shape="InvalidParameterValueException")


def validation(message: str) -> ApiError:
    """The request does not fit the model."""
    return ApiError("ValidationError", f"1 validation error detected: {message}", shape="ValidationException")


def batch_refused(code: str, message: str) -> ApiError:
    """A batch as a whole is refused."""
    return ApiError(code, message, shape=f"{code}Exception")


def endpoint_disabled() -> ApiError:
    """A platform endpoint takes nothing."""
    return ApiError("EndpointDisabled", "Endpoint is disabled", shape="EndpointDisabledException")


def throttled() -> ApiError:
    """There were too many messages in this second (words unconfirmed)."""
    return ApiError("Throttled", "Rate exceeded", status=429, shape="ThrottledException")


def limit_exceeded(what: str, message: str) -> ApiError:
    """There are too many of something (words unconfirmed)."""
    return ApiError(f"{what}LimitExceeded", message, status=403, shape=f"{what}LimitExceededException")


def tags_exceeded() -> ApiError:
    """A resource would have too many tags."""
    message = "Could not complete request: tag quota of per resource exceeded"
    return ApiError("TagLimitExceeded", message, shape="TagLimitExceededException")


def invalid_state(message: str) -> ApiError:
    """The topic's state forbids it (words unconfirmed)."""
    return ApiError("InvalidState", message, shape="InvalidStateException")


def invalid_token() -> ApiError:
    """A token of a confirmation does not look like one."""
    return ApiError("InvalidParameter", "Invalid token", shape="InvalidParameterException")


def application_disabled() -> ApiError:
    """A platform application takes nothing (words unconfirmed)."""
    return ApiError(
        "PlatformApplicationDisabled", "Platform application is disabled", shape="PlatformApplicationDisabledException"
    )
