"""How does Lambda say no? Errors that several operations share, with AWS's codes and words.

The words are recorded unless a line says otherwise.
"""

import contextlib
from collections.abc import Iterator

from eventsim.errors import ApiError, ConfigurationError

_USER = {"Type": "User"}


def invalid(message: str) -> ApiError:
    """A parameter's value makes no sense."""
    return ApiError("InvalidParameterValueException", message, fields=_USER)


def malformed(value: object, member: str, constraint: str) -> ApiError:
    """A parameter's value has not the form that the service model asks for."""
    message = f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
    return ApiError("ValidationException", message)


def not_found(message: str) -> ApiError:
    """Something that is named is not there."""
    return ApiError("ResourceNotFoundException", message, status=404, fields=_USER)


def function_not_found(arn: str) -> ApiError:
    """A function, or a version of it, is not there."""
    return not_found(f"Function not found: {arn}")


def resource_not_found() -> ApiError:
    """What is asked for is not there, in words that name nothing."""
    return not_found("The resource you requested does not exist.")


def conflict(message: str) -> ApiError:
    """It is there already, or something else is under way."""
    return ApiError("ResourceConflictException", message, status=409, fields=_USER)


def check_revision(wanted: object, revision_id: str, operations: str) -> None:
    """See that a caller who says which revision it has seen has seen the latest.

    Args:
        wanted: `RevisionId`, None if it was not given.
        operations: those that tell the latest.

    Raises:
        ApiError: it is an older one.
    """
    if wanted is not None and wanted != revision_id:
        message = (
            f"The RevisionId provided does not match the latest RevisionId. Call the {operations} API to retrieve the "
            "latest RevisionId"
        )
        raise ApiError("PreconditionFailedException", message, status=412, fields=_USER)


@contextlib.contextmanager
def in_aws_words() -> Iterator[None]:
    """Let the checks that scenarios pass as well answer as the API does."""
    try:
        yield
    except ConfigurationError as error:
        message = str(error)
        if message.startswith("1 validation error"):
            raise ApiError("ValidationException", message) from error
        raise invalid(message) from error
