"""What does a request ask for, and how is it answered? The one door between a server's bytes and operations.

`decode` turns a request into a call, or at once into the error that AWS would answer; `encode` turns what came of the
call into a response. Neither waits, and no input makes them raise.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from typing import Protocol as Door
from urllib.parse import unquote

import msgspec

from eventsim.errors import ApiError
from eventsim.limits import OBJECT_BYTES_MAX
from eventsim.wire import (
    amz_cbor,
    aws_chunked,
    cbor,
    compression,
    cors,
    form_post,
    json,
    query,
    refusal,
    rest_json,
    rest_xml,
    uri,
)
from eventsim.wire.exchange import Call, Exchange, Parameters, Protocol, Result
from eventsim.wire.http import HttpRequest, HttpResponse, in_memory
from eventsim.wire.models import Operation, Service, find_service
from eventsim.wire.route import Home, Route, hoisted_headers, path_style, route
from eventsim.wire.text import Unreadable
from eventsim.wire.validate import check

_MEBIBYTE: Final = 1 << 20

_DOCUMENT_BYTES_MAX: Final[Mapping[Protocol, int]] = {
    "json": 24 * _MEBIBYTE,
    "cbor": 24 * _MEBIBYTE,
    "amz-cbor": 24 * _MEBIBYTE,
    "query": 16 * _MEBIBYTE,
    "ec2": 16 * _MEBIBYTE,
    "rest-json": 96 * _MEBIBYTE,
    "rest-xml": 16 * _MEBIBYTE,
}
"""Bodies that are documents may be this big: more than any service takes (DynamoDB's batches, Lambda's zip files
in base64), and little enough to be taken apart in memory. Mere bytes, such as objects, have no bound here.
"""

_INFLATED_BYTES_MAX: Final = 24 * _MEBIBYTE

_KEEP_ENCODINGS: Final = ("s3", "lambda")
"""Services to which a content encoding is a property of what is sent."""


class Codec(Door):
    """One protocol of AWS's."""

    def parse(self, operation: Operation, request: HttpRequest, labels: Mapping[str, str], /) -> Parameters:
        """Return an operation's parameters; raises ApiError."""

    def serialise(self, call: Call, result: Result, /) -> HttpResponse:
        """Return the answer that holds a result."""

    def serialise_error(self, exchange: Exchange, error: ApiError, /) -> HttpResponse:
        """Return the answer that holds an error."""


class _Ec2:
    """EC2's dialect of the query protocol."""

    parse = staticmethod(query.parse_ec2)
    serialise = staticmethod(query.serialise_ec2)
    serialise_error = staticmethod(query.serialise_ec2_error)


_CODECS: Final[Mapping[Protocol, Codec]] = {
    "json": json,
    "query": query,
    "ec2": _Ec2(),
    "rest-json": rest_json,
    "rest-xml": rest_xml,
    "cbor": cbor,
    "amz-cbor": amz_cbor,
}


def decode(request: HttpRequest, *, request_id: str, home: Home) -> Call | HttpResponse:
    """Return what a request asks for, or the error that answers it.

    Args:
        request_id: the id that the answer will bear, a UUID.
        home: region and account of requests that do not say them.
    """
    call = read(request, request_id=request_id, home=home)
    if isinstance(call, Call):
        try:
            check(call.exchange.service, call.operation, call.parameters)
        except ApiError as error:
            return encode_error(call.exchange, error)
    return call


def refuse_expired(call: Call, now: datetime) -> HttpResponse | None:
    """Return the answer to a presigned URL or form that is no longer good, or None. Whoever knows the time asks."""
    expires_at_s = call.exchange.expires_at_s
    if expires_at_s == 0 or now.timestamp() <= expires_at_s:
        return None
    error = refusal.expired(expires_at_s, now) if call.posted is None else refusal.expired_form()
    return encode_error(call.exchange, error)


