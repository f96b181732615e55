"""Do we and botocore understand each other? What one writes the other reads back, for every operation of a service."""

import datetime
import io
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.awsrequest import create_request_object, prepare_request_dict
from botocore.errorfactory import ClientExceptionsFactory
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from eventsim import ApiError
from eventsim.wire.answer import encode, encode_error, read
from eventsim.wire.exchange import Call, Exchange
from eventsim.wire.http import Headers, HttpRequest, HttpResponse
from eventsim.wire.models import Operation, Shape, find_service
from eventsim.wire.route import Home

SERVICES = ("sqs", "s3", "lambda", "sts", "logs", "cloudwatch", "sns", "kinesis", "dynamodb")
LOADER = Loader()
MODELS = {name: ServiceModel(LOADER.load_service_model(name, "service-2"), name) for name in SERVICES}
PROTOCOLS = {"cloudwatch": ("smithy-rpc-v2-cbor", "query")}
OURS = {"smithy-rpc-v2-cbor": "cbor"}
ID = "11111111-2222-3333-4444-555555555555"

NOT_SAID = {"ContentLength"}
"""What HTTP itself says of a body."""

ALWAYS_SAID = {"ContentType", "Policy"}
"""What has a default on the wire, so that absent and default look the same."""

ELSEWHERE = {
    *("GetBucketLifecycle", "PutBucketLifecycle", "GetBucketNotification", "PutBucketNotification"),  # deprecated twins
    *("ListDirectoryBuckets", "WriteGetObjectResponse"),  # at endpoints of their own
}
DEPTH_MAX = 3

