"""Are the parameters such as the service takes? What AWS checks before an operation sees them, in its words.

A client library checks a part of this before it sends, but not every client is one. Most services stand on one
framework that checks every constraint of the model and reports all faults together. SQS and S3 do not: there the
operations check values themselves, and only what they rely on is checked here. S3 holds its documents against a schema,
which names the words that may stand where only some may.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from eventsim.errors import ApiError
from eventsim.wire.exchange import Parameters
from eventsim.wire.fitness import test_of
from eventsim.wire.models import Operation, Service, Shape
from eventsim.wire.pattern import fits

_CODES: Final[Mapping[str, str]] = {
    "apigatewayv2": "BadRequestException",
    "cloudwatch": "ValidationError",
    "logs": "InvalidParameterException",
}
"""What the framework's error is called where it differs from `ValidationError` (query) and `ValidationException`."""

_UNSPOKEN: Final[Mapping[str, tuple[type, ...]]] = {"dynamodb": (list, dict), "kinesis": (bytes,)}
"""Services that do not repeat what users store, and the kinds of values that they leave out, unless they are empty.

DynamoDB's messages name the addresses of what a list or a map holds, which mean nothing to anybody.
"""

_NAMED: Final = frozenset({"events"})
"""Services that tell of structures by their names (recorded for entries of `PutEvents`)."""

_SPOKEN_OF_BY_OPERATIONS: Final = frozenset(
    {"BucketLocationConstraint", "Event", "FilterRuleName", "Permission", "Protocol", "Type"}
)
"""Enumerations in S3's documents that its schema leaves alone: operations refuse their values, each in its words."""


_NULLS_NAMED: Final = frozenset({"lambda"})
"""Services that count among the constraints of each element that it is not null (recorded)."""

_SECRET: Final = object()
"""Stands for a value that the model marks as sensitive: no message repeats it."""

_INPUTS_NAMED: Final = frozenset({"apigateway"})
"""Services that tell of what stands in a body as of a member of their input: `putIntegrationInput.type`."""

_LEFT_TO_OPERATIONS: Final = frozenset({("lambda", "runtime")})
"""Services and the members that their operations check themselves, in words of their own."""

_FAULTS_MAX: Final = 10
"""Faults that one message tells of (unconfirmed)."""


class _Fault(Struct, frozen=True, kw_only=True, gc=False):
    """One constraint that does not hold.

    Attributes:
        path: where, in the framework's spelling, such as `tags.1.member.key`.
        value: what was sent; None if nothing was.
        constraint: what must be, such as `Member must not be null`.
        each: what must be so, if it is each of the value's elements: `Member`, `Map keys` or `Map value`.
        name: the member's own name.
        location: where the member stands on the wire, "" for the body.
        wire_name: the member's name there.
        shape: the value's own, None where nothing was sent.
    """

    path: str
    value: object
    constraint: str
    each: str = ""
    name: str
    location: str = ""
    wire_name: str = ""
    shape: Shape | None = None


def check(service: Service, operation: Operation, parameters: Parameters) -> None:
    """Check parameters against the model.

    Raises:
        ApiError: the service would refuse them.
    """
    if operation.input is None:
        return
    members = operation.input.members
    for name in parameters:
        if name not in members:  # a client library would have refused it
            known = ", ".join(members)
            message = f"Unknown parameter in input: {name!r}, must be one of: {known}"
            raise ApiError("ParamValidationError", message)
    if _fits(operation.input, parameters):
        return
    match service.name:
        case "sqs":
            for fault in _missing(operation.input, parameters, ""):
                if fault.path != "entries":  # a form cannot tell an empty list from none; the operation names it
                    raise _sqs_error(fault)
        case "s3":
            _check_s3(operation.input, parameters)
        case "apigatewaymanagementapi":  # it says itself what is too large, with a code of its own
            return
        case _:
            faults = [
                fault
                for fault in _faults(operation.input, parameters, "")
                if (service.name, fault.path) not in _LEFT_TO_OPERATIONS
            ]
            if faults:
                raise _framework_error(service, operation, faults)