def read(request: HttpRequest, *, request_id: str, home: Home) -> Call | HttpResponse:
    """Return what a request asks for, before its parameters are checked, or the error that answers it."""
    request, aim = _unpacked(request, home)
    posted, flaw = None, None
    if aim.service == "s3" and form_post.is_form_post(request):
        try:
            request, posted = form_post.read(request, aim.bucket)
            aim = route(request, home)
        except ApiError as error:
            flaw = error
    is_query = aim.form == "action" or (aim.form == "uri" and aim.queue_url != "")
    service = find_service(aim.service, "query" if is_query else "")
    if service is None:
        message = f"No AWS service is known by the name {aim.service[:64]!r}."
        return _refuse(request_id, "UnknownService", message)
    values = request.headers.by_name
    exchange = Exchange(
        service=service,
        protocol=_protocol(aim, service, values.get("content-type", "")),
        region=aim.region,
        account_id=aim.account_id,
        request_id=request_id,
        access_key_id=aim.access_key_id,
        session_token=aim.session_token or values.get("x-amz-security-token", ""),
        method=request.method,
        trace_header=values.get("x-amzn-trace-id", ""),
        expires_at_s=posted.expires_at_s if posted else aim.expires_at_s,
        wants_json=values.get("accept") == "application/json",
    )
    if flaw is not None:
        return encode_error(exchange, flaw)
    try:
        call = _understand(request, aim, exchange)
    except ApiError as error:
        return encode_error(exchange, error)
    return call if posted is None else msgspec.structs.replace(call, posted=posted)


def _unpacked(request: HttpRequest, home: Home) -> tuple[HttpRequest, Route]:
    """Return a request with its body where it can be read, and where it goes: the body may be what names the action."""
    aim = route(request, home)
    if request.spool is not None and (aim.service != "s3" or request.method != "PUT"):
        request = in_memory(request)
        aim = route(request, home)
    if compression.is_compressed(request) and aim.service not in _KEEP_ENCODINGS:
        try:
            request = compression.inflated(request, _INFLATED_BYTES_MAX)
            aim = route(request, home)
        except compression.CompressionError:
            aim = msgspec.structs.replace(aim, is_malformed=True)
    return request, aim


def encode(call: Call, outcome: Result | ApiError) -> HttpResponse:
    """Return the answer to a call.

    Args:
        outcome: the operation's result in botocore's shape, or its refusal. A result may hold
            `ResponseMetadata: {RequestId: …}` to give the answer another id.
    """
    if isinstance(outcome, ApiError):
        return encode_error(call.exchange, outcome)
    own_id = outcome["ResponseMetadata"].get("RequestId") if "ResponseMetadata" in outcome else None
    if own_id is not None:
        call = msgspec.structs.replace(call, exchange=msgspec.structs.replace(call.exchange, request_id=own_id))
    response = _CODECS[call.exchange.protocol].serialise(call, outcome)
    return response if call.posted is None else form_post.answer(call.posted, response)


def encode_error(exchange: Exchange, error: ApiError) -> HttpResponse:
    """Return the answer that holds an error."""
    return _CODECS[exchange.protocol].serialise_error(exchange, error)


def _protocol(aim: Route, service: Service, content_type: str) -> Protocol:
    match aim.form:
        case "target" if content_type.startswith(amz_cbor.CONTENT_TYPE) and not service.has_uris:
            return "amz-cbor"
        case "target" if not service.has_uris:
            return "json"
        case "rpc" if not service.has_uris:
            return "cbor"
        case "action" if not service.has_uris:
            return "ec2" if service.protocol == "ec2" else "query"
    match service.protocol:
        case "rest-json" | "rest-xml" | "query" | "ec2" | "json" as protocol:
            return protocol
        case _:
            return "cbor"


def _understand(request: HttpRequest, aim: Route, exchange: Exchange) -> Call:
    service = exchange.service
    if aim.is_malformed:
        raise refusal.bad_uri(exchange, request.query)
    if aim.flaw:
        raise refusal.bad_signature(exchange, request, aim.flaw)
    if service.name == "s3":
        request = _plain_s3(request, aim)
    operation, labels = _operation(request, aim, exchange)
    _check_size(request, operation, exchange)
    try:
        parameters = _CODECS[exchange.protocol].parse(operation, request, labels)
    except RecursionError:  # documents that nest as deeply as Python's stack
        raise refusal.too_deep(exchange) from None
    return Call(exchange=exchange, operation=operation, parameters=parameters)


def _plain_s3(request: HttpRequest, aim: Route) -> HttpRequest:
    """Return a request to S3 with the bucket in its path, hoisted headers in their place, and its body unwrapped."""
    headers = hoisted_headers(request)
    request = HttpRequest(
        method=request.method,
        path=path_style(request.path, aim.bucket),
        query=request.query,
        headers=request.headers.with_changes(headers) if headers else request.headers,
        body=request.body,
        spool=request.spool,
    )
    request = aws_chunked.unwrap(request) if aws_chunked.is_chunked(request) else request
    if request.spool is not None and len(request.spool) > OBJECT_BYTES_MAX:
        raise refusal.object_too_large(len(request.spool))
    return request