JSON_TEXT = st.text(max_size=6)
XML_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=6)
HEADER_TEXT = st.text(st.sampled_from("abcXYZ019 -_./:;=+@()"), min_size=1, max_size=8).map(str.strip).filter(bool)
TOKEN = st.text(st.sampled_from("abcxyz019-"), min_size=3, max_size=8)
DATES = st.datetimes(datetime.datetime(1971, 1, 2), datetime.datetime(2099, 1, 1), timezones=st.just(datetime.UTC))
QUICK = settings(
    max_examples=2,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def spoken() -> list[Any]:
    """Return every service in every protocol of it."""
    return [
        pytest.param(name, protocol, id=f"{name}-{protocol}")
        for name, model in MODELS.items()
        for protocol in PROTOCOLS.get(name, (model.resolved_protocol,))
    ]


def operations(service: str) -> list[str]:
    """Return the operations of a service."""
    return [name for name in MODELS[service].operation_names if name not in ELSEWHERE]


def values(shape: Shape, protocol: str, depth: int = 0) -> st.SearchStrategy[Any]:
    """Return a strategy for values of a shape."""
    match shape.kind:
        case "structure" if shape.is_document:
            return st.just({"any": ["thing", 1, None]})
        case "structure":
            return structures(shape, protocol, depth)
        case "list":
            return st.lists(values(shape.member, protocol, depth + 1), min_size=1, max_size=2)
        case "map":
            keys = TOKEN if shape.location else values(shape.key, protocol, depth + 1)
            return st.dictionaries(keys, values(shape.value, protocol, depth + 1), min_size=1, max_size=2)
        case "string" | "character":
            return texts(shape, protocol)
        case "integer":
            return st.sampled_from([200, 202]) if shape.location == "statusCode" else st.integers(-(2**31), 2**31 - 1)
        case "long":
            return st.integers(-(2**63), 2**63 - 1)
        case "float" | "double":
            return st.floats(allow_nan=False, allow_infinity="json" not in protocol, width=32)
        case "boolean":
            return st.booleans()
        case "timestamp":
            unit = 1_000_000 if shape.location or shape.timestamp_format == "rfc822" else 1_000
            return DATES.map(lambda date: date.replace(microsecond=date.microsecond // unit * unit))
        case _:
            return st.binary(max_size=6)


def texts(shape: Shape, protocol: str) -> st.SearchStrategy[Any]:
    """Return a strategy for texts that can stand where the shape stands."""
    if shape.is_json_text:
        return st.just({"any": ["thing", 1, None]})
    if shape.enum:
        return st.sampled_from(shape.enum)
    if shape.location == "uri" and shape.name == "BucketName":
        return TOKEN
    match shape.location:
        case "uri":
            return st.text(min_size=1, max_size=6)
        case "header":
            return HEADER_TEXT
        case _ if shape.name == "Policy":
            return JSON_TEXT.filter(bool)
        case _:
            return JSON_TEXT if "json" in protocol or "cbor" in protocol else XML_TEXT


def structures(shape: Shape, protocol: str, depth: int) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for structures: all that is required, and some of the rest while it is not too deep."""
    members = {name: member for name, member in shape.members.items() if name not in NOT_SAID}
    if shape.is_union:
        members = {name: member for name, member in members.items() if depth < DEPTH_MAX or is_plain(member)}
        return st.one_of(
            [st.fixed_dictionaries({name: values(member, protocol, depth + 1)}) for name, member in members.items()]
        )
    wanted = {
        name: later(member, protocol, depth + 1)
        for name, member in members.items()
        if name in shape.required or depth < DEPTH_MAX or is_plain(member)
    }
    required = {name: value for name, value in wanted.items() if name in shape.required or is_always_said(name, shape)}
    optional = {name: value for name, value in wanted.items() if name not in required}
    chosen = st.lists(st.sampled_from(sorted(optional)), max_size=3, unique=True) if optional else st.just([])
    return chosen.flatmap(lambda names: st.fixed_dictionaries(required | {name: optional[name] for name in names}))


def later(shape: Shape, protocol: str, depth: int) -> st.SearchStrategy[Any]:
    """Return a strategy that is made when a value is drawn from it: most members are not."""

    def define() -> st.SearchStrategy[Any]:
        return listed(shape, protocol, depth)

    return st.deferred(define)


def listed(shape: Shape, protocol: str, depth: int) -> st.SearchStrategy[Any]:
    """Return a strategy for a member; what a list in a header holds must suit a header."""
    if shape.kind == "list" and shape.location == "header" and shape.member.kind == "string":
        return st.lists(st.sampled_from(shape.member.enum) if shape.member.enum else TOKEN, min_size=1, max_size=3)
    if shape.kind == "map" and shape.location == "headers":
        return st.dictionaries(TOKEN, HEADER_TEXT, min_size=1, max_size=2)
    return values(shape, protocol, depth)


def is_always_said(name: str, shape: Shape) -> bool:
    """Tell whether an answer has something there in any case: a status, a type, a body."""
    return shape.members[name].location == "statusCode" or name in ALWAYS_SAID


def is_plain(shape: Shape) -> bool:
    """Tell whether a shape holds no other."""
    return shape.kind not in ("structure", "list", "map")


def plain(value: Any) -> Any:
    """Return a value with files read, and without what is empty: forms and XML cannot tell empty from absent."""
    if hasattr(value, "read"):
        return plain(value.read())
    if isinstance(value, Mapping):
        pairs = {name: plain(item) for name, item in value.items()}
        return {name: item for name, item in pairs.items() if item not in ({}, [], b"", None)}
    return [item for item in map(plain, value) if item != {}] if isinstance(value, list) else value


def sent(service: str, protocol: str, operation: str, parameters: dict[str, Any]) -> HttpRequest:
    """Return the request that botocore sends."""
    model = MODELS[service]
    request = create_serializer(protocol, include_validation=False).serialize_to_request(
        parameters, model.operation_model(operation)
    )
    prepare_request_dict(request, "http://localhost:4566")
    prepared = create_request_object(request).prepare()
    path, _, query = prepared.url.removeprefix("http://localhost:4566").partition("?")
    scope = f"AWS4-HMAC-SHA256 Credential=key/20260101/eu-west-1/{model.signing_name}/aws4_request, SignedHeaders=host"
    headers = {**{name: str(value) for name, value in prepared.headers.items()}, "Authorization": scope}
    body = prepared.body or b""
    body = body.encode() if isinstance(body, str) else body
    return HttpRequest(method=prepared.method, path=path, query=query, headers=Headers(headers), body=body)


def received(service: str, protocol: str, operation: str, response: HttpResponse) -> dict[str, Any]:
    """Return what botocore's parser makes of a response."""
    model = MODELS[service].operation_model(operation)
    body: Any = response.body
    if model.has_streaming_output and isinstance(body, bytes):
        body = io.BytesIO(body)
    message = {"status_code": response.status, "headers": Lower(dict(response.headers)), "body": body, "context": {}}
    parsed: dict[str, Any] = create_parser(protocol).parse(message, model.output_shape)
    return parsed


class Lower(dict[str, str]):
    """Headers as botocore's parsers look them up: without case."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__({name.lower(): value for name, value in headers.items()})

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())


def call_of(service: str, protocol: str, operation: str) -> Call:
    """Return a call of an operation, to be answered."""
    ours: Any = OURS.get(protocol, protocol)
    model = find_service(service, ours)
    assert model is not None
    exchange = Exchange(service=model, protocol=ours, region="eu-west-1", account_id="0" * 12, request_id=ID)
    return Call(exchange=exchange, operation=known(model.operation(operation)), parameters={})


def known(operation: Operation | None) -> Operation:
    """Return an operation that is there."""
    assert operation is not None
    return operation


@pytest.mark.parametrize(("service", "protocol"), spoken())
def test_what_botocore_sends_we_read(service: str, protocol: str) -> None:
    """Parameters come out as they went in, and the request is known for what it is."""
    for operation in operations(service):
        shape = call_of(service, protocol, operation).operation.input
        if shape is not None and not shape.event_stream:
            check_request(service, protocol, operation, shape)


def check_request(service: str, protocol: str, operation: str, shape: Shape) -> None:
    """Send and read some parameters."""

    @QUICK
    @given(values(shape, protocol))
    def check(parameters: dict[str, Any]) -> None:
        request = sent(service, protocol, operation, parameters)

        call = read(request, request_id=ID, home=Home())

        assert isinstance(call, Call), (operation, call)
        assert (call.operation.name, call.exchange.region) == (operation, "eu-west-1")
        said = {name: value for name, value in call.parameters.items() if name not in NOT_SAID}
        assert plain(said) == plain(parameters), operation

    check()


@pytest.mark.parametrize(("service", "protocol"), spoken())
def test_what_we_answer_botocore_reads(service: str, protocol: str) -> None:
    """Results come out as they went in."""
    for operation in operations(service):
        call = call_of(service, protocol, operation)
        shape = call.operation.output
        if shape is not None and not shape.event_stream and operation != "GetBucketLocation":
            check_answer(service, protocol, call, shape)


def check_answer(service: str, protocol: str, call: Call, shape: Shape) -> None:
    """Answer and read some results."""

    @QUICK
    @given(values(shape, protocol))
    def check(result: dict[str, Any]) -> None:
        parsed = received(service, protocol, call.operation.name, encode(call, result))

        metadata = parsed.pop("ResponseMetadata")
        assert metadata["RequestId"] in (ID, ID.replace("-", "")[:16].upper())
        assert plain(parsed) == plain(result), call.operation

    check()


@pytest.mark.parametrize(("service", "protocol"), spoken())
def test_errors_become_the_clients_exceptions(service: str, protocol: str) -> None:
    """Every error of the model is caught as an exception of the client, with message and status."""
    model = MODELS[service]
    exceptions = ClientExceptionsFactory().create_client_exceptions(model)
    call = call_of(service, protocol, operations(service)[0])
    for shape in model.error_shapes:
        error = ApiError(shape.error_code, "It is so.", status=409, shape=shape.name)

        parsed = received(service, protocol, call.operation.name, encode_error(call.exchange, error))

        assert parsed["Error"]["Message"] == "It is so."
        assert parsed["Error"]["Code"] == shape.error_code
        caught = exceptions.from_code(parsed["Error"]["Code"])
        assert caught.__name__ in {other.name for other in model.error_shapes if other.error_code == shape.error_code}
