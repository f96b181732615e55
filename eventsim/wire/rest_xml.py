"""The codec of XML over URIs: S3's protocol, with S3's own form of errors, ids and document names."""

from collections.abc import Mapping
from typing import Any, Final

from eventsim.errors import ApiError
from eventsim.wire import event_stream, rest
from eventsim.wire.exchange import Call, Exchange, Parameters, Result
from eventsim.wire.http import Body, HttpRequest, HttpResponse, Pairs, in_memory
from eventsim.wire.models import Operation, Shape
from eventsim.wire.s3_ids import s3_host_id, s3_request_id
from eventsim.wire.text import Unreadable
from eventsim.wire.xml import DECLARATION, XmlError, elements_of, text_of
from eventsim.wire.xml import parse as parse_xml
from eventsim.wire.xml_values import XmlWriter, read_structure

_CONTENT_TYPE: Final = "application/xml"

_S3_NAMESPACE: Final = "http://s3.amazonaws.com/doc/2006-03-01/"

_ROOTS: Final[Mapping[str, str]] = {
    "CompleteMultipartUpload": "CompleteMultipartUploadResult",
    "CreateMultipartUpload": "InitiateMultipartUploadResult",
    "DeleteObjects": "DeleteResult",
    "GetBucketAccelerateConfiguration": "AccelerateConfiguration",
    "GetBucketAcl": "AccessControlPolicy",
    "GetBucketCors": "CORSConfiguration",
    "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
    "GetBucketLogging": "BucketLoggingStatus",
    "GetBucketRequestPayment": "RequestPaymentConfiguration",
    "GetBucketTagging": "Tagging",
    "GetBucketVersioning": "VersioningConfiguration",
    "GetBucketWebsite": "WebsiteConfiguration",
    "GetObjectAcl": "AccessControlPolicy",
    "GetObjectAttributes": "GetObjectAttributesResponse",
    "GetObjectTagging": "Tagging",
    "ListBuckets": "ListAllMyBucketsResult",
    "ListMultipartUploads": "ListMultipartUploadsResult",
    "ListObjectVersions": "ListVersionsResult",
    "ListObjects": "ListBucketResult",
    "ListObjectsV2": "ListBucketResult",
    "ListParts": "ListPartsResult",
}
"""What S3's documents are called where the model does not say (not recorded); botocore does not look."""

_RANGES: Final[Mapping[str, str]] = {
    "partNumber": "Part number must be an integer between 1 and 10000, inclusive",
}


def parse(operation: Operation, request: HttpRequest, labels: Mapping[str, str]) -> Parameters:
    """Return an operation's parameters.

    Raises:
        ApiError: the body is no XML, or a value is of the wrong type.
    """
    shape = operation.input
    if shape is None:
        return {}
    try:
        return rest.read_bindings(shape, request, labels) | _read_body(operation, shape, request)
    except Unreadable as error:
        raise _unreadable(error) from error
    except XmlError as error:
        raise _malformed() from error


def _read_body(operation: Operation, shape: Shape, request: HttpRequest) -> Parameters:
    payload = rest.payload_of(operation)
    if payload is not None and request.spool is not None and payload[1].kind in ("blob", "string"):
        return {payload[0]: rest.raw_payload(payload[1], request.spool)}
    body = in_memory(request).body
    if not body or not (payload or rest.has_body_members(shape)):
        return {}
    if payload is None:
        return read_structure(shape, parse_xml(body))
    name, member = payload
    if member.kind in ("blob", "string"):
        return {name: rest.raw_payload(member, body)}
    return {name: read_structure(member, parse_xml(body))}


def _unreadable(error: Unreadable) -> ApiError:
    """Return what S3 says of a value of the wrong type; the words are unconfirmed."""
    if not error.where:
        return _malformed()
    if error.kind == "Integer":
        message = f"Provided {error.where} not an integer or within integer range"
    else:
        message = f"Invalid argument: {error.where} must be of the type {error.kind.lower()}"
    fields = {"ArgumentName": error.where, "ArgumentValue": str(error.value)}
    return ApiError("InvalidArgument", _RANGES.get(error.where, message), fields=fields)


def _malformed() -> ApiError:
    return ApiError(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )


