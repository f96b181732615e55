"""In which words does EventBridge refuse?"""

from eventsim import ApiError


def validation(message: str) -> ApiError:
    """A parameter is wrong."""
    return ApiError("ValidationException", message)


def constraint(value: object, path: str, must: str) -> ApiError:
    """One parameter breaks a constraint of the model (recorded)."""
    text = f"1 validation error detected: Value '{value}' at '{path}' failed to satisfy constraint: {must}"
    return ApiError("ValidationException", text)


def absent(path: str) -> ApiError:
    """A parameter that is wanted is not there."""
    text = f"1 validation error detected: Value null at '{path}' failed to satisfy constraint: Member must not be null"
    return ApiError("ValidationException", text)


def missing_connection(name: str) -> ApiError:
    """There is no connection of a name (recorded)."""
    message = f"Failed to describe the connection(s). Connection '{name}' does not exist."
    return ApiError("ResourceNotFoundException", message)


def missing_destination(name: str) -> ApiError:
    """There is no API destination of a name (recorded)."""
    message = f"Failed to describe the api-destination(s). An api-destination '{name}' does not exist."
    return ApiError("ResourceNotFoundException", message)


def missing(what: str, name: str, *, on: str = "") -> ApiError:
    """`Rule r does not exist on EventBus default.`"""
    place = f" on EventBus {on}" if on else ""
    return ApiError("ResourceNotFoundException", f"{what} {name} does not exist{place}.")


def exists(what: str, name: str) -> ApiError:
    """`Event bus b already exists.`"""
    return ApiError("ResourceAlreadyExistsException", f"{what} {name} already exists.")


def parameter(name: str, reason: str) -> ApiError:
    """`Parameter Destination.Arn is not valid. Reason: …`"""
    return ApiError("ValidationException", f"Parameter {name} is not valid. Reason: {reason}")


def too_many() -> ApiError:
    """A quota is used up (recorded)."""
    return ApiError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")


def managed(name: str) -> ApiError:
    """A rule belongs to a service (unconfirmed words)."""
    message = f"Rule {name} is managed by an AWS service, and can only be changed by that service."
    return ApiError("ManagedRuleException", message)


def bad_pattern(message: str) -> ApiError:
    """The event pattern is not legal."""
    return ApiError("InvalidEventPatternException", message)


def illegal_status(message: str) -> ApiError:
    """What is asked for does not go with the state of a replay."""
    return ApiError("IllegalStatusException", message)