def _fits(shape: Shape, parameters: Parameters) -> bool:
    try:
        return test_of(shape)(parameters)
    except (TypeError, AttributeError):  # a value of another type, which only callers in process can give
        return False


def _sqs_error(fault: _Fault) -> ApiError:
    message = f"The request must contain the parameter {fault.name}."
    return ApiError("MissingParameter", message, shape="MissingRequiredParameterException")


def _check_s3(shape: Shape, parameters: Parameters) -> None:
    for fault in _missing(shape, parameters, ""):
        raise _s3_error(fault, shape.payload)
    if _holds_foreign_words(shape, parameters):
        raise _malformed_xml()


def _s3_error(fault: _Fault, payload: str) -> ApiError:
    """Return what S3 says of something missing (codes and words are unconfirmed, but for MalformedXML)."""
    match fault.location:
        case "header":
            return ApiError("InvalidRequest", f"Missing required header for this request: {fault.wire_name}")
        case "querystring":
            fields = {"ArgumentName": fault.wire_name}
            return ApiError("InvalidArgument", f"This operation requires {fault.wire_name}", fields=fields)
        case _ if fault.path == _lower(payload):
            return ApiError("MissingRequestBodyError", "Request Body is empty")
        case _:
            return _malformed_xml()


def _malformed_xml() -> ApiError:
    return ApiError(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )


def _holds_foreign_words(shape: Shape, value: Any) -> bool:
    """Tell whether a document has a word where the schema wants one of others."""
    match shape.kind:
        case "structure" if isinstance(value, Mapping):
            return any(
                not member.location and _holds_foreign_words(member, value[name])
                for name, member in shape.members.items()
                if member.is_constrained and value.get(name) is not None
            )
        case "list" if isinstance(value, list | tuple):
            return any(_holds_foreign_words(shape.member, item) for item in value)
        case "string" if shape.enum and shape.name not in _SPOKEN_OF_BY_OPERATIONS:
            return value not in shape.enum
        case _:
            return False


def _framework_error(service: Service, operation: Operation, faults: list[_Fault]) -> ApiError:
    code = "ValidationError" if service.protocol == "query" else "ValidationException"
    own = _CODES.get(service.name, code)
    if own in operation.errors or code not in operation.errors:  # newer operations may declare the usual one alone
        code = own
    some = faults[:_FAULTS_MAX]
    words = "; ".join(
        f"Value{_spoken(fault, service)} at '{_place(fault, service, operation)}' failed to satisfy constraint: "
        f"{_required(fault, service)}"
        for fault in some
    )
    return ApiError(code, f"{len(some)} validation error{'s' if len(some) > 1 else ''} detected: {words}")


def _place(fault: _Fault, service: Service, operation: Operation) -> str:
    """Return where a fault is, as a message tells it."""
    if service.name not in _INPUTS_NAMED or operation.input is None:
        return fault.path
    first = fault.path.partition(".")[0]
    is_in_body = any(_lower(name) == first and not each.location for name, each in operation.input.members.items())
    return f"{_lower(operation.name)}Input.{fault.path}" if is_in_body else fault.path


def _required(fault: _Fault, service: Service) -> str:
    """Return the constraint as a message tells it."""
    if not fault.each:
        return fault.constraint
    end = ", Member must not be null" if service.name in _NULLS_NAMED else ""
    return f"{fault.each} must satisfy constraint: [{fault.constraint}{end}]"


def _spoken(fault: _Fault, service: Service) -> str:
    """Return a value as a message tells it, "" if the service keeps it to itself."""
    value = fault.value
    if value is _SECRET or (value and isinstance(value, _UNSPOKEN.get(service.name, ()))):
        return ""
    if service.name in _NAMED and fault.shape is not None:
        return f" '{_named(fault.shape, value)}'"
    return " null" if value is None else f" '{_java(value)}'"


