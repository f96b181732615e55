"""What does a browser's form upload to S3? POST Object, read as the PUT that says the same.

The fields before the file say what a PUT's headers would; fields after it are ignored (documented). If there is a
policy, every field must meet it, as the one who signed the form wanted; the signature itself is not checked, as no
other is. Words that are not in the service's reference are unconfirmed.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.parser import HeaderParser
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit
from xml.sax.saxutils import escape, unescape

import msgspec
from msgspec import Struct

from eventsim.errors import ApiError
from eventsim.wire.http import Headers, HttpRequest, HttpResponse

_FIELDS_BYTES_MAX: Final = 20_480
"""Form data around the file may be this big (documented)."""
_UNSAID_IN_POLICY: Final = ("awsaccesskeyid", "signature", "x-amz-signature", "file", "policy", "submit")
_HEADERS: Final = (
    "cache-control",
    "content-type",
    "content-disposition",
    "content-encoding",
    "expires",
    "x-amz-security-token",
)
_REDIRECTS: Final = ("success_action_redirect", "redirect")


class Posted(Struct, frozen=True, kw_only=True, gc=False):
    """What the form wants to have answered.

    Attributes:
        location: the object's URL.
        status: `success_action_status`.
        redirect: where to send the browser, or "".
        expires_at_s: the epoch second until which the policy is good; 0 for no policy.
    """

    location: str
    bucket: str
    key: str
    status: int
    redirect: str
    expires_at_s: int


def is_form_post(request: HttpRequest) -> bool:
    """Tell whether a request to S3 is a form's upload."""
    kind = request.headers.get("content-type").partition(";")[0].strip().lower()
    return request.method == "POST" and kind == "multipart/form-data"


def read(request: HttpRequest, bucket: str) -> tuple[HttpRequest, Posted]:
    """Return the PUT that says the same as a form, and how it is to be answered.

    Args:
        bucket: the bucket that the host names, "" if the path does.

    Raises:
        ApiError: the form is malformed, incomplete, or does not meet its policy.
    """
    fields, content = _fields(request)
    if content is None:
        raise ApiError("InvalidArgument", "POST requires exactly one file upload per request.")
    if not fields.get("key"):
        message = (
            "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields."
        )
        raise ApiError("InvalidArgument", message, fields={"ArgumentName": "key", "ArgumentValue": ""})
    bucket = bucket or request.path.strip("/").partition("/")[0]
    expires_at_s = _check_policy(fields, bucket, len(content))
    path = f"{request.path.rstrip('/')}/{quote(fields['key'])}"
    put = HttpRequest(method="PUT", path=path, query=_query(fields), headers=_headers(request, fields), body=content)
    redirect = next((fields[name] for name in _REDIRECTS if fields.get(name)), "")
    status = fields.get("success_action_status", "")
    location = f"http://{request.headers.get('host')}{path}"
    posted = Posted(
        location=location,
        bucket=bucket,
        key=fields["key"],
        status=int(status) if status in ("200", "201") else 204,
        redirect=redirect,
        expires_at_s=expires_at_s,
    )
    return put, posted


def answer(posted: Posted, response: HttpResponse) -> HttpResponse:
    """Return the answer to a form from the answer to its PUT."""
    if response.status != 200:
        return response
    etag = dict(response.headers).get("ETag", "")
    headers = (*response.headers, ("Location", posted.location))
    if posted.redirect:
        parts = urlsplit(posted.redirect)
        about = [("bucket", posted.bucket), ("key", posted.key), ("etag", etag)]
        location = urlunsplit(parts._replace(query=urlencode(parse_qsl(parts.query) + about)))
        return HttpResponse(status=303, headers=(*response.headers, ("Location", location)))
    if posted.status != 201:
        return HttpResponse(status=posted.status, headers=headers)
    members = {"Location": posted.location, "Bucket": posted.bucket, "Key": posted.key, "ETag": etag}
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in members.items())
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>{inner}</PostResponse>'
    return HttpResponse(status=201, headers=(*headers, ("Content-Type", "application/xml")), body=text.encode())


# --- the form ------------------------------------------------------------------------------------------------


def _fields(request: HttpRequest) -> tuple[dict[str, str], bytes | None]:
    """Return the fields before the file, names in lower case, and the file's content."""
    fields: dict[str, str] = {}
    size_bytes = 0
    for name, filename, content in _parts(request):
        if name == "file":
            fields["key"] = fields.get("key", "").replace("${filename}", filename)
            return fields, content
        size_bytes += len(name) + len(content)
        if size_bytes > _FIELDS_BYTES_MAX:
            message = "Your POST request fields preceding the upload file were too large."
            raise ApiError("MaxPostPreDataLengthExceeded", message)
        fields[name] = content.decode(errors="replace")
    return fields, None


