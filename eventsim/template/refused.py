"""In which words does CloudFormation tell why a resource failed? Those of its handlers, around those of the operation.

One form for all types: that of the handlers in CloudFormation's registry, where the simulated types are. What no
operation refused, but eventsim or CloudFormation itself, is told as it is.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from eventsim.errors import ApiError, ConfigurationError
from eventsim.template.stack import StackResource
from eventsim.template.trouble import Existing, Worded, is_gone, reason_of

_CLIENTS: Final[Mapping[str, str]] = {
    "Cognito": "CognitoIdentityProvider",
    "Events": "EventBridge",
    "KinesisFirehose": "Firehose",
    "Logs": "CloudWatchLogs",
    "StepFunctions": "Sfn",
}
"""Services that AWS's clients for Java call otherwise than types of resources do."""

_KINDS: Final = (
    ("AccessDenied", "AccessDenied"),
    ("NotAuthorized", "AccessDenied"),
    ("Throttl", "Throttling"),
    ("TooManyRequests", "Throttling"),
    ("LimitExceeded", "ServiceLimitExceeded"),
    ("AlreadyExist", "AlreadyExists"),
    ("AlreadyOwned", "AlreadyExists"),
    ("Exists", "AlreadyExists"),
    ("NotEmpty", "GeneralServiceException"),
    ("Conflict", "ResourceConflict"),
    ("InUse", "ResourceConflict"),
)
"""What a code says → the kind of refusal that a handler answers; the first one counts."""


def words_of(error: Exception, resource: StackResource, new_id: Callable[[], str]) -> str:
    """Return why a resource failed, as events tell it.

    Args:
        new_id: gives ids of requests.
    """
    type_name = resource.declared.type
    if isinstance(error, Worded) and error.words:
        return error.words
    if isinstance(error, Existing):
        told = (
            f'Resource handler returned message: "{error}" (RequestToken: {new_id()}, HandlerErrorCode: AlreadyExists)'
        )
        return told if error.is_handled else str(error)
    refusal = _refusal_in(error)
    if refusal is None or type_name.startswith("Custom::"):
        return reason_of(error)
    client, request_id, token = _client_of(type_name), new_id(), new_id()
    message = f"{refusal.message} (Service: {client}, Status Code: {refusal.status}, Request ID: {request_id})"
    kind = kind_of_refusal(refusal, is_new=resource.made is None)
    return f'Resource handler returned message: "{message}" (RequestToken: {token}, HandlerErrorCode: {kind})'


def _refusal_in(error: Exception) -> ApiError | None:
    """Return what an operation refuses; it shares the checks of settings, and their words, with scenarios."""
    if isinstance(error, ConfigurationError) and error.key:
        return ApiError("ValidationException", str(error))
    return error if isinstance(error, ApiError) else None


def kind_of_refusal(error: ApiError, *, is_new: bool) -> str:
    """Return the code that a handler gives to a refusal.

    Args:
        is_new: whether something shall be made: what is in its way exists already.
    """
    for part, kind in _KINDS:
        if part in error.code:
            return "AlreadyExists" if is_new and kind == "ResourceConflict" else kind
    if is_gone(error):
        return "NotFound"
    return "ServiceInternalError" if error.status >= 500 else "InvalidRequest"


def _client_of(type_name: str) -> str:
    """Return what AWS's client for Java calls the service of a type: `Sqs` of `AWS::SQS::Queue`."""
    service = type_name.split("::")[1]
    return _CLIENTS.get(service) or re.sub(r"(?<=[A-Z])[A-Z]+", lambda found: found[0].lower(), service)
