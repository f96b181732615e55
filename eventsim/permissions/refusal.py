"""With which words is a call refused? One sentence in all services, with codes of their own (documented)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from eventsim.errors import ApiError
from eventsim.permissions.need import Need
from eventsim.wire.models import find_service

_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("cloudformation", "cloudwatch", "iam", "s3", "s3control", "ses"), "AccessDenied"),
        **dict.fromkeys(("sqs", "sts"), "AccessDenied"),
        "ec2": "UnauthorizedOperation",
        "sns": "AuthorizationError",
    }
)
"""Services whose code is not `AccessDeniedException`."""


def access_denied(service: str, operation: str, *, who: str, need: Need, because: str) -> ApiError:
    """Return the refusal of a call.

    Args:
        who: the ARN of the session that calls.
        because: why, as a `Decision` says it.
    """
    if service == "s3" and operation.startswith("Head"):  # answers without a body have no words
        return ApiError("403", "Forbidden", status=403)
    action = need.action
    shown, quoted = action, need.resource or "*"
    if service == "sqs":
        shown = action.lower()
    elif service == "sns":
        shown = action.replace("sns:", "SNS:")
    elif service == "s3":
        quoted = f'"{quoted}"'
    reason = because.replace(action, shown)
    message = f"User: {who} is not authorized to perform: {shown} on resource: {quoted} {reason}"
    code = _CODES.get(service, "AccessDeniedException")
    return ApiError(code, message, status=_status(service))


def key_unknown(service: str) -> ApiError:
    """Return the refusal of a call whose key is nobody's any more, as services of each protocol say it."""
    if service == "s3":
        message = "The AWS Access Key Id you provided does not exist in our records."
        return ApiError("InvalidAccessKeyId", message, status=403)
    model = find_service(service)
    is_query = service == "sqs" or (model is not None and model.protocol in ("ec2", "query"))
    code = "InvalidClientTokenId" if is_query else "UnrecognizedClientException"
    return ApiError(code, "The security token included in the request is invalid.", status=_status(service))


def _status(service: str) -> int:
    """Return the status of a refusal: in AWS's JSON protocols it is an error as any other (as SDKs report it)."""
    model = find_service(service)
    return 400 if model is not None and model.protocol == "json" and service != "sqs" else 403
