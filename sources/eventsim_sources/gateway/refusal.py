"""How does a front door say no? A fact that is raised behind it and becomes a response at it."""

from collections.abc import Mapping
from typing import Any, Final

from eventsim_sources.gateway.arrival import Pairs


class Refused(Exception):  # noqa: N818 - a fact, as the field says it
    """A request is not let through.

    Attributes:
        kind: API Gateway's response type, such as `MISSING_AUTHENTICATION_TOKEN`.
        message: None says `null`.
        more: further headers of the response.
        context: what `$context.error` tells besides.
        authorizer: what `$context.authorizer` tells of whoever was refused.
        why: what the trace tells.
        log: what AWS's log of an execution tells.
    """

    def __init__(
        self,
        kind: str,
        *,
        message: str | None = None,
        why: str = "",
        more: Pairs = (),
        context: Mapping[str, Any] = {},
        authorizer: Mapping[str, Any] = {},
        log: str = "",
    ) -> None:
        self.kind = kind
        self.status, self.error_type, default = KINDS[kind]
        self.message = default if message is None else message
        self.more = more
        self.context = context
        self.authorizer = authorizer
        self.why = why or self.message or kind
        self.log = log or (
            self.why if self.status < 500 else f"Execution failed due to configuration error: {self.why}"
        )
        super().__init__(self.why)


KINDS: Final[Mapping[str, tuple[int, str, str | None]]] = {
    "ACCESS_DENIED": (403, "AccessDeniedException", "User is not authorized to access this resource"),
    "API_CONFIGURATION_ERROR": (500, "InternalServerErrorException", "Internal server error"),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, "AuthorizerConfigurationException", None),
    "AUTHORIZER_FAILURE": (500, "AuthorizerFailureException", None),
    "BAD_REQUEST_BODY": (400, "BadRequestException", "Invalid request body"),
    "BAD_REQUEST_PARAMETERS": (400, "BadRequestException", "Missing required request parameters"),
    "EXPIRED_TOKEN": (403, "ExpiredTokenException", "The security token included in the request is expired"),
    "INTEGRATION_FAILURE": (504, "InternalServerErrorException", "Network error communicating with endpoint"),
    "INTEGRATION_TIMEOUT": (504, "InternalServerErrorException", "Endpoint request timed out"),
    "INVALID_API_KEY": (403, "ForbiddenException", "Forbidden"),
    "INVALID_SIGNATURE": (403, "InvalidSignatureException", "Forbidden"),
    "MISSING_AUTHENTICATION_TOKEN": (403, "MissingAuthenticationTokenException", "Missing Authentication Token"),
    "QUOTA_EXCEEDED": (429, "LimitExceededException", "Limit Exceeded"),
    "REQUEST_TOO_LARGE": (413, "RequestTooLargeException", "Request Too Long"),
    "RESOURCE_NOT_FOUND": (404, "NotFoundException", "Not Found"),
    "THROTTLED": (429, "TooManyRequestsException", "Too Many Requests"),
    "UNAUTHORIZED": (401, "UnauthorizedException", "Unauthorized"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "BadRequestException", "Unsupported Media Type"),
    "WAF_FILTERED": (403, "ForbiddenException", "Forbidden"),
    "BAD_GATEWAY": (502, "InternalServerErrorException", "Internal server error"),
    "FORBIDDEN": (403, "ForbiddenException", "Forbidden"),
    "INTERNAL": (500, "InternalServerErrorException", "Internal server error"),
    "UNAVAILABLE": (503, "ServiceUnavailableException", "Service Unavailable"),
}
"""Response type → status, `x-amzn-ErrorType`, message. The last four are not for a user to change."""
