"""What does AWS's Python runtime do around a handler? Find it, call it, and say what came of it.

The rules are those of awslambdaric, the runtime interface client that AWS publishes. Everything here runs in the strand
of user code, since it runs user code: a module's body, the handler, `__str__` of an exception.
"""

import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine
from types import CoroutineType, ModuleType
from typing import Any, cast

from eventsim.environment import runtime_module
from eventsim.environment.error_object import ErrorObject, Fault, SourcePaths, describe_error, too_large
from eventsim.environment.marshaller import Marshaller
from eventsim.function.function import FunctionVersion, Handler
from eventsim.handler import tracebacks
from eventsim.handler.process import ProcessExit, Unstartable
from eventsim.handler.strand import HandlerStuck, StrandKilled
from eventsim.invocation import Sink
from eventsim.limits import SYNC_RESPONSE_BYTES_MAX
from eventsim.outcome import Failure, Outcome, Success

_FROM_OUTSIDE = (StrandKilled, HandlerStuck, ProcessExit, Unstartable, KeyboardInterrupt)
"""What ends user code, and is no error of it."""

UNHANDLED_WARNING = (
    "LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code. However, in rare "
    "cases, a Lambda runtime update can cause unexpected function behavior. For functions using managed runtimes, "
    "runtime updates can be triggered by a function change, or can be applied automatically. To determine if the "
    "runtime has been updated, check the runtime version in the INIT_START log entry. If this error correlates with a "
    "change in the runtime version, you may be able to mitigate this error by temporarily rolling back to the previous "
    "runtime version. For more information, see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html"
)
"""What the runtime logs before the error of a failed init (recorded: its beginning)."""


def find_handler(name: str, load: Callable[[str], ModuleType]) -> Handler:
    """Import `module.function`; whatever the module raises comes out as it is, but for what has a name of its own.

    Args:
        load: imports a module by its name.

    Raises:
        Fault: a mistake that the runtime has a name for.
    """
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        raise Fault("Runtime.MalformedHandlerName", f"Bad handler '{name}': {error}") from None
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise Fault("Runtime.BuiltInModuleConflict", f"Cannot use built-in module {module_name} as a handler module")
    try:
        module = load(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}") from None
    except SyntaxError as error:
        frame = f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'
        raise Fault(
            "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}", (frame,)
        ) from None
    try:
        handler: Handler = getattr(module, function_name)
    except AttributeError:
        raise Fault("Runtime.HandlerNotFound", f"Handler '{function_name}' missing on module '{module_name}'") from None
    return handler


class Bootstrap:
    """The runtime in one process: loads the handler once, then runs it for one event after another.

    Args:
        log: told of an error that user code did not handle.
    """

    __slots__ = ("_handler", "_log", "_loop", "_marshaller", "_paths", "_version", "request_id", "sink", "tenant_id")

    def __init__(
        self, version: FunctionVersion, marshaller: Marshaller, paths: SourcePaths, log: Callable[[ErrorObject], object]
    ) -> None:
        self._version = version
        self._marshaller = marshaller
        self._paths = paths
        self._log = log
        self._handler: Handler | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.request_id = ""
        """What log records name; empty during init (recorded)."""
        self.tenant_id: str | None = None
        """Likewise, of functions that isolate tenants."""
        self.sink: Sink | None = None
        """Gets nothing: AWS's runtime does not stream (documented)."""

    def load(
        self, load: Callable[[str], ModuleType], logging_handler: logging.Handler, level: int
    ) -> ErrorObject | None:
        """Set up logging and import the handler; return what went wrong, if the module raised."""
        root = logging.getLogger()
        root.addHandler(logging_handler)
        root.setLevel(level)
        if not isinstance(self._version.handler, str):
            self._handler = self._version.handler
            return None
        try:
            self._handler = find_handler(self._version.handler, load)
        except Exception as error:  # noqa: BLE001 - exactly what the runtime catches
            described = describe_error(error, "", self._paths)
            logging.warning(UNHANDLED_WARNING)
            self._log(described)
            if runtime_module.is_wrapped():
                client = runtime_module.RUNTIME.LambdaRuntimeClient(self)
                client.post_init_error(self._marshaller.error_payload(described))
            return described
        except BaseException as error:
            _end_of(error)
            raise
        return None

    def handle(self, event: Any, context: Any) -> Outcome:
        """Run the handler for one event; return what it comes to."""
        handler = self._handler
        assert handler is not None
        self.tenant_id = context.tenant_id
        if not runtime_module.is_wrapped():
            return self.run(handler, event, context)
        client = runtime_module.RUNTIME.LambdaRuntimeClient(self)
        runtime_module.RUNTIME.handle_event_request(client, handler, self.request_id, event, context)
        return cast("Outcome", client.outcome)

    def run(self, handler: Handler, event: Any, context: Any) -> Success | Failure:
        """Run a handler, which may be wrapped by somebody."""
        try:
            result = handler(event, context)
            if type(result) is CoroutineType:
                result = self._run_coroutine(result)
            payload = "null" if result is None else self._marshaller.encode(result)
        except Exception as error:  # noqa: BLE001 - exactly what the runtime catches
            return self.fail(describe_error(error, self.request_id, self._paths))
        except BaseException as error:
            _end_of(error)
            raise
        if len(payload) * 4 > SYNC_RESPONSE_BYTES_MAX and len(payload.encode()) > SYNC_RESPONSE_BYTES_MAX:
            return too_large()
        return Success(payload)

    def _run_coroutine(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run an `async def` handler on the loop that belongs to this process; AWS's own runtime has none."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
        return self._loop.run_until_complete(coroutine)

    def close(self) -> None:
        """Give back the loop, once no code of the process runs any more."""
        if self._loop is not None:
            self._loop.set_exception_handler(lambda *_: None)  # tasks that nobody will run again die in silence
            self._loop.close()

    def fail(self, error: ErrorObject) -> Failure:
        """Log an error that user code did not handle, and return the outcome."""
        self._log(error)
        return failure_of(error, self._marshaller)


def _end_of(error: BaseException) -> None:
    """Write what Python writes as an error ends it that the runtime does not catch.

    Raises:
        SystemExit: with the status that Python then has.
    """
    if isinstance(error, SystemExit):
        if error.code is not None and not isinstance(error.code, int):
            print(error.code, file=sys.stderr)
    elif not isinstance(error, _FROM_OUTSIDE):
        print(tracebacks.told(error), end="", file=sys.stderr)
        raise SystemExit(1) from error


def failure_of(error: ErrorObject, marshaller: Marshaller, *, resets: bool = False) -> Failure:
    """Return the outcome that an error object makes; one that ends the process is shown in the REPORT line."""
    return Failure(
        error_type=error.error_type,
        message=error.message,
        payload=marshaller.error_payload(error),
        status="error" if resets else "",
        resets=resets,
    )