def _operation(request: HttpRequest, aim: Route, exchange: Exchange) -> tuple[Operation, Mapping[str, str]]:
    """Return the operation, and what the URL says of its parameters."""
    service = exchange.service
    if aim.form != "uri" and not service.has_uris:
        operation = service.operation(aim.operation)
        labels = {"QueueUrl": aim.queue_url} if aim.queue_url else {}
        if operation is None or (aim.form == "action" and labels and not _takes(operation, "QueueUrl")):
            raise refusal.unknown_operation(exchange, request, aim.operation)
        return operation, labels
    if exchange.protocol not in ("rest-json", "rest-xml"):
        raise refusal.unknown_operation(exchange, request, "")
    try:
        found = uri.match(service, request.method, request.path, uri.read_query(request.query), request.headers)
    except Unreadable as error:
        raise refusal.bad_uri(exchange, request.path) from error
    if found is None:
        raise refusal.unknown_operation(exchange, request, "")
    return found.operation, found.labels


def _takes(operation: Operation, parameter: str) -> bool:
    return operation.input is not None and parameter in operation.input.members


def _check_size(request: HttpRequest, operation: Operation, exchange: Exchange) -> None:
    """Refuse a document that is too big to be taken apart."""
    shape = operation.input
    if shape is not None and shape.payload and shape.members[shape.payload].kind in ("blob", "string"):
        return
    limit_bytes = _DOCUMENT_BYTES_MAX[exchange.protocol]
    if len(request.spool or request.body) > limit_bytes:
        raise refusal.too_big(exchange, limit_bytes)


def prepare(request: HttpRequest) -> HttpRequest:
    """Return a request with a large body, read through: unwrapped and summed up. It takes seconds, so in a thread."""
    if request.spool is None or request.method != "PUT":
        return request
    if aws_chunked.is_chunked(request):
        try:
            request = aws_chunked.unwrap(request)
        except ApiError:
            return request  # whoever decodes it finds that again
    assert request.spool is not None, "unwrapped bodies stay where they are"
    request.spool.sums  # noqa: B018 - they are remembered
    return request


def refuse_size(request: HttpRequest, size_bytes: int, *, request_id: str, home: Home) -> HttpResponse | None:
    """Return S3's answer to an upload that is too long to be taken; None if it is for somebody else."""
    exchange = _of_s3(request, request_id, home)
    return None if exchange is None else encode_error(exchange, refusal.object_too_large(size_bytes))


def s3_resource(request: HttpRequest, home: Home) -> tuple[str, str] | None:
    """Return the bucket and the key that a request means, "" for none; None if it is for another service."""
    aim = route(request, home)
    if aim.service != "s3":
        return None
    bucket, _, key = path_style(request.path, aim.bucket).removeprefix("/").partition("/")
    return unquote(bucket), unquote(key)


def answer_preflight(
    request: HttpRequest, rules: cors.Rules | None, *, is_about_object: bool, request_id: str, home: Home
) -> HttpResponse:
    """Return S3's answer to a browser that asks whether its page may ask."""
    exchange = _of_s3(request, request_id, home)
    assert exchange is not None, "others have no such rules"
    try:
        headers = cors.preflight(rules, request.headers, is_about_object=is_about_object)
    except ApiError as error:
        return encode_error(exchange, error)
    return HttpResponse(status=200, headers=(*rest_xml.id_headers(exchange), *headers))


def _of_s3(request: HttpRequest, request_id: str, home: Home) -> Exchange | None:
    """Return what an answer of S3's has to know of a request that is not decoded, None if it is for somebody else."""
    aim = route(request, home)
    service = find_service(aim.service, "")
    if aim.service != "s3" or service is None:
        return None
    return Exchange(
        service=service,
        protocol="rest-xml",
        region=aim.region,
        account_id=aim.account_id,
        request_id=request_id,
        access_key_id=aim.access_key_id,
        method=request.method,
    )


def _refuse(request_id: str, code: str, message: str) -> HttpResponse:
    """Answer a request of which not even the service is known."""
    headers = (("x-amzn-RequestId", request_id), ("x-amzn-ErrorType", code), ("Content-Type", "application/json"))
    return HttpResponse(status=404, headers=headers, body=msgspec.json.encode({"__type": code, "message": message}))
