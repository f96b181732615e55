"""Which service, operation, region and account does a request mean?

Nothing is looked up here: what the request itself says is read, in this order: the scope of its signature, its target,
its path, its form, its host. A request that says nothing is S3's, whose paths may be anything.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal

import msgspec
from msgspec import Struct

from eventsim.place import is_region
from eventsim.wire import query
from eventsim.wire.access_key import account_of
from eventsim.wire.http import HttpRequest
from eventsim.wire.services import BY_ENDPOINT, BY_TARGET, BY_VERSION, service_signed
from eventsim.wire.text import Unreadable
from eventsim.wire.uri import read_query

Form = Literal["target", "action", "rpc", "uri"]
"""How a request names its operation: `X-Amz-Target`, `Action=`, `/service/…/operation/…`, or by method and URI."""

_SUFFIXES: Final = (".amazonaws.com", ".amazonaws.com.cn", ".localhost", ".localhost.localstack.cloud")
_CREDENTIAL: Final = re.compile(r"Credential=([^,\s]+)")
_SIGNATURE_V2: Final = re.compile(r"AWS ([^:\s]+):\S+")
_RPC: Final = re.compile(r"/service/([\w.]+)/operation/(\w+)")
_QUEUE_URL: Final = re.compile(r"(?:/queue(?:/([a-z0-9-]+))?)?/(\d{12})/[\w-]+(?:\.fifo)?/?", re.ASCII)
_SNS_ARN: Final = re.compile(r"arn:[a-z-]+:sns:([a-z0-9-]+):(\d{12}):", re.ASCII)
"""A topic or a subscription: the links in notifications name one, and bear no signature."""
_LAMBDA: Final = re.compile(
    r"/20\d\d-\d\d-\d\d/(?:account-settings|capacity-providers|code-signing-configs|durable-execution|"
    r"event-source-mappings|functions|layers|resource-policy|tags)"
)

_SIGNING: Final = frozenset(
    f"X-Amz-{name}"
    for name in ("Algorithm", "Credential", "Date", "Expires", "Security-Token", "Signature", "SignedHeaders")
)
"""What a presigned URL says of its signature."""

_UNHOISTED: Final = ("x-amz-checksum-", "x-amz-sdk-checksum-algorithm")
"""Headers that count as headers only. The JavaScript SDK hoists the checksum of the body that it does not have yet."""


_PRESIGNED_S_MAX: Final = 604_800
"""A presigned URL is good for a week at most (unconfirmed)."""

_EPOCH_S_MAX: Final = 253_402_300_799
"""The end of the year 9999."""

_NUMBER: Final = re.compile(r"-?[0-9]{1,12}")


class Home(Struct, frozen=True, kw_only=True, gc=False):
    """Where requests that do not say it are at home."""

    region: str = "us-east-1"
    account_id: str = "000000000000"


class Route(Struct, frozen=True, kw_only=True, gc=False):
    """What a request says of its aim.

    Attributes:
        service: botocore's name, or what stands there instead of one.
        form: how the operation is named.
        operation: its name, or "" when method and URI say it, or nothing does.
        session_token: what a presigned URL has of temporary credentials, or "".
        bucket: the bucket that the host names, or "".
        queue_url: the URL of the queue that the request was sent to, or "".
        expires_at_s: the epoch second until which a presigned URL is good; 0 for what does not expire.
        flaw: what is wrong with the signature, or "".
        is_malformed: the query string, the form or the compression cannot be read.
    """

    service: str
    form: Form
    operation: str
    region: str
    account_id: str
    access_key_id: str = ""
    session_token: str = ""
    bucket: str = ""
    queue_url: str = ""
    expires_at_s: int = 0
    flaw: str = ""
    is_malformed: bool = False


class _Signature(Struct, frozen=True, kw_only=True, gc=False):
    access_key_id: str = ""
    session_token: str = ""
    region: str = ""
    service: str = ""
    expires_at_s: int = 0
    flaw: str = ""


class _Host(Struct, frozen=True, kw_only=True, gc=False):
    service: str = ""
    region: str = ""
    bucket: str = ""
    label: str = ""


def route(request: HttpRequest, home: Home) -> Route:
    """Return what a request says of its aim; whatever it does not say comes from home."""
    values = request.headers.by_name
    form, is_malformed = _form(request)
    signature = _signature(request, form)
    target, path, host = values.get("x-amz-target", ""), request.path, values.get("host", "")
    if "smithy-protocol" in values or form or is_malformed or not target:
        rpc = _RPC.fullmatch(path) if "smithy-protocol" in values else None
        return _lead(target, signature, path, host, home, form=form, rpc=rpc, is_malformed=is_malformed)
    return _lead_by_target(target, signature, path, host, home)


@lru_cache(maxsize=100)
def _lead_by_target(target: str, signature: _Signature, path: str, host: str, home: Home) -> Route:
    """Return where a request leads that names its operation in a header: a client sends the same ones over and over."""
    return _lead(target, signature, path, host, home)


def _lead(
    header: str,
    signature: _Signature,
    path: str,
    host_header: str,
    home: Home,
    *,
    form: Mapping[str, str] = MappingProxyType({}),
    rpc: re.Match[str] | None = None,
    is_malformed: bool = False,
) -> Route:
    """Return where a request leads.

    Args:
        header: `X-Amz-Target`.
        form: the fields of its query string and its form.
        rpc: what its path says, if that is Smithy's.
        is_malformed: whether these cannot be read.
    """
    target, _, operation = header.rpartition(".")
    host = _read_host(host_header)
    how: Form = "target" if target else "rpc" if rpc else "action" if "Action" in form else "uri"
    if rpc is not None:
        target, operation = rpc[1].rpartition(".")[2], rpc[2]
    elif how == "action":
        operation = form["Action"]
    queue_url = _QUEUE_URL.fullmatch(path)
    version = form.get("Version", "")
    link = _SNS_ARN.match(form.get("TopicArn") or form.get("SubscriptionArn", "")) if how == "action" else None
    if signature.service:
        service = service_signed(signature.service, target, path, version)
    elif link:
        service = "sns"
    else:
        service = _unsigned_service(path, target, how, version, host, is_queue_url=queue_url is not None)
    queue = queue_url if service == "sqs" else None
    named = queue or link
    return Route(
        service=service,
        form=how,
        operation=operation,
        region=signature.region or host.region or (named and named[1]) or home.region,
        account_id=_account_of(signature, named[2] if named else None, home),
        access_key_id=signature.access_key_id,
        session_token=signature.session_token,
        bucket=(host.bucket or host.label) if service == "s3" else "",
        queue_url=f"http://{host_header}{path}" if queue else "",
        expires_at_s=signature.expires_at_s,
        flaw=signature.flaw,
        is_malformed=is_malformed,
    )


def _account_of(signature: _Signature, named_account_id: str | None, home: Home) -> str:
    """Return the account that the access key is, or is a temporary one of; without a key, that of a URL or an ARN."""
    key = signature.access_key_id
    if not key:
        return named_account_id or home.account_id
    return account_of(key) or home.account_id


def _form(request: HttpRequest) -> tuple[Mapping[str, str], bool]:
    """Return the fields of the query string and of the form, and whether they cannot be read."""
    if not request.query and not query.is_form(request):
        return {}, False
    try:
        return query.form_of(request), False
    except Unreadable:
        return {}, True


def _unsigned_service(path: str, target: str, how: Form, version: str, host: _Host, *, is_queue_url: bool) -> str:
    """Return the service that an unsigned request means."""
    if target:
        return BY_TARGET.get(target, target)
    if _LAMBDA.match(path):
        return "lambda"
    if how == "action" and version:
        return BY_VERSION.get(version, host.service or "sqs")
    if host.service:
        return host.service
    return "sqs" if is_queue_url or (how == "action" and path == "/") else "s3"


def _signature(request: HttpRequest, form: Mapping[str, str]) -> _Signature:
    """Return whose signature a request bears, and for which region and service. Signatures are not verified."""
    values = request.headers.by_name
    header = values.get("authorization", "")
    if header.startswith("AWS4-"):
        credential = _CREDENTIAL.search(header)
        if credential is None:
            return _Signature(flaw="Authorization header requires 'Credential' parameter.")
        return _scope(credential[1], values.get("x-amz-region-set", ""))
    old = _SIGNATURE_V2.fullmatch(header)
    if old is not None:
        return _Signature(access_key_id=old[1])
    try:
        expires_at_s = _expires_at_s(form)
    except ValueError as error:
        return _Signature(flaw=str(error))
    if "X-Amz-Credential" in form:
        scope = _scope(form["X-Amz-Credential"], form.get("X-Amz-Region-Set", ""))
        token = form.get("X-Amz-Security-Token", "")
        return msgspec.structs.replace(scope, session_token=token, expires_at_s=expires_at_s)
    return _Signature(
        access_key_id=form.get("AWSAccessKeyId", ""),
        session_token=form.get("x-amz-security-token", ""),
        expires_at_s=expires_at_s,
    )


def _expires_at_s(form: Mapping[str, str]) -> int:
    """Return when a presigned URL expires: the older signature says it, the newer says when and for how long.

    Raises:
        ValueError: a date or a number is none, or beyond a week; in S3's words.
    """
    if "X-Amz-Expires" in form:
        lasts_s = _seconds(form["X-Amz-Expires"], "X-Amz-Expires")
        if lasts_s > _PRESIGNED_S_MAX:
            raise ValueError(
                "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less "
                f"than {_PRESIGNED_S_MAX} seconds"
            )
        return _signed_at_s(form.get("X-Amz-Date", "")) + lasts_s
    return _seconds(form["Expires"], "Expires") if "AWSAccessKeyId" in form and "Expires" in form else 0


def _signed_at_s(text: str) -> int:
    try:
        return int(datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp())
    except ValueError:
        raise ValueError("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"") from None


def _seconds(text: str, name: str) -> int:
    if _NUMBER.fullmatch(text) is None or int(text) > _EPOCH_S_MAX:
        raise ValueError(f"{name} should be a number")
    if text.startswith("-"):
        raise ValueError(f"{name} must be non-negative")
    return int(text)


@lru_cache(maxsize=100)
def _scope(credential: str, region_set: str) -> _Signature:
    """Read `KEY/DATE/REGION/SERVICE/aws4_request`, or SigV4a's scope, which has a set of regions beside it."""
    match credential.split("/"):
        case [key, _, region, service, "aws4_request"] if key and service:
            return _Signature(access_key_id=key, region=region, service=service)
        case [key, _, service, "aws4_request"] if key and service:
            first = region_set.partition(",")[0].strip()
            return _Signature(access_key_id=key, region="" if "*" in first else first, service=service)
        case _:
            return _Signature(
                flaw="Credential must have exactly 5 slash-delimited elements, e.g. "
                f"keyid/date/region/service/term, got {credential!a}"
            )


