"""How does one wait in a simulation? With `await` on a virtual loop, or in plain code that blocks.

Both classes are the same world; only what takes virtual time differs.
"""

import asyncio
import inspect
import json
import threading
from collections.abc import Awaitable, Coroutine, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack

from eventsim.api import Result
from eventsim.assembly import Assembly
from eventsim.calls.parameters import with_dates
from eventsim.calls.service_names import check_operation
from eventsim.errors import ConfigurationError, EventsimError, NotSimulated, RunError
from eventsim.front_door import Reply, make_reply
from eventsim.function.spec import FunctionSpec
from eventsim.handler import strand
from eventsim.loop import VirtualLoop
from eventsim.machinery import Settings
from eventsim.quantity import duration_us
from eventsim.wire.http import HttpResponse

if TYPE_CHECKING:
    from eventsim.template.deployed import Deployed
    from eventsim.web_socket import SyncWebSocket, WebSocket

T = TypeVar("T")


class WrongLoop(RunError):  # noqa: N818 - a fact, as the field says it
    """A `Simulation` was made where no virtual loop runs."""

    def __init__(self) -> None:
        super().__init__(
            "a Simulation lives on a virtual loop. Run it with `asyncio.Runner(loop_factory=eventsim.VirtualLoop)`, "
            "with the fixture `simulation` of the pytest plugin, or use `eventsim.SyncSimulation`, which needs no loop."
        )


class WrongThread(RunError):  # noqa: N818 - a fact, as the field says it
    """A thread of the test's own wants virtual time to pass."""

    def __init__(self) -> None:
        super().__init__(
            "this call has to wait in virtual time, which passes on one thread, the one that made the simulation; this "
            "is another. Start the threads in a handler, where they run in virtual time, too; make the simulation on "
            "this thread; or ask a server (`eventsim exec -- pytest`), which takes calls from any number of them."
        )


class NotOpen(RunError):  # noqa: N818 - a fact, as the field says it
    """Something shall happen in a simulation that has not begun, or is over."""

    def __init__(self) -> None:
        super().__init__(
            "a simulation runs inside its block: `with SyncSimulation() as simulation:`, or `async with Simulation()`. "
            "Before it the world can be built, and after it the trace can be read; nothing else."
        )


class WouldBlock(RunError):  # noqa: N818 - a fact, as the field says it
    """Plain code on the loop, or in a thread beside it, called an operation that has to wait."""

    def __init__(self) -> None:
        super().__init__(
            "this call has to wait in virtual time, but it was made by a coroutine, or a thread beside it, and would "
            "block the loop. Use `await simulation.request(service, operation, {...})` in a coroutine, or a "
            "SyncSimulation."
        )


