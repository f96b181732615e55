"""Which operations has a service, and which shapes do they take and return? botocore's models, typed.

This is the only file of the wire that knows botocore. Models are read when somebody first asks for a service.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property, lru_cache
from typing import Any

from eventsim.errors import ConfigurationError
from eventsim.handler import strand
from eventsim.wire import sqs_query

_HEADERS = ("header", "headers")


class Shape:
    """One shape at one place: its kind, its constraints, and how that place binds it to the wire.

    Attributes:
        name: the shape's name in the model.
        kind: `structure`, `list`, `map`, `string`, `blob`, `timestamp`, `boolean`, `integer`, `long`, `float`, …
        wire_name: the name on the wire where it differs from the member's, or "".
        location: `header`, `headers`, `uri`, `querystring`, `statusCode`, or "" for the body.
    """

    def __init__(self, model: Any) -> None:
        traits, facts = model.serialization, model.metadata
        self._model = model
        self.name: str = model.name
        self.kind: str = model.type_name
        self.wire_name: str = traits.get("name", "")
        self.query_name: str = traits.get("queryName", "")
        self.location: str = traits.get("location", "")
        self.payload: str = traits.get("payload", "")
        self.result_wrapper: str = traits.get("resultWrapper", "")
        self.timestamp_format: str = traits.get("timestampFormat", "").lower()
        self.is_flattened = bool(traits.get("flattened"))
        self.is_attribute = bool(traits.get("xmlAttribute"))
        self.is_streaming = bool(traits.get("streaming"))
        self.is_json_text = bool(traits.get("jsonvalue"))
        self.is_event_stream = bool(traits.get("eventstream"))
        self.is_event_header = bool(traits.get("eventheader"))
        self.is_event_payload = bool(traits.get("eventpayload"))
        self.namespace_prefix, self.namespace = _namespace(traits.get("xmlNamespace"))
        self.required: tuple[str, ...] = tuple(facts.get("required", ()))
        self.enum: tuple[str, ...] = tuple(facts.get("enum", ()))
        self.pattern: str = facts.get("pattern", "")
        self.minimum: float | None = facts.get("min")
        self.maximum: float | None = facts.get("max")
        self.is_document = bool(facts.get("document"))
        self.is_sensitive = bool(facts.get("sensitive"))
        self.is_union = bool(facts.get("union"))
        error = facts.get("error", {})
        self.error_code: str = error.get("code", "") or model.name
        self.test: Callable[[Any], bool] | None = None
        """Whether a value meets every constraint; `fitness` makes it."""
        self.type_test: Callable[[Any], bool] | None = None
        """Whether a value and all that it holds are of their types; `mistyped` makes it."""

    @cached_property
    def members(self) -> Mapping[str, "Shape"]:
        """The members of a structure, by name."""
        return {name: Shape(member) for name, member in self._model.members.items()}

    @cached_property
    def by_wire_name(self) -> Mapping[str, tuple[str, "Shape"]]:
        """The members of a structure by their names on the wire: (name, shape)."""
        return {shape.wire_name or name: (name, shape) for name, shape in self.members.items()}

    @cached_property
    def bound(self) -> tuple[tuple[str, str, "Shape"], ...]:
        """The members of a structure that stand outside its body: (name, name on the wire, shape).

        Names of headers are in lower case, to be looked up.
        """
        return tuple(
            (name, (shape.wire_name or name).lower() if shape.location in _HEADERS else shape.wire_name or name, shape)
            for name, shape in self.members.items()
            if shape.location
        )

    @cached_property
    def in_body(self) -> tuple[tuple[str, str, "Shape"], ...]:
        """The members of a structure that stand in its body: (name, name on the wire, shape)."""
        return tuple(
            (name, shape.wire_name or name, shape) for name, shape in self.members.items() if not shape.location
        )

    @cached_property
    def member(self) -> "Shape":
        """What a list holds."""
        return Shape(self._model.member)

    @cached_property
    def key(self) -> "Shape":
        """The keys of a map."""
        return Shape(self._model.key)

    @cached_property
    def value(self) -> "Shape":
        """The values of a map."""
        return Shape(self._model.value)

    @cached_property
    def is_constrained(self) -> bool:
        """Whether anything in it is checked: something is required somewhere, or has limits."""
        return _is_constrained(self._model, set())

    @cached_property
    def has_limited_keys(self) -> bool:
        """Whether the keys of a map are checked."""
        return _has_limited_keys(self._model)

    @cached_property
    def event_stream(self) -> str:
        """The member of a structure that is a stream of events, or ""."""
        return next((name for name, shape in self.members.items() if shape.is_event_stream), "")

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name}>"


class Operation:
    """One operation of a service.

    Attributes:
        uri: the template of path and query, such as `/{Bucket}/{Key+}?uploads`.
        status: the HTTP status of a success.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self.name: str = model.name
        self.method: str = model.http.get("method", "POST")
        self.uri: str = model.http.get("requestUri", "/")
        self.status = int(model.http.get("responseCode", 200))
        self.is_deprecated = bool(model.deprecated)
        self.input = None if model.input_shape is None else Shape(model.input_shape)
        self.output = None if model.output_shape is None else Shape(model.output_shape)

    @cached_property
    def errors(self) -> frozenset[str]:
        """The names of the errors that it declares."""
        return frozenset(shape.name for shape in self._model.error_shapes)

    def __repr__(self) -> str:
        return f"<operation {self.name}>"


