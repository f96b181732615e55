"""How does a boto3 call reach our operations without a socket?

`BaseClient._make_api_call` is wrapped for the duration of a run. The wrapper lets botocore do all that it does on the
user's side (parameters, validation, the user's own event handlers, retries, exception classes) and answers in its
`before-call` event, before anything is signed or sent. Clients made before, during and after start-up are all covered,
because the hook is tied to a client at its first call.

Handlers that a user registered for `before-sign` or `before-send` still see the request: then, and only then, it is
signed as botocore would. Where nobody sees anything of it, it is not even built (`unseen_request`).
"""

import contextlib
import inspect
import io
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from eventsim.api import OUTSIDE, Caller, Result
from eventsim.calls.backends import find_backend, reached
from eventsim.calls.import_watch import wrapped_when_imported
from eventsim.calls.parameters import with_dates
from eventsim.calls.sdk_answer import Backend, answered
from eventsim.calls.unseen_request import SENT_IN, Requests, is_motos
from eventsim.errors import ApiError, ConfigurationError
from eventsim.handler import default_session, luck
from eventsim.handler.interpose import Swap
from eventsim.handler.strand import outside
from eventsim.handler.surroundings import current
from eventsim.wire.access_key import account_of

_HOOKED = "_eventsim_hooked"
_TWO_ANSWER = (
    "{call} is called by a function of a simulation while moto's `mock_aws` is on, and two cannot answer one call. "
    "Leave `mock_aws` out where a simulation is open: it answers itself, and has moto answer for the rest if the extra "
    "`eventsim[moto]` is installed."
)


@contextlib.contextmanager
def answered_by(backend: Backend, home: Backend | None = None) -> Iterator[None]:
    """Answer boto3 calls in this process by a simulation, whenever boto3 is or will be imported.

    So long, each environment has default sessions and tracers of its own.

    Args:
        home: the simulation of which this one is a part, and which answers clients outside.
    """
    with wrapped_when_imported(_TABLES), reached(backend, home):
        yield


def _client_swaps(botocore_client: ModuleType) -> list[Swap]:
    return [Swap(botocore_client.__dict__["BaseClient"], "_make_api_call", _make_api_call)]


def _tracer_swaps(module: ModuleType) -> Sequence[Swap]:
    from eventsim.handler import tracers  # only where somebody imports one

    return tracers.SWAPS[module.__name__](module)


class _Time:
    """The module `time` as waiters see it: outside of handlers, too, they sleep in virtual time."""

    def __init__(self, original: Any) -> None:
        self._original = original

    def sleep(self, delay_s: float) -> None:
        """Let time pass until the next look."""
        backend = None if current() is not None else find_backend()
        sleep = self._original.sleep if backend is None else backend.sleep
        sleep(delay_s)


def _waiter_swaps(module: ModuleType) -> list[Swap]:
    return [Swap(module, "time", _Time)]


_TABLES: Mapping[str, Callable[[ModuleType], Sequence[Swap]]] = {
    "aws_lambda_powertools.tracing.tracer": _tracer_swaps,
    "aws_xray_sdk.core": _tracer_swaps,
    "aws_xray_sdk.sdk_config": _tracer_swaps,
    "boto3": default_session.swaps,
    "botocore.client": _client_swaps,
    "botocore.hooks": default_session.hook_swaps,
    "botocore.retries.standard": luck.retry_swaps,
    "botocore.session": default_session.loader_swaps,
    "botocore.waiter": _waiter_swaps,
    "sentry_sdk.scope": _tracer_swaps,
}
"""What is wrapped of the SDK and of tracers."""


def _find_caller() -> Caller:
    """Return on whose behalf calls are made here and now."""
    here = current()
    return OUTSIDE if here is None else here.who_calls()


