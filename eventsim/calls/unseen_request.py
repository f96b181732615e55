"""Which requests need not be built? Those that nobody would see.

botocore spends most of a call on what goes over the wire: endpoint rules, serialisation, the user agent. Here a call is
answered before the wire. So where all parameters travel in the body to one address, as with SQS, botocore finds the
address once and checks the parameters as ever, and nothing else is built; unless the user listens to an event of
botocore's that would show it.
"""

from collections.abc import Callable, Mapping
from typing import Any

SENT_IN = ("request-created", "before-sign", "before-send")
"""botocore's events that show the request as it is sent."""

_SEEN_IN = (*SENT_IN, "before-endpoint-resolution", "before-call", "choose-signer", "needs-retry")
"""botocore's events that show the request, or how it comes about."""

_BODY_PROTOCOLS = ("json", "query", "ec2", "smithy-rpc-v2-cbor")
"""Those in which parameters are neither in the path nor in headers."""

_ADDRESS_PARAMETERS = (
    "static_context_parameters",
    "context_parameters",
    "operation_context_parameters",
    "endpoint",
)
"""What botocore's model of an operation calls that on which the address may depend; older versions lack some."""

_INDIFFERENT = frozenset({"dynamodb", "kinesis"})
"""Services whose address may depend on a parameter, an ARN, and which answer at each of them alike."""

_PARAMETERS = "eventsim_parameters"


class Requests:
    """The requests of one client; it takes the place of two of the client's own methods.

    Args:
        is_answered: tells whether a simulation answers calls made here and now.
    """

    def __init__(self, client: Any, is_answered: Callable[[], bool]) -> None:
        self._client = client
        self._is_answered = is_answered
        self._find_address = client._resolve_endpoint_ruleset
        self._build = client._convert_to_request_dict
        self._validator: Any = getattr(client._serializer, "_param_validator", None)  # none if the user switched it off
        self._addresses: dict[str, Any] = {}
        self._one_way: dict[str, bool] = {}
        self._handlers: object = None
        self._listened: dict[tuple[str, tuple[str, ...]], bool] = {}
        client._resolve_endpoint_ruleset = self._address_of
        client._convert_to_request_dict = self._request_of

    def parameters(self, context: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the parameters of the call that this context belongs to, as botocore has checked them."""
        parameters: Mapping[str, Any] = context[_PARAMETERS]
        return parameters

    def is_listened_to(self, operation: str, events: tuple[str, ...]) -> bool:
        """Tell whether anybody but botocore and eventsim listens to one of these events of an operation."""
        emitter = self._client.meta.events._emitter  # there is no public question for that
        if emitter._lookup_cache is not self._handlers:  # a new one whenever a handler comes or goes
            self._handlers = emitter._lookup_cache
            self._listened.clear()
        key = operation, events
        answer = self._listened.get(key)
        if answer is None:
            service_id = self._client.meta.service_model.service_id.hyphenize()
            names = [f"{event}.{service_id}.{operation}" for event in events]
            handlers = [handler for name in names for handler in emitter._handlers.prefix_search(name)]
            answer = self._listened[key] = any(map(_is_users, handlers))
        return answer

    def _address_of(self, operation_model: Any, params: Any, request_context: Any, *options: Any, **named: Any) -> Any:
        """Stand in for `_resolve_endpoint_ruleset`."""
        if not self._is_unseen(operation_model, request_context):
            return self._find_address(operation_model, params, request_context, *options, **named)
        operation = operation_model.name
        if operation not in self._addresses:
            self._addresses[operation] = self._find_address(operation_model, params, request_context)
        return self._addresses[operation]

    def _request_of(
        self, api_params: Any, operation_model: Any, endpoint_url: str, context: Any = None, **options: Any
    ) -> Any:
        """Stand in for `_convert_to_request_dict`."""
        if context is not None:
            context[_PARAMETERS] = api_params
        if not self._is_unseen(operation_model, context):
            return self._build(api_params, operation_model, endpoint_url, context=context, **options)
        if operation_model.input_shape is not None:
            report = self._validator.validate(api_params, operation_model.input_shape)
            if report.has_errors():
                from botocore.exceptions import ParamValidationError

                raise ParamValidationError(report=report.generate_report())
        return {"url": endpoint_url, "headers": {}, "body": b"", "context": context}

    def _is_unseen(self, model: Any, context: Mapping[str, Any] | None) -> bool:
        return (
            context is not None
            and "has_streaming_input" in context  # a call's; presigning has none, and gives its request to the user
            and self._validator is not None
            and self._goes_one_way(model)
            and not self.is_listened_to(model.name, _SEEN_IN)
            and self._is_answered()
        )

    def _goes_one_way(self, model: Any) -> bool:
        """Tell whether all calls of an operation go to one address, with all parameters in the body."""
        answer = self._one_way.get(model.name)
        if answer is None:
            is_in_body = model.service_model.metadata["protocol"] in _BODY_PROTOCOLS
            is_in_address = any(getattr(model, name, None) for name in _ADDRESS_PARAMETERS)
            is_in_address &= model.service_model.service_name not in _INDIFFERENT
            is_plain = is_in_body and not is_in_address
            answer = self._one_way[model.name] = is_plain and not self._is_completed(model.name)
        return answer

    def _is_completed(self, operation: str) -> bool:
        """Tell whether somebody completes the requests of just this operation: botocore signs URLs of copies there."""
        before = f"before-call.{self._client.meta.service_model.service_id.hyphenize()}"
        handlers = self._client.meta.events._emitter._handlers
        return len(handlers.prefix_search(f"{before}.{operation}")) > len(handlers.prefix_search(before))


def is_motos(handler: object) -> bool:
    """Tell whether a handler is that of `mock_aws`, which answers for all of AWS."""
    return type(handler).__module__ == "moto.core.botocore_stubber"


def _is_users(handler: object) -> bool:
    if is_motos(handler):  # every new client has it once moto is imported
        return bool(getattr(handler, "enabled", True))
    return not getattr(handler, "__module__", "botocore").startswith(("botocore", "eventsim."))