@lru_cache(maxsize=100)
def _read_host(header: str) -> _Host:
    """Return what a host tells: of a service of AWS's at AWS or at home, or a bucket."""
    host = header.lower().rpartition(":")[0] if re.search(r":\d+$", header) else header.lower()
    suffix = next((suffix for suffix in _SUFFIXES if host.endswith(suffix)), "")
    labels = host.removesuffix(suffix).split(".") if suffix else []
    if not labels or "lambda-url" in labels or "execute-api" in labels:
        return _Host()
    for at in reversed(range(len(labels))):
        if labels[at] == "s3" or labels[at].startswith("s3-"):
            return _s3_host(labels[:at], labels[at], labels[at + 1 :])
    if labels[-1] == "queue":
        return _Host(service="sqs", region=labels[0] if len(labels) > 1 else "")
    region = labels.pop() if is_region(labels[-1]) else ""
    name = ".".join(labels)
    if name in BY_ENDPOINT:
        return _Host(service=BY_ENDPOINT[name], region=region, label="" if region else name)
    return _Host(service="s3", bucket=name) if "localhost" in suffix and not region else _Host(region=region)


def _s3_host(before: list[str], label: str, after: list[str]) -> _Host:
    region = next((part for part in [label.removeprefix("s3-"), *after] if is_region(part)), "")
    service = "s3control" if label == "s3-control" else "s3"
    return _Host(service=service, region=region, bucket=".".join(before))


def path_style(path: str, bucket: str) -> str:
    """Return a path with the bucket in front that its host named."""
    return f"/{bucket}{path}" if bucket else path


def hoisted_headers(request: HttpRequest) -> dict[str, str | None]:
    """Return the headers of S3's that a presigned URL bears in its query, as some SDKs write them."""
    if "X-Amz-Credential=" not in request.query:
        return {}
    return {
        name.lower(): values[-1]
        for name, values in read_query(request.query).items()
        if name.lower().startswith("x-amz-")
        and name.lower() not in request.headers
        and name not in _SIGNING
        and not name.lower().startswith(_UNHOISTED)
    }
