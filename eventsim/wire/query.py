"""The codec of forms: `Action=…` with dotted names in, XML out; EC2's dialect differs in names and wrappers."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec

from eventsim.errors import ApiError
from eventsim.wire import document, sqs_query
from eventsim.wire.exchange import Call, Exchange, Parameters, Result
from eventsim.wire.http import HttpRequest, HttpResponse
from eventsim.wire.models import Operation, Shape
from eventsim.wire.text import Unreadable, read_text
from eventsim.wire.uri import read_query
from eventsim.wire.xml import attribute_of, elements_of
from eventsim.wire.xml_values import XmlWriter

_DEPTH_MAX: Final = 32
"""Dots in one name; batches of messages with attributes have five."""

_INDEX_DIGITS_MAX: Final = 9

_encode = msgspec.json.Encoder().encode


class _Field:
    """What a form says under one name: a text, further names, or both."""

    __slots__ = ("fields", "text")

    def __init__(self) -> None:
        self.text: str | None = None
        self.fields: dict[str, _Field] = {}

    def numbered(self) -> "list[_Field]":
        """Return the fields called 1, 2, 3, …, in order of their numbers; gaps do not matter."""
        numbers = [name for name in self.fields if name.isdecimal() and len(name) <= _INDEX_DIGITS_MAX]
        return [self.fields[name] for name in sorted(numbers, key=int)]


def form_of(request: HttpRequest) -> dict[str, str]:
    """Return the fields of a request: those of the query string and those of a form in the body.

    Raises:
        Unreadable: there are too many, or they are not UTF-8.
    """
    form = {name: values[-1] for name, values in read_query(request.query).items()} if request.query else {}
    if request.body and is_form(request):
        try:
            text = request.body.decode()
        except UnicodeDecodeError as error:
            raise Unreadable("UTF-8", where="body") from error
        form |= {name: values[-1] for name, values in read_query(text).items()}
    return form


def is_form(request: HttpRequest) -> bool:
    """Tell whether the body is a form that names an action: `curl` calls whatever it sends a form."""
    if request.method != "POST" or not _is_of_form(request.headers.by_name.get("content-type", "")):
        return False
    return b"Action=" in request.body or "Action=" in request.query


@lru_cache(maxsize=100)
def _is_of_form(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded"


def parse(operation: Operation, request: HttpRequest, labels: Mapping[str, str], *, is_ec2: bool = False) -> Parameters:
    """Return an operation's parameters.

    Args:
        labels: what the URL says, such as the `QueueUrl` that a request was sent to; the form may say otherwise.

    Raises:
        ApiError: a name or a value is malformed.
    """
    if operation.input is None:
        return {}
    try:
        fields = _tree(form_of(request))
        values = _Reader(is_ec2=is_ec2).structure(operation.input, fields)
    except Unreadable as error:
        raise unreadable(error) from error
    return {name: value for name, value in labels.items() if name in operation.input.members} | values


def unreadable(error: Unreadable) -> ApiError:
    """Return what the query protocol says of a malformed request; the words are unconfirmed."""
    if error.where in ("body", "query"):
        return ApiError("MalformedQueryString", "The query string contains a syntax error.", status=404)
    return ApiError("MalformedInput", f"Value {error.value!r} is not of the type {error.kind}.")


def _tree(form: Mapping[str, str]) -> _Field:
    root = _Field()
    for name, text in form.items():
        steps = name.split(".", _DEPTH_MAX + 1)
        if len(steps) > _DEPTH_MAX:
            raise Unreadable("name", where="query")
        field = root
        for step in steps:
            field = field.fields.setdefault(step, _Field())
        field.text = text
    return root


class _Reader:
    """Reads values of shapes from fields."""

    def __init__(self, *, is_ec2: bool) -> None:
        self._is_ec2 = is_ec2

    def structure(self, shape: Shape, field: _Field) -> dict[str, Any]:
        """Return the members of a structure; what the model does not know is passed over."""
        values: dict[str, Any] = {}
        for name, member in shape.members.items():
            found = field.fields.get(self._name(name, member))
            if found is not None:
                values[name] = self._read(member, found)
        return values

    def _name(self, name: str, shape: Shape) -> str:
        if self._is_ec2:
            wire_name = shape.wire_name or name
            return shape.query_name or wire_name[:1].upper() + wire_name[1:]
        if shape.is_flattened and shape.kind == "list" and shape.member.wire_name:
            return shape.member.wire_name
        return shape.wire_name or name

    def _read(self, shape: Shape, field: _Field) -> Any:
        match shape.kind:
            case "structure":
                return self.structure(shape, field)
            case "list":
                return [self._read(shape.member, item) for item in self._items(shape, field)]
            case "map":
                entries = field if shape.is_flattened else field.fields.get("entry", _Field())
                # SQS's documentation writes `Attribute.Name=DelaySeconds&Attribute.Value=5` for a single one.
                several = entries.numbered() or ([entries] if shape.is_flattened else [])
                return dict(self._entry(shape, entry) for entry in several)
            case _:
                if field.text is None:
                    raise Unreadable(shape.kind.capitalize())
                return read_text(shape, field.text)

    def _items(self, shape: Shape, field: _Field) -> list[_Field]:
        if not shape.is_flattened and not self._is_ec2:
            field = field.fields.get(shape.member.wire_name or "member", _Field())
        items = field.numbered()
        return [field] if field.text and not items else items  # SQS's documentation writes `AttributeName=All`

    def _entry(self, shape: Shape, field: _Field) -> tuple[str, Any]:
        key = field.fields.get(shape.key.wire_name or "key")
        value = field.fields.get(shape.value.wire_name or "value")
        if key is None or key.text is None or value is None:
            raise Unreadable("Map")
        return key.text, self._read(shape.value, value)


def parse_ec2(operation: Operation, request: HttpRequest, labels: Mapping[str, str]) -> Parameters:
    """Return an operation's parameters, from EC2's names.

    Raises:
        ApiError: a name or a value is malformed.
    """
    return parse(operation, request, labels, is_ec2=True)


def serialise(call: Call, result: Result) -> HttpResponse:
    """Return the answer that holds a result, as XML; as JSON if the client asked for it."""
    operation, exchange = call.operation, call.exchange
    if exchange.wants_json:
        return _json_answer(call, result)
    writer = XmlWriter(is_exact=False)
    if operation.output is not None:
        wrapper = operation.output.result_wrapper
        writer.pieces.append(f"<{wrapper}>" if wrapper else "")
        writer.write_members(operation.output, result)
        writer.pieces.append(f"</{wrapper}>" if wrapper else "")
    writer.pieces.append(f"<ResponseMetadata><RequestId>{exchange.request_id}</RequestId></ResponseMetadata>")
    return _xml_answer(exchange, operation.status, f"{operation.name}Response", "".join(writer.pieces))


def serialise_ec2(call: Call, result: Result) -> HttpResponse:
    """Return the answer that holds a result, in EC2's form."""
    writer = XmlWriter(is_exact=True)
    writer.pieces.append(f"<requestId>{call.exchange.request_id}</requestId>")
    if call.operation.output is not None:
        writer.write_members(call.operation.output, result)
    return _xml_answer(call.exchange, call.operation.status, f"{call.operation.name}Response", "".join(writer.pieces))