def _named(shape: Shape, value: Any) -> str:
    """Return a value as a service prints it that names its structures, with all their members."""
    match shape.kind:
        case "structure" if isinstance(value, Mapping):
            members = (f"{_lower(name)}={_named(each, value.get(name))}" for name, each in shape.members.items())
            return f"{shape.name}({', '.join(members)})"
        case "list" if isinstance(value, list | tuple):
            return f"[{', '.join(_named(shape.member, each) for each in value)}]"
        case _:
            return _java(value)


def _java(value: object) -> str:
    """Return a value as the framework, which is Java, prints it."""
    match value:
        case bool():
            return str(value).lower()
        case list():
            return f"[{', '.join(_java(item) for item in value)}]"
        case dict():
            return "{" + ", ".join(f"{key}={_java(item)}" for key, item in value.items()) + "}"
        case bytes():
            return f"java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]"
        case None:
            return "null"
        case _:
            return str(value)


def _missing(shape: Shape, values: Mapping[str, Any], path: str) -> Iterator[_Fault]:
    """Yield what is required and absent, and nulls in lists."""
    for name in shape.required:
        if values.get(name) is None:
            member = shape.members[name]
            yield _Fault(
                path=_below(path, name),
                value=None,
                constraint="Member must not be null",
                name=name,
                location=member.location,
                wire_name=member.wire_name or name,
            )
    for name, value in values.items():
        inner = shape.members.get(name)
        if value is not None and inner is not None and inner.is_constrained:
            yield from _missing_inside(inner, value, _below(path, name), name)


def _missing_inside(shape: Shape, value: Any, path: str, name: str) -> Iterator[_Fault]:
    if value is None:
        yield _Fault(path=path, value=None, constraint="Member must not be null", name=name)
    elif shape.kind == "structure" and not shape.is_document and not shape.is_event_stream:
        yield from _missing(shape, value, path)
    elif shape.kind == "list":
        for number, item in enumerate(value, 1):
            yield from _missing_inside(shape.member, item, f"{path}.{number}.member", name)
    elif shape.kind == "map":
        for key, item in value.items():
            yield from _missing_inside(shape.value, item, f"{path}.{key}.member", name)


def _faults(shape: Shape, values: Mapping[str, Any], path: str) -> Iterator[_Fault]:
    """Yield every constraint of the model that does not hold."""
    yield from _missing(shape, values, path)
    yield from _member_faults(shape, values, path)


def _member_faults(shape: Shape, values: Mapping[str, Any], path: str) -> Iterator[_Fault]:
    for name, value in values.items():
        member = shape.members.get(name)
        if member is not None and member.is_constrained:
            yield from _value_faults(member, value, _below(path, name), name)


def _value_faults(shape: Shape, value: Any, path: str, name: str) -> Iterator[_Fault]:
    if value is None:
        return
    told = _SECRET if shape.is_sensitive else value
    for constraint in _broken(shape, value):
        yield _Fault(path=path, value=told, constraint=constraint, name=name, shape=shape)
    yield from _faults_inside(shape, value, path, name)


def _faults_inside(shape: Shape, value: Any, path: str, name: str) -> Iterator[_Fault]:
    """Yield the faults of what a value holds."""
    match shape.kind:
        case "structure" if not shape.is_document and not shape.is_event_stream:
            yield from _member_faults(shape, value, path)
        case "list":
            yield from _element_faults(shape.member, value, path, name)
        case "map":
            yield from _entry_faults(shape, value, path, name)