class Service:
    """The model of one service.

    Attributes:
        name: botocore's name, such as `sqs`.
        protocol: the protocol that botocore speaks: `json`, `query`, `ec2`, `rest-json`, `rest-xml`,
            `smithy-rpc-v2-cbor`.
        has_uris: whether each operation has a URI of its own; then `?Action=` is a parameter like any other.
        target_prefix: what stands before the dot in `X-Amz-Target`.
    """

    def __init__(self, name: str, model: Any) -> None:
        metadata = model.metadata
        self._model = model
        self._operations: dict[str, Operation] = {}
        self.name = name
        self.protocol: str = model.resolved_protocol
        self.has_uris = self.protocol in ("rest-json", "rest-xml")
        self.api_version: str = metadata.get("apiVersion", "")
        self.json_version: str = metadata.get("jsonVersion", "1.0")
        self.target_prefix: str = metadata.get("targetPrefix", "")
        self.is_query_compatible = "awsQueryCompatible" in metadata
        _, self.namespace = _namespace(metadata.get("xmlNamespace"))

    def operation(self, name: str) -> Operation | None:
        """Return an operation, or None if the service has none of this name."""
        found = self._operations.get(name)
        if found is None and name in self._names:
            found = self._operations[name] = Operation(self._model.operation_model(name))
        return found

    def operations(self) -> Iterator[Operation]:
        """Return all operations, by name."""
        for name in sorted(self._names):
            operation = self.operation(name)
            assert operation is not None
            yield operation

    def error(self, name: str) -> Shape | None:
        """Return the shape of an error by its name or code, or None if the model has none such."""
        return self._errors.get(name)

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self._model.operation_names)

    @cached_property
    def _errors(self) -> Mapping[str, Shape]:
        shapes = [Shape(model) for model in self._model.error_shapes]
        return {shape.error_code: shape for shape in shapes} | {shape.name: shape for shape in shapes}

    def __repr__(self) -> str:
        return f"<service {self.name}>"


@lru_cache(maxsize=500)
def find_service(name: str, protocol: str = "") -> Service | None:
    """Return the model of a service, or None if botocore knows none of this name.

    Args:
        name: botocore's name; it may come from a request, so it is looked up before anything is opened.
        protocol: `query` asks for the model by which a service once spoke that protocol, where it differs.

    Raises:
        ConfigurationError: botocore is not installed.
    """
    if name not in _service_names():
        return None
    return _load(name, is_old_query=protocol == "query" and name == "sqs")


@cache
def _load(name: str, *, is_old_query: bool) -> Service:
    from botocore.model import ServiceModel

    with strand.outside():  # or the log of a function told of it, once in a process
        description = _loader().load_service_model(name, "service-2")
    if is_old_query:
        description = sqs_query.with_query_names(description)
    return Service(name, ServiceModel(description, name))


@cache
def _service_names() -> frozenset[str]:
    return frozenset(_loader().list_available_services("service-2"))


@cache
def _loader() -> Any:
    try:
        from botocore.loaders import Loader
    except ImportError as error:
        raise ConfigurationError(
            "AWS's protocols are read from botocore's service models, and botocore is not installed. "
            "Install it: pip install 'eventsim[boto3]'"
        ) from error
    return Loader()


_CONSTRAINTS = ("required", "enum", "pattern", "min", "max")


def _is_constrained(model: Any, seen: set[str]) -> bool:
    if any(model.metadata.get(name) is not None for name in _CONSTRAINTS):
        return True
    if model.name in seen:
        return False
    seen.add(model.name)
    match model.type_name:
        case "structure":
            return any(_is_constrained(member, seen) for member in model.members.values())
        case "list":
            return _is_constrained(model.member, seen)
        case "map":
            return _is_constrained(model.value, seen) or _has_limited_keys(model)
        case _:
            return False


_USERS_KEYS = "AttributeName"
"""The keys of DynamoDB's items: DynamoDB says of them itself what is wrong, in other words."""


def _has_limited_keys(model: Any) -> bool:
    limits = model.key.metadata
    return model.key.name != _USERS_KEYS and any(limits.get(name) is not None for name in _CONSTRAINTS)


def _namespace(trait: Any) -> tuple[str, str]:
    """Return prefix and URI of an XML namespace; models write a mapping or the URI alone."""
    if isinstance(trait, Mapping):
        return trait.get("prefix", ""), trait.get("uri", "")
    return "", trait or ""