def _parts(request: HttpRequest) -> Iterator[tuple[str, str, bytes]]:
    """Yield name, file name and content of every part."""
    kind = HeaderParser().parsestr(f"Content-Type: {request.headers.get('content-type')}\n\n")
    boundary = kind.get_boundary("")
    if not boundary:
        raise _malformed()
    body, mark = b"\r\n" + request.body, b"\r\n--" + boundary.encode()
    at = body.find(mark)
    while at >= 0:
        at += len(mark)
        end = body.find(mark, at)
        if body.startswith(b"--", at):
            return
        blank = body.find(b"\r\n\r\n", at)
        if end < 0 or not 0 <= blank < end:
            raise _malformed()
        head = HeaderParser().parsestr(body[at + 2 : blank].decode(errors="replace"))
        name = head.get_param("name", "", "content-disposition")
        yield str(name).lower(), (head.get_filename("") or "").rpartition("/")[2], body[blank + 4 : end]
        at = end
    raise _malformed()


def _malformed() -> ApiError:
    message = "The body of your POST request is not well-formed multipart/form-data."
    return ApiError("MalformedPOSTRequest", message)


def _query(fields: Mapping[str, str]) -> str:
    """Return what a presigned URL would say of the signer."""
    if "x-amz-credential" in fields:
        return urlencode({"X-Amz-Credential": fields["x-amz-credential"]})
    if "awsaccesskeyid" in fields:
        return urlencode({"AWSAccessKeyId": fields["awsaccesskeyid"]})
    return ""


def _headers(request: HttpRequest, fields: Mapping[str, str]) -> Headers:
    named = [
        (name, value)
        for name, value in fields.items()
        if name in _HEADERS or name.startswith(("x-amz-meta-", "x-amz-storage", "x-amz-server", "x-amz-checksum"))
    ]
    if "acl" in fields:
        named.append(("x-amz-acl", fields["acl"]))
    if "tagging" in fields:
        named.append(("x-amz-tagging", _tagging(fields["tagging"])))
    return Headers([("host", request.headers.get("host")), *named])


def _tagging(document: str) -> str:
    """Return the tags of an XML document as the header has them."""
    parts = [part.partition("</Tag>")[0] for part in document.split("<Tag>")[1:]]
    return urlencode([(_inner(part, "Key"), _inner(part, "Value")) for part in parts])


def _inner(text: str, name: str) -> str:
    return unescape(text.partition(f"<{name}>")[2].partition(f"</{name}>")[0])


# --- the policy ----------------------------------------------------------------------------------------------


def _check_policy(fields: Mapping[str, str], bucket: str, size_bytes: int) -> int:
    """Check a form against its policy, if it has one; return the epoch second at which that expires, else 0."""
    if "policy" not in fields:
        return 0
    try:
        policy = msgspec.json.decode(base64.b64decode(fields["policy"]))
        expires_at = datetime.fromisoformat(policy["expiration"])
        conditions = [_condition(each) for each in policy["conditions"]]
    except (ValueError, KeyError, TypeError, binascii.Error, msgspec.DecodeError) as error:
        raise ApiError("InvalidPolicyDocument", "Invalid Policy: Invalid JSON.") from error
    values = {**fields, "bucket": bucket}
    named = {name for _, name, _ in conditions}
    for operator, name, value in conditions:
        if operator == "content-length-range":
            _check_size(size_bytes, *value)
        elif name not in values or not _is_met(operator, values[name], value):
            shown = f'["{operator}", "${name}", "{value}"]'
            raise _refused(f"Invalid according to Policy: Policy Condition failed: {shown}")
    for name in fields:
        if name not in named and name not in _UNSAID_IN_POLICY and not name.startswith("x-ignore-"):
            raise _refused(f"Invalid according to Policy: Extra input fields: {name}")
    return int(expires_at.timestamp())


def _condition(given: Any) -> tuple[str, str, Any]:
    """Return operator, field and value of a condition; an object is short for `eq`."""
    if isinstance(given, dict):
        ((name, value),) = given.items()
        return "eq", name.lower(), str(value)
    operator, name, value = given
    if operator == "content-length-range":
        return operator, "", (int(name), int(value))
    if operator not in ("eq", "starts-with"):
        raise ValueError(operator)
    return operator, str(name).removeprefix("$").lower(), str(value)


def _is_met(operator: str, value: str, wanted: str) -> bool:
    return value == wanted if operator == "eq" else value.startswith(wanted)


def _check_size(size_bytes: int, least: int, most: int) -> None:
    if size_bytes < least:
        message = "Your proposed upload is smaller than the minimum allowed size"
        raise ApiError("EntityTooSmall", message, fields={"ProposedSize": size_bytes, "MinSizeAllowed": least})
    if size_bytes > most:
        message = "Your proposed upload exceeds the maximum allowed size"
        raise ApiError("EntityTooLarge", message, fields={"ProposedSize": size_bytes, "MaxSizeAllowed": most})


def _refused(message: str) -> ApiError:
    return ApiError("AccessDenied", message, status=403)
