"""What does a handler get beside its event? The context object, as AWS's Python runtime builds it."""

from collections.abc import Callable, Mapping
from typing import Any


class CognitoIdentity:
    """Who called through Cognito; nobody did."""

    cognito_identity_id: str | None = None
    cognito_identity_pool_id: str | None = None

    def __repr__(self) -> str:
        return _members(self, ("cognito_identity_id", "cognito_identity_pool_id"))


class Client:
    """The mobile application that calls, as the client context describes it."""

    __slots__ = ("app_package_name", "app_title", "app_version_code", "app_version_name", "installation_id")

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.installation_id = given.get("installation_id")
        self.app_title = given.get("app_title")
        self.app_version_name = given.get("app_version_name")
        self.app_version_code = given.get("app_version_code")
        self.app_package_name = given.get("app_package_name")

    def __repr__(self) -> str:
        names = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")
        return _members(self, names)


class ClientContext:
    """What a synchronous caller says about itself; missing members are None."""

    __slots__ = ("_given", "client", "custom", "env")

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given
        self.custom = given.get("custom")
        self.env = given.get("env")
        client = given.get("client")
        self.client = None if client is None else Client(client)

    def as_given(self) -> Mapping[str, Any]:
        """Return it as the caller gave it, for programs: those in other languages are told all of it."""
        return self._given

    def __repr__(self) -> str:
        return _members(self, ("custom", "env", "client"))


class LambdaContext:
    """The second argument of a handler. User code may hang attributes of its own on it."""

    def __init__(
        self,
        request_id: str,
        invoked_function_arn: str,
        environ: Mapping[str, str],
        deadline_epoch_ms: int,
        epoch_ms: Callable[[], int],
        write: Callable[[str], object],
        client_context: Mapping[str, Any] | None = None,
        tenant_id: str | None = None,
    ) -> None:
        get = environ.get
        self.aws_request_id = request_id
        self.log_group_name = get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = invoked_function_arn
        self.tenant_id = tenant_id
        self.client_context = None if client_context is None else ClientContext(client_context)
        self.identity = CognitoIdentity()
        self._epoch_deadline_time_in_ms = deadline_epoch_ms
        self._epoch_ms = epoch_ms
        self._write = write

    def get_remaining_time_in_millis(self) -> int:
        """Return how many milliseconds of virtual time are left before the timeout, never less than 0."""
        left_ms = self._epoch_deadline_time_in_ms - self._epoch_ms()
        return left_ms if left_ms > 0 else 0

    def log(self, msg: object) -> None:
        """Write to the log, as one event and without a newline of its own."""
        self._write(str(msg))

    def __repr__(self) -> str:
        names = (
            "aws_request_id",
            "log_group_name",
            "log_stream_name",
            "function_name",
            "memory_limit_in_mb",
            "function_version",
            "invoked_function_arn",
            "client_context",
            "identity",
            "tenant_id",
        )
        return _members(self, names)


def _members(value: object, names: tuple[str, ...]) -> str:
    return f"{type(value).__name__}([{','.join(f'{name}={getattr(value, name)}' for name in names)}])"