def serialise(call: Call, result: Result) -> HttpResponse:
    """Return the answer that holds a result."""
    shape = call.operation.output
    status = rest.status_of(call.operation, result)
    headers = id_headers(call.exchange)
    if shape is None:
        return HttpResponse(status=status, headers=headers)
    if "ExpiresString" in result:  # botocore's name for the header as it is; it need not be a date
        result = {**result, "Expires": result["ExpiresString"]}
    headers += rest.write_bindings(shape, result)
    if call.exchange.method == "HEAD" or status in (204, 304):
        return HttpResponse(status=status, headers=headers)
    body, content_type = _write_body(call, shape, result)
    if content_type:
        headers = rest.with_content_type(headers, content_type)
    return HttpResponse(status=status, headers=headers, body=body)


def _write_body(call: Call, shape: Shape, result: Result) -> tuple[Body, str]:
    """Return the body, and its type where it has one."""
    if call.operation.name == "GetBucketLocation":
        return _location(str(result.get("LocationConstraint") or "")), _CONTENT_TYPE
    if not shape.payload:
        if not rest.has_body_members(shape):
            return b"", ""
        return _document(call, shape, result, _ROOTS.get(call.operation.name, "")), _CONTENT_TYPE
    member, value = shape.members[shape.payload], result.get(shape.payload)
    if member.is_event_stream:
        return event_stream.frames(member, value or (), _write_event, "text/xml"), event_stream.CONTENT_TYPE
    if member.kind == "blob":
        return rest.raw_body(value), "binary/octet-stream"
    if member.kind == "string":
        return rest.raw_body(value), "application/json"  # the one such payload is a bucket's policy
    if value is None:
        return b"", ""
    return _document(call, member, value, member.wire_name), _CONTENT_TYPE


def _document(call: Call, shape: Shape, values: Any, root: str) -> bytes:
    service = call.exchange.service
    namespace = _S3_NAMESPACE if service.name == "s3" else shape.namespace or service.namespace
    writer = XmlWriter(is_exact=True)
    writer.write_document(shape, values, root or shape.wire_name or shape.name, namespace)
    return (DECLARATION + "".join(writer.pieces)).encode()


def _write_event(shape: Shape, values: Mapping[str, Any]) -> bytes:
    writer = XmlWriter(is_exact=True)
    writer.write_document(shape, values, shape.name, "")
    return "".join(writer.pieces).encode()


def _location(region: str) -> bytes:
    """Write the one document that the model cannot describe: its text stands in the root."""
    start = f'{DECLARATION}<LocationConstraint xmlns="{_S3_NAMESPACE}"'
    return (f"{start}>{text_of(region)}</LocationConstraint>" if region else f"{start}/>").encode()


def serialise_error(exchange: Exchange, error: ApiError) -> HttpResponse:
    """Return the answer that holds an error."""
    headers = id_headers(exchange) + tuple(error.headers.items())
    if exchange.method == "HEAD" or error.status == 304:
        return HttpResponse(status=error.status, headers=headers)
    members = {"Code": error.code, "Message": error.message, **error.fields}
    if exchange.service.name == "s3":
        ids = {"RequestId": s3_request_id(exchange.request_id), "HostId": s3_host_id(exchange.request_id)}
        text = f"<Error>{elements_of(members | ids)}</Error>"
    else:
        whose = "Sender" if error.status < 500 else "Receiver"
        inner = elements_of({"Type": whose, **members})
        text = f"<ErrorResponse><Error>{inner}</Error><RequestId>{exchange.request_id}</RequestId></ErrorResponse>"
    headers = (*headers, ("Content-Type", _CONTENT_TYPE))
    return HttpResponse(status=error.status, headers=headers, body=(DECLARATION + text).encode())


def id_headers(exchange: Exchange) -> Pairs:
    """Return the headers that every answer bears."""
    request_id = exchange.request_id
    if exchange.service.name != "s3":
        return (("x-amzn-RequestId", request_id),)
    ids = ("x-amz-request-id", s3_request_id(request_id)), ("x-amz-id-2", s3_host_id(request_id))
    return (*ids, ("Server", "AmazonS3"))  # documented; others do not say what they are
