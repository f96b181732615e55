"""How does user code ask for an AWS operation? One request in, one result or one `ApiError` out.

An operation is a plain function. Its parameters and its result have the shapes of botocore's service models
(blobs are bytes, timestamps are aware datetimes, streaming bodies are binary files), so that the same function
serves boto3 in process and, through a codec, HTTP.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from eventsim.envelope import NO_LINEAGE, Lineage
from eventsim.session_token import function_of

if TYPE_CHECKING:
    from eventsim.source import World


_OF_A_USER: Final = "AKIA"
"""How keys begin that last."""


class Caller(Struct, frozen=True, kw_only=True, gc=False):
    """On whose behalf is a request made?

    Attributes:
        arn: the function that calls, or "" for a client outside (a test, the workload).
        cause: the trace entry of the invocation that calls, 0 for a client outside.
        lineage: the chain that this invocation stands in, with the `X-Amzn-Trace-Id` that the request bears.
        is_aws: whether a service of AWS's own calls, which alone may put events whose source begins with `aws.`.
        is_anonymous: whether nobody signed the request, as one that follows a link.
        session_token: what came with temporary credentials, "" for none.
        access_key_id: the key by which the request is signed, if it is one that lasts, as users of IAM have; else "".
        role_arn: the role as which a service calls on somebody's behalf, "" for none.
        session_name: what the service calls its session of that role, "" for the end of `arn`.
        request_id: the id that an invocation bears which was told already, "" for one of its own.
    """

    arn: str = ""
    cause: int = 0
    lineage: Lineage | None = None
    is_aws: bool = False
    is_anonymous: bool = False
    session_token: str = ""
    access_key_id: str = ""
    role_arn: str = ""
    session_name: str = ""
    request_id: str = ""

    @property
    def trace_header(self) -> str:
        """X-Ray's header as the request bears it, "" for none."""
        return "" if self.lineage is None else self.lineage.trace_header

    def bearing(self, token: str, access_key_id: str = "") -> "Caller":
        """Return the caller of a request that bears a session token, "" for none: whoever has a function's is it.

        Args:
            access_key_id: the key that came with it.
        """
        if not token:
            return replace(self, access_key_id=access_key_id) if access_key_id.startswith(_OF_A_USER) else self
        function_arn = function_of(token)
        if not function_arn:
            return replace(self, session_token=token)
        return self if self.arn else replace(self, arn=function_arn)

    def under(self, trace_header: str) -> "Caller":
        """Return the caller of a request that bears this header, "" for none."""
        if trace_header == self.trace_header:
            return self
        return replace(self, lineage=(self.lineage or NO_LINEAGE).under(trace_header))


OUTSIDE = Caller()
OF_AWS = Caller(is_aws=True)
ANONYMOUS = Caller(is_anonymous=True)


class Request(Struct, frozen=True, kw_only=True, gc=False):
    """One call of one AWS operation.

    Attributes:
        service: botocore's service name, such as `sqs`.
        operation: such as `SendMessage`.
        parameters: validated input in botocore's shape.
        region: where the client calls.
        caller: who calls.
        entry: the trace entry of this call; the cause of what it does.
    """

    service: str
    operation: str
    parameters: Mapping[str, object]
    region: str
    caller: Caller = OUTSIDE
    entry: int = 0

    @property
    def on_behalf(self) -> Caller:
        """The caller of what is done because of this call, on behalf of whoever makes it."""
        return replace(self.caller, cause=self.entry)


Result = Mapping[str, object]
Operation = Callable[[Request], Result | Awaitable[Result]]
Operations = Callable[["World"], Mapping[str, Operation]]
