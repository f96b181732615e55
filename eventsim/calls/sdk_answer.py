"""What does a client of botocore get in the place of an answer over HTTP?"""

import functools
from collections.abc import Awaitable, Mapping
from email.utils import formatdate
from typing import Any, Protocol

from eventsim.api import Caller, Result
from eventsim.calls.answer_headers import content_type_of, headers_of
from eventsim.clock import Clock
from eventsim.errors import ApiError
from eventsim.wire.s3_ids import s3_host_id, s3_request_id

_NO_CONTENT = 204


class Backend(Protocol):
    """The simulation as a client sees it."""

    clock: Clock

    def call(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        *,
        region: str,
        account_id: str,
        caller: Caller,
    ) -> Result | Awaitable[Result]:
        """Carry out one operation."""

    def wait_for(self, answer: Awaitable[Result], limit_s: float | None = None) -> Result:
        """Wait in virtual time until the answer is there, on behalf of blocking code.

        Raises:
            TimeoutError: it is not there within the limit, which counts for handlers; the operation goes on.
        """

    def sleep(self, delay_s: float) -> None:
        """Wait in virtual time on behalf of blocking code."""

    def request_id(self) -> str:
        """Return the id of the next request."""


def answered(
    model: Any, request: Mapping[str, Any], outcome: Result | ApiError, backend: Backend
) -> tuple[Any, dict[str, Any]]:
    """Return the response, and what botocore's parsers would make of it; streams are still plain bytes and events."""
    if isinstance(outcome, ApiError):
        status, parsed = outcome.status, _error_document(model, outcome)
        told = {name.lower(): value for name, value in outcome.headers.items()}
        told["content-type"] = content_type_of(model)
    else:
        told = headers_of(model, outcome)
        parsed = dict(outcome)
        status = _status_of(model, parsed)
        if status == _NO_CONTENT:
            told.pop("content-type", None)
    request_id = parsed.get("ResponseMetadata", {}).get("RequestId") or backend.request_id()
    ids, id_headers = _ids_of(model, request_id)
    headers = {**told, **id_headers, "date": _http_date(backend.clock.epoch_ms() // 1000)}
    parsed["ResponseMetadata"] = {**ids, "HTTPStatusCode": status, "HTTPHeaders": headers, "RetryAttempts": 0}
    response = _response_class()(request["url"], status, headers, None)  # a stream would be parsed once more
    response._content = b""
    return response, parsed


@functools.cache
def _response_class() -> Any:
    from botocore.awsrequest import AWSResponse

    return AWSResponse


@functools.lru_cache(maxsize=16)  # many calls are made within one second of virtual time
def _http_date(epoch_s: int) -> str:
    return formatdate(epoch_s, usegmt=True)


def _ids_of(model: Any, request_id: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return a request's ids as the metadata of an answer has them, and as its headers do: S3 has two of its own.

    S3 also says what it is (documented).
    """
    if model.service_model.service_name != "s3":
        return {"RequestId": request_id}, {"x-amzn-requestid": request_id}
    ids = {"RequestId": s3_request_id(request_id), "HostId": s3_host_id(request_id)}
    return ids, {"x-amz-request-id": ids["RequestId"], "x-amz-id-2": ids["HostId"], "server": "AmazonS3"}


def _status_of(model: Any, parsed: Mapping[str, Any]) -> int:
    """Return the HTTP status of a success: an output member may carry it (Lambda's `StatusCode`), or the metadata."""
    if "HTTPStatusCode" in parsed.get("ResponseMetadata", {}):
        return int(parsed["ResponseMetadata"]["HTTPStatusCode"])
    members = model.output_shape.members if model.output_shape is not None else {}
    for name in parsed:
        if name in members and members[name].serialization.get("location") == "statusCode":
            return int(parsed[name])
    if "ContentRange" in parsed:
        return 206  # what HTTP calls a part of the content; the models do not say it
    return int(model.http.get("responseCode", 200))


def _error_document(model: Any, error: ApiError) -> dict[str, Any]:
    """Build what botocore's parsers make of an error: XML protocols keep all members inside `Error`."""
    document: dict[str, Any] = {"Error": {"Message": error.message, "Code": error.code}}
    metadata = model.service_model.metadata
    whose = "Sender" if error.status < 500 else "Receiver"
    if "awsQueryCompatible" in metadata:
        document["Error"] |= {"QueryErrorCode": error.shape, "Type": whose}
    elif metadata["protocol"] == "query":
        document["Error"]["Type"] = whose
    if metadata["protocol"] in ("rest-xml", "query", "ec2"):
        document["Error"].update(error.fields)
        if metadata["protocol"] == "rest-xml":
            document.update(_named_by_model(model, error))
    else:
        document.update(error.fields | _modelled_members(model, error))
    return document


def _named_by_model(model: Any, error: ApiError) -> dict[str, Any]:
    """Return those fields that a modelled error has: clients find them beside `Error`, too."""
    shape = model.service_model.shape_for_error_code(error.code)
    return {} if shape is None else {name: each for name, each in error.fields.items() if name in shape.members}


def _modelled_members(model: Any, error: ApiError) -> dict[str, Any]:
    """Return what every document of a modelled error has: its words, and from Lambda whose fault it is."""
    shape = model.service_model.shape_for_error_code(error.code)
    members: dict[str, Any] = {}
    for name in () if shape is None else shape.members:
        if name.lower() in ("message", "errormessage") and error.message:
            members[name] = error.message
        elif name == "Type" and model.service_model.service_name == "lambda":
            members[name] = "User" if error.status < 500 else "Service"
    return members
