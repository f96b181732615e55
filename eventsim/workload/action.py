"""What does a feed of the workload do at each of its instants? One action, made ready once."""

import asyncio
import inspect
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from eventsim.api import OF_AWS, OUTSIDE, Caller, Result
from eventsim.calls.parameters import fitted_parameters
from eventsim.calls.service_names import check_operation
from eventsim.errors import ApiError, ConfigurationError, NotSimulated
from eventsim.json_text import load_json
from eventsim.quantity import duration_us
from eventsim.trace import Trace
from eventsim.workload.client import Client
from eventsim.workload.lines import Lines
from eventsim.workload.reply import Replies
from eventsim.workload.service_event import ServiceEvents
from eventsim.workload.spec import (
    SERVICE_EVENTS,
    CallSpec,
    ChangeSpec,
    DeleteSpec,
    FeedSpec,
    HttpSpec,
    InvokeSpec,
    ProduceSpec,
    PublishSpec,
    PutEventSpec,
    PutSpec,
    SendSpec,
)
from eventsim.workload.template import Templates

Action = Callable[[], object]


class Actions:
    """Turns what a feed shall do into something to call at every instant."""

    def __init__(self, key: str, name: str, client: Client, templates: Templates, lines: Lines | None) -> None:
        self._key = key
        self._name = name
        self._client = client
        self._templates = templates
        self._lines = lines
        self._tasks: set[asyncio.Task[None]] = set()

    def of(self, spec: FeedSpec) -> Action:
        """Return what the feed does once."""
        if spec.send is not None:
            return self._send(spec.send)
        if spec.publish is not None:
            return self._publish(spec.publish)
        if spec.produce is not None:
            return self._produce(spec.produce)
        if spec.change is not None:
            return self._change(spec.change)
        if spec.put_event is not None:
            return self._put_event(spec.put_event)
        if spec.put is not None:
            return self._put(spec.put)
        if spec.delete is not None:
            return self._delete(spec.delete)
        if spec.invoke is not None:
            return self._invoke(spec.invoke)
        if spec.http is not None:
            return self._http(spec.http)
        assert spec.call is not None, "the schema asks for one action"
        return self._call(spec.call)

    def _send(self, spec: SendSpec) -> Action:
        send, queue = self._client.send, spec.queue
        body = self._body(spec, "send")
        options: dict[str, Callable[[], Any]] = {}
        if spec.attributes:
            options["attributes"] = self._attributes(spec.attributes, "send")
        if spec.group is not None:
            options["group"] = self._text(spec.group, "send.group")
        if spec.deduplication_id is not None:
            options["deduplication_id"] = self._text(spec.deduplication_id, "send.deduplication_id")
        if spec.broker is not None:
            options |= {"broker": _always(spec.broker), "virtual_host": _always(spec.virtual_host)}
        if spec.delay is not None:
            delay_s = self._whole_seconds(spec.delay, "send.delay")
            options["delay_s"] = lambda: delay_s
        if isinstance(body, str) and not options:
            return partial(send, queue, body)
        make_body = _always(body)

        def act() -> None:
            self._templates.n += 1
            send(queue, make_body(), **{name: make() for name, make in options.items()})

        return act

    def _whole_seconds(self, value: str | float, key: str) -> int:
        key = f"{self._key}.{key}"
        seconds, rest = divmod(duration_us(value, key=key), 1_000_000)
        if rest:
            raise ConfigurationError(f"SQS delays messages by whole seconds, not by {value}", key=key)
        return seconds

    def _attributes(
        self, attributes: Mapping[str, str | float | list[Any]], action: str
    ) -> Callable[[], Mapping[str, Mapping[str, str]]]:
        made = {
            name: (_attribute_type(value), self._text(value, f"{action}.attributes.{name}"))
            for name, value in attributes.items()
        }
        return lambda: {name: {"DataType": kind, "StringValue": text()} for name, (kind, text) in made.items()}

    def _publish(self, spec: PublishSpec) -> Action:
        client, topic = self._client, spec.topic
        arn = topic if topic.startswith("arn:") else f"arn:aws:sns:{client.region}:{client.account_id}:{topic}"
        parameters: dict[str, Callable[[], Any]] = {"Message": _always(self._body(spec, "publish"))}
        for name, key in (
            ("Subject", "subject"),
            ("MessageGroupId", "group"),
            ("MessageDeduplicationId", "deduplication_id"),
        ):
            value = getattr(spec, key)
            if value is not None:
                parameters[name] = self._text(value, f"publish.{key}")
        if spec.attributes:
            parameters["MessageAttributes"] = self._attributes(spec.attributes, "publish")

        def act() -> None:
            self._templates.n += 1
            given = {name: make() for name, make in parameters.items()}
            self._request("sns", "Publish", {"TopicArn": arn, **given}, _ignore, _raise)

        return act

    def _produce(self, spec: ProduceSpec) -> Action:
        produce, topic = self._client.produce, spec.topic
        value = _always(self._body(spec, "produce", key="value"))
        key = None if spec.key is None else self._text(spec.key, "produce.key")
        headers = {name: self._text(text, f"produce.headers.{name}") for name, text in spec.headers.items()}
        date = None if spec.timestamp is None else self._text(spec.timestamp, "produce.timestamp")
        options: dict[str, Any] = {"cluster": spec.cluster, "partition": spec.partition}

        def act() -> None:
            self._templates.n += 1
            produce(
                topic,
                value(),
                key=None if key is None else key(),
                headers={name: make() for name, make in headers.items()},
                timestamp_ms=None if date is None else _epoch_ms(date(), f"{self._key}.produce.timestamp"),
                **options,
            )

        return act

    def _change(self, spec: ChangeSpec) -> Action:
        document = self._templates.value(spec.document, key=f"{self._key}.change.document")

        def act() -> None:
            self._templates.n += 1
            self._client.change(spec.collection, spec.operation, document(), database=spec.database)

        return act

    def _put_event(self, spec: PutEventSpec) -> Action:
        detail = _always(self._body(spec, "put_event"))
        given = {
            "EventBusName": _always(spec.bus),
            "Source": self._text(spec.source, "put_event.source"),
            "DetailType": self._text(spec.detail_type, "put_event.detail_type"),
        }
        resources = [self._text(each, f"put_event.resources[{n}]") for n, each in enumerate(spec.resources)]
        caller = OF_AWS if spec.as_service else OUTSIDE

        def act() -> None:
            self._templates.n += 1
            entry = {name: make() for name, make in given.items()}
            entries = [{**entry, "Detail": detail() or "{}", "Resources": [make() for make in resources]}]
            # an entry that is refused is the answer, and the trace tells of it already
            self._request("events", "PutEvents", {"Entries": entries}, _ignore, _raise, caller=caller)

        return act

    def _put(self, spec: PutSpec) -> Action:
        put, bucket = self._client.put, spec.bucket
        key = self._text(spec.key if spec.key is not None else Path(spec.file or "").name, "put.key")
        body = self._read(spec.file, "put.file") if spec.file is not None else self._body(spec, "put")
        options: dict[str, Any] = {}
        if spec.content_type is not None:
            options["content_type"] = spec.content_type
        if spec.metadata:
            options["metadata"] = spec.metadata

        def act() -> None:
            self._templates.n += 1
            data = body if isinstance(body, bytes | str) else body()
            put(bucket, key(), data.encode() if isinstance(data, str) else data, **options)

        return act

    def _delete(self, spec: DeleteSpec) -> Action:
        key = self._text(spec.key, "delete.key")

        def act() -> None:
            self._templates.n += 1
            self._request("s3", "DeleteObject", {"Bucket": spec.bucket, "Key": key()}, _ignore, _raise)

        return act

    def _invoke(self, spec: InvokeSpec) -> Action:
        event = self._event(spec)
        kind = {"synchronous": "RequestResponse", "asynchronous": "Event", "dry run": "DryRun"}[spec.type]
        answers = _Answers(self._client.trace, self._name, spec.function.partition(":")[0])
        answered = answers.record if spec.type == "synchronous" else _ignore
        tenant = None if spec.tenant is None else self._text(spec.tenant, "invoke.tenant")

        def act() -> None:
            self._templates.n += 1
            parameters = {"FunctionName": spec.function, "InvocationType": kind, "Payload": event().encode()}
            if tenant is not None:
                parameters["TenantId"] = tenant()
            self._request("lambda", "Invoke", parameters, answered, answers.refuse, is_checked=tenant is None)

        return act

    def _event(self, spec: InvokeSpec) -> Callable[[], str]:
        key = f"{self._key}.invoke"
        if spec.file is not None:
            text = self._read(spec.file, "invoke.file").decode(errors="replace")
            try:
                load_json(text)
            except ValueError as error:
                raise ConfigurationError(f"{spec.file} is not JSON: {error}", key=f"{key}.file") from None
            return lambda: text
        for name in SERVICE_EVENTS:
            of_service: Struct | None = getattr(spec, name)
            if of_service is not None:
                return self._service_event(name, of_service)
        if spec.event == {} and self._lines is not None:
            lines = self._lines
            return lambda: json.dumps(lines.value)
        event = self._templates.value(spec.event, key=f"{key}.event")
        return lambda: json.dumps(event())

    def _service_event(self, name: str, spec: Struct) -> Callable[[], str]:
        """Return what makes an event of a service that is not simulated."""
        given = self._templates.value(msgspec.to_builtins(spec), key=f"{self._key}.invoke.{name}")
        make = ServiceEvents(self._client.clock, self._client.region).maker(name)
        return lambda: json.dumps(make(given()))

    def _call(self, spec: CallSpec) -> Action:
        key = f"{self._key}.call"
        try:
            check_operation(spec.service, spec.operation)
        except ConfigurationError as error:
            raise ConfigurationError(str(error), key=f"{key}.{error.key}") from error
        parameters = self._templates.value(spec.parameters, key=f"{key}.parameters")

        def act() -> None:
            self._templates.n += 1
            given = fitted_parameters(spec.service, spec.operation, parameters())
            try:
                # a refusal is the operation's answer, and the trace tells of it already
                self._request(spec.service, spec.operation, given, _ignore, _ignore)
            except NotSimulated as error:
                raise ConfigurationError(str(error), key=f"{key}.operation") from error

        return act

    def _http(self, spec: HttpSpec) -> Action:
        path = self._text(spec.path, "http.path")
        headers = {name: self._text(value, f"http.headers.{name}") for name, value in spec.headers.items()}
        body = self._body(spec, "http")
        is_data = spec.body is not None and not isinstance(spec.body, str)
        if is_data and not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = lambda: "application/json"
        make_body = _always(body)
        replied = _ignore if spec.expect is None else Replies(self._client.trace, self._name, spec.expect).record

        def act() -> None:
            self._templates.n += 1
            made = {name: make() for name, make in headers.items()}
            content = make_body()
            try:
                answer = self._client.exchange(spec.method, path(), api=spec.api, headers=made, body=content or None)
            except ConfigurationError as error:
                raise ConfigurationError(str(error), key=f"{self._key}.http.{error.key or 'path'}") from error
            if inspect.isawaitable(answer):
                self._await(answer, spec.method, replied, _ignore)
            else:
                replied(answer)

        return act

    def _request(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        answered: Callable[[Result], object],
        refused: Callable[[ApiError], object],
        *,
        caller: Caller = OUTSIDE,
        is_checked: bool = False,
    ) -> None:
        """Ask for an operation; its answer comes now or, if the operation waits, later."""
        try:
            result = self._client.call(service, operation, parameters, caller=caller, is_checked=is_checked)
        except ApiError as error:
            refused(error)
            return
        if inspect.isawaitable(result):
            self._await(result, operation, answered, refused)
        else:
            answered(result)

    def _await(
        self,
        result: Awaitable[Any],
        what: str,
        answered: Callable[[Any], object],
        refused: Callable[[ApiError], object],
    ) -> None:
        name = f"{self._key} {what}"
        task = self._client.clock.loop.create_task(self._wait(result, answered, refused), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _wait(
        self, result: Awaitable[Result], answered: Callable[[Result], object], refused: Callable[[ApiError], object]
    ) -> None:
        try:
            answered(await result)
        except ApiError as error:
            refused(error)
        except Exception as error:  # noqa: BLE001 - not ours to decide about: it ends the run, as if we had not waited
            self._client.clock.soon(_raise, error)

    def _body(
        self,
        spec: SendSpec | PublishSpec | ProduceSpec | PutEventSpec | PutSpec | HttpSpec,
        action: str,
        *,
        key: str = "body",
    ) -> str | Callable[[], str]:
        if spec.file is not None:
            try:
                return self._read(spec.file, f"{action}.file").decode()
            except UnicodeDecodeError:
                message = f"{spec.file} is not UTF-8 text, and a message is text"
                raise ConfigurationError(message, key=f"{self._key}.{action}.file") from None
        if spec.body is None and self._lines is not None:
            lines = self._lines
            return lambda: lines.text
        return self._templates.text("" if spec.body is None else spec.body, key=f"{self._key}.{action}.{key}")

    def _text(self, value: object, key: str) -> Callable[[], str]:
        return _always(self._templates.text(value, key=f"{self._key}.{key}"))

    def _read(self, file: str, key: str) -> bytes:
        path = self._client.folder / file
        try:
            return path.read_bytes()
        except OSError as error:
            raise ConfigurationError(f"cannot read {path}: {error.strerror}", key=f"{self._key}.{key}") from None


class _Answers:
    """Records what a function answers to the workload."""

    def __init__(self, trace: Trace, feed: str, function: str) -> None:
        self._trace = trace
        self._subject = trace.subject("feed", feed)
        self._place = trace.subject("function", function)
        self._ANSWERED = trace.kind("answered", "{place} answered {subject}: {answer}")

    def record(self, result: Result) -> None:
        """Record the answer of a synchronous invocation; `error` is there if the function failed."""
        payload: Any = result.get("Payload", b"")
        text = payload if isinstance(payload, bytes) else payload.read()
        detail = {"answer": load_json(text) if text else None}
        if "FunctionError" in result:
            detail["error"] = result["FunctionError"]
        self._trace.record(self._ANSWERED, self._subject, self._place, detail=detail)

    def refuse(self, error: ApiError) -> None:
        """Record that the function was not run."""
        detail = {"answer": f"{error.code}: {error.message}", "error": error.code}
        self._trace.record(self._ANSWERED, self._subject, self._place, detail=detail)


def _attribute_type(value: str | float | list[Any]) -> str:
    if isinstance(value, list):
        return "String.Array"
    return "String" if isinstance(value, str) else "Number"


def _epoch_ms(text: str, key: str) -> int:
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"{text!r} is not a date; write `2026-01-31T08:00:00Z`", key=key) from None
    return round((date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() * 1_000)


def _always(value: str | Callable[[], str]) -> Callable[[], str]:
    return (lambda: value) if isinstance(value, str) else value


def _ignore(_: object) -> None:
    """The trace tells of it already."""


def _raise(error: Exception) -> None:
    raise error