class Simulation(Assembly):
    """A simulation for coroutines: `async with Simulation(seed=1) as simulation: …`.

    It takes the same arguments as `Machinery`.

    Args:
        loop: the loop that it lives on; the running one, which must be a `VirtualLoop`, if not given.
    """

    def __init__(self, *, loop: VirtualLoop | None = None, **settings: Unpack[Settings]) -> None:
        _check_outside()
        self._loop = loop or _running_loop()
        super().__init__(loop=self._loop, **settings)

    def _beside(self, **settings: Unpack[Settings]) -> Self:
        return type(self)(loop=self._loop, **settings)

    async def __aenter__(self) -> Self:
        self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if error is None:  # a run that broke off must not go on in order to end
                await self.close_sources()
        finally:
            self.close()

    async def until_idle(self) -> None:
        """Return when nothing is left to do: the moment for assertions."""
        _check_open(self)
        self.connect()
        await self._loop.until_idle()

    async def advance(self, span: str | float) -> None:
        """Let a span of virtual time pass, such as `2 minutes`."""
        _check_open(self)
        self.connect()
        await asyncio.sleep(duration_us(span) / 1e6)

    async def request(self, service: str, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call an AWS operation and wait for its result.

        Args:
            parameters: as boto3 takes them; dates may be seconds since 1970 or texts.

        Raises:
            ApiError: the operation refuses.
            ConfigurationError: AWS has no such service or operation, or a date is none.
            NotSimulated: nobody answers it.
        """
        _check_open(self)
        result = _asked(self, service, operation, parameters)
        return await result if inspect.isawaitable(result) else result

    async def invoke(self, function: str, event: object = None, *, tenant_id: str | None = None) -> Any:
        """Invoke a function synchronously and return its decoded result.

        Args:
            tenant_id: for whom it runs, if it isolates tenants.

        Raises:
            FunctionFailed: the function failed.
            ApiError: it was not run at all.
        """
        __tracebackhide__ = True
        _check_open(self)
        name = self.directory.named("functions", function)
        result = self.call("lambda", "Invoke", _invocation(name, event, tenant_id), is_checked=True)
        return _decoded(await result if inspect.isawaitable(result) else result)

    async def deploy(
        self,
        template: Path | str,
        *,
        stack: str = "",
        parameters: Mapping[str, Any] = MappingProxyType({}),
        functions: Mapping[str, FunctionSpec | Mapping[str, Any]] = MappingProxyType({}),
    ) -> "Deployed":
        """Deploy a SAM or CloudFormation template, or the folder `cdk.out`, and tell what came of it.

        Args:
            template: its file, relative to the folder of the simulation.
            stack: the stack's name; the name of the template's folder if not given.
            parameters: values of the template's parameters.
            functions: logical id → settings of a scenario's function that take the place of the template's.

        Raises:
            TemplateError: it is wrong, or a resource was refused; nothing of it is left.
        """
        return await self.deploying(template, stack=stack, parameters=parameters, functions=functions)

    def deploy_now(self, deployment: Coroutine[Any, Any, T]) -> T:
        """Carry out a deployment before the loop runs, or one that takes no time while it does."""
        if self._loop.is_running():
            return super().deploy_now(deployment)
        return self._loop.run_until_complete(deployment)

    async def http(
        self,
        method: str,
        url: str,
        *,
        api: str = "",
        headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
        query: Mapping[str, str] | None = None,
        body: str | bytes | None = None,
        json: object = None,
    ) -> Reply:
        """Send an HTTP request to an API, a function URL or a load balancer, and wait for the reply.

        Args:
            url: a whole URL, or a path of the API that `api` names or that is the only one.
            json: data that becomes the body.

        Raises:
            ConfigurationError: nobody is there to answer.
        """
        _check_open(self)
        answer = self.exchange(method, url, api=api, headers=headers, query=query, body=body, data=json)
        return make_reply(answer if isinstance(answer, HttpResponse) else await answer)

    async def websocket(
        self, url: str = "", *, api: str = "", headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None
    ) -> "WebSocket":
        """Open a WebSocket at an API, and wait until it is open.

        Args:
            url: a whole URL, or a query such as `?token=x` for the API that `api` names or that is the only one.

        Raises:
            SocketRefused: the API does not want it.
            ConfigurationError: nobody is there to answer.
        """
        from eventsim.web_socket import open_socket

        return await open_socket(self.front_doors, self.handshake(url, api=api, headers=headers))

    def _wait_outside(self, answer: Awaitable[Result]) -> Result:
        """Take an answer that is there already; nothing else can be waited for without blocking the loop."""
        try:
            answer.__await__().send(None)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]  # the coroutine's result
        raise WouldBlock


def _asked(
    simulation: Assembly, service: str, operation: str, parameters: Mapping[str, Any]
) -> Result | Awaitable[Result]:
    try:
        dated = with_dates(service, operation, parameters)
    except ValueError as error:
        raise ConfigurationError(f"{service}.{operation}: {error}") from error
    try:
        return simulation.call(service, operation, dated)
    except NotSimulated:
        check_operation(service, operation)  # a name that AWS does not have wants no stub
        raise


def _check_open(simulation: Assembly) -> None:
    if not simulation.is_open:
        raise NotOpen


def _check_outside() -> None:
    if strand.current() is not None:
        raise ConfigurationError(
            "a handler cannot have a simulation of its own: it lives in the time of the one that runs it. "
            "Make the simulation where the handler is called from"
        )


def _running_loop() -> VirtualLoop:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        raise WrongLoop from None
    if not isinstance(loop, VirtualLoop):
        raise WrongLoop
    return loop


class SyncSimulation(Assembly):
    """A simulation for plain code: `with SyncSimulation(seed=1) as simulation: …`.

    It takes the same arguments as `Machinery`, and brings its own loop. Inside a running loop of somebody else (a
    notebook) it works as well: that loop stands still while virtual time passes.
    """

    def __init__(self, **settings: Unpack[Settings]) -> None:
        _check_outside()
        home = settings.get("home")
        self._loop: VirtualLoop = home._loop if isinstance(home, SyncSimulation) else VirtualLoop()
        self._thread_id = threading.get_ident()
        try:
            super().__init__(loop=self._loop, **settings)
        except BaseException:
            self._loop.close()
            raise

    def _beside(self, **settings: Unpack[Settings]) -> Self:
        return type(self)(**settings)

    def __enter__(self) -> Self:
        try:
            self.open()
        except BaseException:
            self._loop.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if error is None:  # a run that broke off must not go on in order to end
                self._loop.run_until_complete(self.close_sources())
        finally:
            self.close()
            self._end_tasks()
            self._loop.close()

    def _end_tasks(self) -> None:
        """End whoever still waits: a caller whose function has not answered yet, a long poll."""
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        if tasks:
            self._loop.run_until_complete(asyncio.wait(tasks))

    def until_idle(self) -> None:
        """Run until nothing is left to do: the moment for assertions."""
        _check_open(self)
        self._check_thread()
        self.connect()
        self._loop.run_until(None)

    def advance(self, span: str | float) -> None:
        """Let a span of virtual time pass, such as `2 minutes`."""
        _check_open(self)
        self._check_thread()
        self.connect()
        self._loop.run_until(self.clock.now_us + duration_us(span))

    def request(self, service: str, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call an AWS operation and wait for its result.

        Args:
            parameters: as boto3 takes them; dates may be seconds since 1970 or texts.

        Raises:
            ApiError: the operation refuses.
            ConfigurationError: AWS has no such service or operation, or a date is none.
            NotSimulated: nobody answers it.
        """
        _check_open(self)
        result = _asked(self, service, operation, parameters)
        return self._wait_outside(result) if inspect.isawaitable(result) else result

    def invoke(self, function: str, event: object = None, *, tenant_id: str | None = None) -> Any:
        """Invoke a function synchronously and return its decoded result.

        Args:
            tenant_id: for whom it runs, if it isolates tenants.

        Raises:
            FunctionFailed: the function failed.
            ApiError: it was not run at all.
        """
        __tracebackhide__ = True
        _check_open(self)
        name = self.directory.named("functions", function)
        result = self.call("lambda", "Invoke", _invocation(name, event, tenant_id), is_checked=True)
        return _decoded(self._wait_outside(result) if inspect.isawaitable(result) else result)

    def deploy(
        self,
        template: Path | str,
        *,
        stack: str = "",
        parameters: Mapping[str, Any] = MappingProxyType({}),
        functions: Mapping[str, FunctionSpec | Mapping[str, Any]] = MappingProxyType({}),
    ) -> "Deployed":
        """Deploy a SAM or CloudFormation template, or the folder `cdk.out`, and tell what came of it.

        Args:
            template: its file, relative to the folder of the simulation.
            stack: the stack's name; the name of the template's folder if not given.
            parameters: values of the template's parameters.
            functions: logical id → settings of a scenario's function that take the place of the template's.

        Raises:
            TemplateError: it is wrong, or a resource was refused; nothing of it is left.
        """
        return self.deploy_now(self.deploying(template, stack=stack, parameters=parameters, functions=functions))

    def deploy_now(self, deployment: Coroutine[Any, Any, T]) -> T:
        """Carry out a deployment to its end."""
        return self._loop.run_until_complete(deployment)

    def http(
        self,
        method: str,
        url: str,
        *,
        api: str = "",
        headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
        query: Mapping[str, str] | None = None,
        body: str | bytes | None = None,
        json: object = None,
    ) -> Reply:
        """Send an HTTP request to an API, a function URL or a load balancer, and wait for the reply.

        Args:
            url: a whole URL, or a path of the API that `api` names or that is the only one.
            json: data that becomes the body.

        Raises:
            ConfigurationError: nobody is there to answer.
        """
        _check_open(self)
        answer = self.exchange(method, url, api=api, headers=headers, query=query, body=body, data=json)
        return make_reply(answer if isinstance(answer, HttpResponse) else self._wait(answer))

    def websocket(
        self, url: str = "", *, api: str = "", headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None
    ) -> "SyncWebSocket":
        """Open a WebSocket at an API, and wait until it is open.

        Args:
            url: a whole URL, or a query such as `?token=x` for the API that `api` names or that is the only one.

        Raises:
            SocketRefused: the API does not want it.
            ConfigurationError: nobody is there to answer.
        """
        from eventsim.web_socket import SyncWebSocket, open_socket

        opening = open_socket(self.front_doors, self.handshake(url, api=api, headers=headers))
        return SyncWebSocket(self._wait(opening), self._wait)

    def _wait_outside(self, answer: Awaitable[Result]) -> Result:
        return self._wait(answer)

    def _wait(self, answer: Awaitable[T]) -> T:
        try:
            self._check_thread()
        except WrongThread:
            if inspect.iscoroutine(answer):
                answer.close()
            raise
        return self._loop.run_until_complete(_value_of(answer))

    def _check_thread(self) -> None:
        """See that the loop may run on this thread.

        Handlers are greenlets, which stay on their thread; without any, a web framework's threads may wait one by one.
        """
        is_another = threading.get_ident() != self._thread_id
        if is_another and (self._loop.is_running() or len(self.functions)):
            raise WrongThread


class FunctionFailed(EventsimError):  # noqa: N818 - a fact, as the field says it
    """The function ran and failed; where it did so is told in a note, below the traceback.

    Attributes:
        payload: the decoded error object: `errorMessage`, `errorType`, …
    """

    def __init__(self, payload: Any) -> None:
        payload = payload if isinstance(payload, dict) else {"errorMessage": str(payload)}
        super().__init__(f"{payload.get('errorType', 'Unhandled')}: {payload.get('errorMessage', '')}")
        self.payload = payload
        frames = payload.get("stackTrace") or payload.get("trace")  # Python's and Ruby's, or JavaScript's
        if isinstance(frames, list) and frames:
            self.add_note("\n".join(["in the function:", *(str(frame).rstrip() for frame in frames)]))


async def _value_of(answer: Awaitable[T]) -> T:
    return await answer


def _invocation(function: str, event: object, tenant_id: str | None) -> dict[str, object]:
    payload = json.dumps({} if event is None else event).encode()
    return {"FunctionName": function, "Payload": payload, "TenantId": tenant_id}


def _decoded(result: Result) -> Any:
    __tracebackhide__ = True
    payload = result["Payload"]
    assert isinstance(payload, bytes), "operations give bytes"
    value = json.loads(payload) if payload else None
    if "FunctionError" in result:
        raise FunctionFailed(value)
    return value
