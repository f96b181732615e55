"""In which words does AWS refuse what it does not understand? One function for each reason."""

from datetime import UTC, datetime

from eventsim.errors import ApiError
from eventsim.limits import OBJECT_BYTES_MAX
from eventsim.wire.exchange import Exchange
from eventsim.wire.http import HttpRequest
from eventsim.wire.text import write_timestamp


def unknown_operation(exchange: Exchange, request: HttpRequest, name: str) -> ApiError:
    """The service has no such operation (recorded for SQS, unconfirmed elsewhere)."""
    match exchange.protocol:
        case "query" | "ec2" if not name and exchange.service.name == "sqs":
            return ApiError("UnknownOperationException", "", status=404)
        case "query" | "ec2" if not name:
            return ApiError("MissingAction", "The request must contain the parameter Action.")
        case "query" | "ec2" if exchange.service.name == "sqs":
            return ApiError("InvalidAction", f"The action {name} is not valid for this endpoint.")
        case "query" | "ec2":
            version = exchange.service.api_version
            return ApiError("InvalidAction", f"Could not find operation {name} for version {version}")
        case "json" | "amz-cbor":
            return ApiError("UnknownOperationException", "")
        case "cbor":
            return ApiError("UnknownOperationException", "", status=404)
        case "rest-xml":
            message = "The specified method is not allowed against this resource."
            fields = {"Method": request.method, "ResourceType": "OBJECT" if request.path.count("/") > 1 else "SERVICE"}
            return ApiError("MethodNotAllowed", message, status=405, fields=fields)
        case "rest-json":
            message = f"Unknown operation: {request.method!a} {request.path[:256]!a}"
            return ApiError("UnknownOperationException", message, status=404)


def too_big(exchange: Exchange, limit_bytes: int) -> ApiError:
    """The document is too big to be taken apart (code and words unconfirmed)."""
    if exchange.protocol == "rest-xml":
        return ApiError("MaxMessageLengthExceeded", "Your request was too big.")
    message = f"Request size exceeded {limit_bytes} bytes"
    return ApiError("RequestEntityTooLargeException", message, status=413)


def object_too_large(size_bytes: int) -> ApiError:
    """An object in one piece, or a part of one, is longer than S3 takes (documented)."""
    message = "Your proposed upload exceeds the maximum allowed size"
    return ApiError("EntityTooLarge", message, fields={"ProposedSize": size_bytes, "MaxSizeAllowed": OBJECT_BYTES_MAX})


def too_deep(exchange: Exchange) -> ApiError:
    """The document nests as deeply as nobody's does."""
    if exchange.protocol == "rest-xml":
        return ApiError("MalformedXML", "The XML you provided was not well-formed.")
    return ApiError("SerializationException", "The document is nested too deeply.")


def bad_uri(exchange: Exchange, part: str) -> ApiError:
    """A URI or a form is not UTF-8, or has too many fields, or the compression is broken (unconfirmed)."""
    match exchange.protocol:
        case "rest-xml":
            return ApiError("InvalidURI", "Couldn't parse the specified URI.", fields={"URI": part[:1_024]})
        case "query" | "ec2":
            return ApiError("MalformedQueryString", "The query string contains a syntax error.", status=404)
        case _:
            return ApiError(
                "SerializationException",
                "The URI or the compression is malformed, or too big.",
            )


def bad_signature(exchange: Exchange, request: HttpRequest, flaw: str) -> ApiError:
    """A signature is none (words and statuses unconfirmed)."""
    if exchange.service.name == "s3" and "authorization" not in request.headers:
        return ApiError("AuthorizationQueryParametersError", flaw)
    if exchange.service.name == "s3":
        return ApiError("AuthorizationHeaderMalformed", f"The authorization header is malformed; {flaw}")
    return ApiError("IncompleteSignature", flaw, status=403, shape="IncompleteSignatureException")


def wrong_region(region: str, right: str) -> ApiError:
    """A request to S3 is signed for a region that there is not; clients read from the answer where to go."""
    message = f"The authorization header is malformed; the region '{region}' is wrong; expecting '{right}'"
    return ApiError("AuthorizationHeaderMalformed", message, fields={"Region": right})


def expired_form() -> ApiError:
    """The policy of an uploaded form is no longer good (the words are unconfirmed)."""
    return ApiError("AccessDenied", "Invalid according to Policy: Policy expired.", status=403)


def expired(expires_at_s: int, now: datetime) -> ApiError:
    """A presigned URL is no longer good (the words are unconfirmed)."""
    fields = {
        "Expires": write_timestamp(datetime.fromtimestamp(expires_at_s, UTC), "iso8601"),
        "ServerTime": write_timestamp(now.replace(microsecond=0), "iso8601"),
    }
    return ApiError("AccessDenied", "Request has expired", status=403, fields=fields)