def serialise_error(exchange: Exchange, error: ApiError) -> HttpResponse:
    """Return the answer that holds an error."""
    if error.code == "UnknownOperationException":  # recorded: a queue's URL without an action
        return _answer(exchange, error.status, "<UnknownOperationException/>")
    whose = "Sender" if error.status < 500 else "Receiver"
    is_sqs = exchange.service.name == "sqs"
    message = sqs_query.words_of(error.code, error.message) if is_sqs else error.message
    if exchange.wants_json:
        members = {"Code": error.code, "Message": message, "Type": whose, **error.fields}
        return _json(exchange, error.status, {"Error": members, "RequestId": exchange.request_id})
    members = {"Type": whose, "Code": error.code, "Message": message, **error.fields}
    detail = "<Detail/>" if is_sqs else ""  # recorded
    inner = f"<Error>{elements_of(members)}{detail}</Error><RequestId>{exchange.request_id}</RequestId>"
    return _xml_answer(exchange, error.status, "ErrorResponse", inner)


def serialise_ec2_error(exchange: Exchange, error: ApiError) -> HttpResponse:
    """Return the answer that holds an error, in EC2's form: without a namespace, and with the id in capitals."""
    inner = elements_of({"Code": error.code, "Message": error.message, **error.fields})
    text = f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>{exchange.request_id}</RequestID></Response>"
    return _answer(exchange, error.status, text)


def _xml_answer(exchange: Exchange, status: int, root: str, inner: str) -> HttpResponse:
    namespace = exchange.service.namespace
    start = f"<{root}{attribute_of('xmlns', namespace)}>" if namespace else f"<{root}>"
    return _answer(exchange, status, f"{start}{inner}</{root}>")


def _answer(exchange: Exchange, status: int, text: str) -> HttpResponse:
    headers = (("x-amzn-RequestId", exchange.request_id), ("Content-Type", "text/xml"))
    return HttpResponse(status=status, headers=headers, body=f'<?xml version="1.0"?>{text}'.encode())


def _json_answer(call: Call, result: Result) -> HttpResponse:
    """Return the XML answer's content as JSON, for clients that send `Accept: application/json` (recorded for SQS)."""
    name, shape = call.operation.name, call.operation.output
    content: dict[str, Any] = {"ResponseMetadata": {"RequestId": call.exchange.request_id}}
    if shape is not None and shape.result_wrapper:
        content = {shape.result_wrapper: _json_members(shape, result), **content}
    return _json(call.exchange, call.operation.status, {f"{name}Response": content})


def _json_members(shape: Shape, values: Mapping[str, Any]) -> dict[str, Any]:
    """Write members under their own names, null for those that are not there; one name differs (recorded)."""
    return {
        "messages" if name == "Messages" else name: _json_value(member, values.get(name))
        for name, member in shape.members.items()
    }


def _json_value(shape: Shape, value: Any) -> Any:
    """Write a value, with lists and maps plain."""
    if value is None:
        return None
    match shape.kind:
        case "structure":
            return _json_members(shape, value)
        case "list":
            return [_json_value(shape.member, each) for each in value]
        case "map":
            return {key: _json_value(shape.value, each) for key, each in value.items()}
        case _:
            return document.write(shape, value, "json")


def _json(exchange: Exchange, status: int, content: Mapping[str, Any]) -> HttpResponse:
    headers = (("x-amzn-RequestId", exchange.request_id), ("Content-Type", "application/json"))
    return HttpResponse(status=status, headers=headers, body=_encode(content))