def _entry_faults(shape: Shape, entries: dict[str, Any], path: str, name: str) -> Iterator[_Fault]:
    """Yield the faults of a map's entries: the limits of keys, and of values themselves, are told of the whole map."""
    if shape.has_limited_keys and any(any(_broken(shape.key, key)) for key in entries):
        yield _Fault(path=path, value=entries, constraint=_constraints(shape.key), each="Map keys", name=name)
    if any(item is not None and any(_broken(shape.value, item)) for item in entries.values()):
        yield _Fault(path=path, value=entries, constraint=_constraints(shape.value), each="Map value", name=name)
    for key, item in entries.items():
        if item is not None and shape.value.is_constrained:
            yield from _faults_inside(shape.value, item, f"{path}.{key}.member", name)


def _element_faults(shape: Shape, items: list[Any], path: str, name: str) -> Iterator[_Fault]:
    """Yield the faults of a list's elements: those of plain values are told of the whole list."""
    if shape.kind in ("structure", "list", "map"):
        for number, item in enumerate(items, 1):
            yield from _value_faults(shape, item, f"{path}.{number}.member", name)
    elif any(item is not None and any(_broken(shape, item)) for item in items):
        yield _Fault(path=path, value=items, constraint=_constraints(shape), each="Member", name=name)


def _broken(shape: Shape, value: Any) -> Iterator[str]:
    """Yield those of a shape's own constraints that a value breaks."""
    size = _size(shape, value)
    is_longer = shape.maximum is not None and size is not None and size > shape.maximum
    is_shorter = shape.minimum is not None and size is not None and size < shape.minimum
    if shape.enum and value not in shape.enum:
        yield _enum_words(shape)
    if is_longer:
        yield _limit_words(shape, "less", shape.maximum)
    if is_shorter:
        yield _limit_words(shape, "greater", shape.minimum)
    if shape.pattern and not is_longer and isinstance(value, str) and not fits(shape.pattern, value):
        yield _pattern_words(shape)


def _constraints(shape: Shape) -> str:
    """Return all of a shape's own constraints."""
    words: list[str] = []
    if shape.maximum is not None:
        words.append(_limit_words(shape, "less", shape.maximum))
    if shape.minimum is not None:
        words.append(_limit_words(shape, "greater", shape.minimum))
    if shape.pattern:
        words.append(_pattern_words(shape))
    if shape.enum:
        words.append(_enum_words(shape))
    return ", ".join(words)


def _enum_words(shape: Shape) -> str:
    told = _RECORDED_ORDERS.get(frozenset(shape.enum), shape.enum)
    return f"Member must satisfy enum value set: [{', '.join(told)}]"


_RECORDED_ORDERS = {
    frozenset(order): order
    for order in [
        ("LATEST", "AT_TIMESTAMP", "TRIM_HORIZON"),
        ("Terminate", "Allow"),
        ("HTTP", "MOCK", "AWS_PROXY", "HTTP_PROXY", "AWS"),
    ]
}
"""Enumerations whose values AWS names in another order than its model does (recorded)."""


def _pattern_words(shape: Shape) -> str:
    return f"Member must satisfy regular expression pattern: {shape.pattern}"


def _limit_words(shape: Shape, side: str, limit: float | None) -> str:
    what = "value" if shape.kind in ("integer", "long", "float", "double") else "length"
    return f"Member must have {what} {side} than or equal to {limit}"


def _size(shape: Shape, value: Any) -> float | None:
    """Return what limits apply to: a number itself, or a length, of texts in UTF-16 units as Java counts."""
    match shape.kind:
        case "integer" | "long" | "float" | "double" if isinstance(value, int | float):
            return value
        case "string" if isinstance(value, str):
            return len(value) if value.isascii() else len(value.encode("utf-16-le", "surrogatepass")) // 2
        case "list" | "map" if isinstance(value, list | tuple | dict):
            return len(value)
        case "blob":
            return len(value) if isinstance(value, bytes) else None
        case _:
            return None


def _below(path: str, name: str) -> str:
    return f"{path}.{_lower(name)}" if path else _lower(name)


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
