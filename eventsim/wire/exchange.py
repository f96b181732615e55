"""Who asks which service, and in which form must the answer be?"""

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

from eventsim.wire.form_post import Posted
from eventsim.wire.models import Operation, Service

Protocol = Literal["json", "query", "ec2", "rest-json", "rest-xml", "cbor", "amz-cbor"]

Parameters = dict[str, Any]
"""Input of an operation in botocore's shape."""

Result = Mapping[str, Any]
"""Output of an operation in botocore's shape."""


class Exchange(Struct, frozen=True, kw_only=True, gc=False):
    """What an answer needs to know of its request.

    Attributes:
        service: whose operation is asked for.
        protocol: in which the request came and the answer goes.
        region: where the client calls.
        account_id: on whose account.
        access_key_id: whose key signed the request, or "".
        request_id: this request's id, a UUID.
        session_token: what came with temporary credentials, "" for none.
        method: of HTTP; HEAD must not be answered with a body.
        trace_header: `X-Amzn-Trace-Id` as sent, or "".
        expires_at_s: the epoch second until which a presigned URL is good; 0 for what does not expire.
        wants_json: a query client that asks for `application/json`.
    """

    service: Service
    protocol: Protocol
    region: str
    account_id: str
    request_id: str
    access_key_id: str = ""
    session_token: str = ""
    method: str = "POST"
    trace_header: str = ""
    expires_at_s: int = 0
    wants_json: bool = False


class Call(Struct, frozen=True, kw_only=True, gc=False):
    """A request that is understood.

    Attributes:
        exchange: how it came.
        operation: what is asked for.
        parameters: in botocore's shape: blobs are bytes, timestamps aware datetimes, streaming bodies binary files.
        posted: how a browser's form wants to be answered, None for any other request.
    """

    exchange: Exchange
    operation: Operation
    parameters: Parameters
    posted: Posted | None = None

    @property
    def operation_name(self) -> str:
        """What is asked for, by AWS's name; a form's has no model of its own, since it says what a PUT does."""
        return self.operation.name if self.posted is None else "PostObject"