def _make_api_call(original: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap `BaseClient._make_api_call`: inside a simulation, a client is hooked before its first call."""

    def make_api_call(client: Any, operation_name: str, api_kwargs: dict[str, Any]) -> Any:
        if _HOOKED not in client.meta.__dict__ and find_backend() is not None:
            client.meta.__dict__[_HOOKED] = True
            _hook(client)
        # bound, as the class would have it: a tracer that wrapped the method asks which client it is called on
        return original.__get__(client, type(client))(operation_name, api_kwargs)

    return make_api_call


def _hook(client: Any) -> None:
    from botocore import UNSIGNED

    requests = Requests(client, lambda: find_backend() is not None)
    is_unsigned = client.meta.config.signature_version is UNSIGNED

    def answer(model: Any, params: dict[str, Any], context: dict[str, Any], **_: object) -> Any:
        backend = find_backend()
        if backend is None:
            return None
        if requests.is_listened_to(model.name, SENT_IN):
            seen = _show_to_listeners(client, model, params)
            if seen is not None:
                return seen
        header = params["headers"].get("X-Amzn-Trace-Id", "")  # botocore's, in a function
        caller = _find_caller().under(_header_of_tracer() or header)
        if is_unsigned:
            caller = replace(caller, is_anonymous=True)
        token, key = _credentials(client)
        call = _Call(
            client,
            model,
            params,
            requests.parameters(context),
            backend,
            caller.bearing(token, key),
            account_of(key) or "",
        )
        return call.answer()

    client.meta.events.register_last("before-call", answer)


def _header_of_tracer() -> str:
    """Return the header that a tracer puts in the place of botocore's, which it does where nothing is sent."""
    util = sys.modules.get("aws_xray_sdk.ext.util")
    if util is None:
        return ""
    from eventsim.handler import tracers

    return tracers.header_of_call(util)


def _credentials(client: Any) -> tuple[str, str]:
    """Return the token of a client's credentials, "" if they last, and their key."""
    credentials = client._request_signer._credentials
    known = {} if credentials is None else vars(credentials)  # those that fetch a token when asked are not asked
    return str(known.get("token") or ""), str(known.get("access_key") or "")


_Answer = tuple[Any, dict[str, Any]]
"""The response, and what botocore's parsers make of it."""


class _Call(Struct, frozen=True):
    """One call of a client.

    Attributes:
        model: the operation's.
        request: what botocore would send.
        account_id: the account of the client's credentials, "" if they name none.
    """

    client: Any
    model: Any
    request: dict[str, Any]
    parameters: Mapping[str, Any]
    backend: Backend
    caller: Caller
    account_id: str

    def answer(self) -> _Answer:
        """Answer as botocore's retry mode would have it: throttles and server errors are tried again, in virtual time.

        Raises:
            ReadTimeoutError: the client has not got an answer for as long as it waits.
        """
        service, operation = self.model.service_model.service_name, self.model.name
        parameters = with_dates(service, operation, _with_body_read(self.model, self.parameters))
        attempts = 1
        while True:
            answer, error = self._attempt(parameters)
            delay_s = None
            if self.caller.arn and (answer is None or answer[0].status_code >= 300):
                delay_s = self._retry_delay_s(answer, attempts, error)
            if delay_s is None and error is not None:
                raise error
            if delay_s is None:
                assert answer is not None, "there is one of both"
                answer[1]["ResponseMetadata"]["RetryAttempts"] = attempts - 1
                return answer
            self.backend.sleep(delay_s)
            attempts += 1

    def _attempt(self, parameters: Mapping[str, Any]) -> tuple[_Answer | None, Exception | None]:
        """Return an answer, or the error of a client that has waited long enough (`read_timeout`)."""
        limit_s = self.client.meta.config.read_timeout if self.caller.arn else None
        try:
            outcome = self._begun(parameters)
            if not isinstance(outcome, dict) and inspect.isawaitable(outcome):
                outcome = self.backend.wait_for(outcome, limit_s)
        except ApiError as error:
            return answered(self.model, self.request, error, self.backend), None
        except TimeoutError:
            from botocore.exceptions import ReadTimeoutError

            return None, ReadTimeoutError(endpoint_url=self.request["url"])
        http, parsed = answered(self.model, self.request, outcome, self.backend)
        return (http, _with_events(_with_streaming_body(self.model, parsed), self.backend)), None

    def _begun(self, parameters: Mapping[str, Any]) -> Result | Awaitable[Result]:
        with outside():
            return self.backend.call(
                self.model.service_model.service_name,
                self.model.name,
                parameters,
                region=self.client.meta.region_name or "",
                account_id=self.account_id,
                caller=self.caller,
            )

    def _retry_delay_s(self, answer: _Answer | None, attempts: int, error: Exception | None) -> float | None:
        """Ask botocore's own retry handler; its jitter comes from the caller's seeded luck."""
        client, model = self.client, self.model
        service_id = client.meta.service_model.service_id.hyphenize()
        told = client.meta.events.emit(
            f"needs-retry.{service_id}.{model.name}",
            response=answer,
            endpoint=client._endpoint,
            operation=model,
            attempts=attempts,
            caught_exception=error,
            request_dict=self.request,
        )
        return next((delay_s for _, delay_s in told if delay_s is not None and delay_s is not False), None)


def _with_body_read(model: Any, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """Read a streaming body once, as sending it would: in the user's surroundings, for it may open a file for that."""
    if not model.has_streaming_input:
        return parameters
    name = model.input_shape.serialization["payload"]
    body: Any = parameters.get(name)
    return {**parameters, name: body.read()} if hasattr(body, "read") else parameters


def _with_streaming_body(model: Any, result: dict[str, Any]) -> dict[str, Any]:
    """Wrap a streaming member as botocore does, so that `read`, `iter_lines` and `with` work."""
    if not model.has_streaming_output:
        return result
    from botocore.response import StreamingBody

    name = model.output_shape.serialization["payload"]
    content = result.get(name, b"")
    stream = io.BytesIO(content) if isinstance(content, bytes) else content
    size_bytes = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    result[name] = StreamingBody(stream, size_bytes)
    return result


class Events:
    """The events of an answer that have to be waited for: they come in virtual time, as somebody goes through them."""

    def __init__(self, events: AsyncIterator[Any], backend: Backend) -> None:
        self._events = events
        self._backend = backend
        self._is_closed = False

    def __iter__(self) -> Iterator[Any]:
        while not self._is_closed and (event := self._backend.wait_for(_next(self._events))):
            yield event

    def close(self) -> None:
        """Want no more of them."""
        self._is_closed = True


async def _next(events: AsyncIterator[Any]) -> Any:
    """Return the next event, an empty one when there are no more."""
    return await anext(events, {})


def _with_events(result: dict[str, Any], backend: Backend) -> dict[str, Any]:
    """Let plain code go through events as it goes through those of botocore."""
    for name, value in result.items():
        if isinstance(value, AsyncIterator):
            result[name] = Events(value, backend)
    return result


@contextlib.contextmanager
def _lent_credentials(signer: Any) -> Iterator[None]:
    """Let a client without credentials sign: nobody checks, and nothing here asks a user for keys."""
    if signer._credentials is not None:
        yield
        return
    from botocore.credentials import Credentials

    signer._credentials = Credentials("ASIAEVENTSIMEXAMPLE0", "no secret")
    try:
        yield
    finally:
        signer._credentials = None


@contextlib.contextmanager
def _as_if_unread(body: Any) -> Iterator[None]:
    """Put a body that can be put back to where it was: whoever looked at it may have read it."""
    position = body.tell() if hasattr(body, "seekable") and body.seekable() else None
    yield
    if position is not None:
        body.seek(position)


def _show_to_listeners(client: Any, model: Any, request: dict[str, Any]) -> tuple[Any, dict[str, Any]] | None:
    """Let the user's own `before-sign` and `before-send` handlers see the request; one of them may answer it."""
    from botocore.compress import maybe_compress_request
    from botocore.httpchecksum import apply_request_checksum

    service_id = client.meta.service_model.service_id.hyphenize()
    endpoint = client._endpoint
    sent = {**request, "headers": request["headers"].copy()}
    maybe_compress_request(client.meta.config, sent, model)
    apply_request_checksum(sent)
    with _lent_credentials(client._request_signer):
        prepared = endpoint.create_request(sent, model)
    with _as_if_unread(request["body"]):
        answers = client.meta.events.emit(f"before-send.{service_id}.{model.name}", request=prepared)
    handler, response = next(((handler, answer) for handler, answer in answers if answer is not None), (None, None))
    if response is None:
        return None
    if is_motos(handler) and current() is not None:
        raise ConfigurationError(_TWO_ANSWER.format(call=f"{model.service_model.service_name}.{model.name}"))
    from botocore.endpoint import convert_to_response_dict

    parser = endpoint._response_parser_factory.create_parser(model.service_model.resolved_protocol)
    parsed = parser.parse(convert_to_response_dict(response, model), model.output_shape)
    return response, parsed
