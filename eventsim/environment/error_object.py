"""What does a failure look like to whoever invoked the function? Error objects: the runtime's and Lambda's own.

The runtime reports what user code raised, with a stack trace; what ended the runtime itself (a timeout, an exit) is
told by Lambda, in other words and another order. All of them reach the caller as a payload with HTTP status 200.
"""

import functools
import json
import re
import signal
import sysconfig
import traceback
from pathlib import Path
from types import TracebackType

from msgspec import Struct

from eventsim.function.function import FunctionVersion
from eventsim.handler.surroundings import TASK_ROOT
from eventsim.limits import SYNC_RESPONSE_BYTES_MAX
from eventsim.outcome import Failure

STACK_TRACES_MAX = 1_000
"""How many stack traces are kept formatted for each version of a function."""


_ADDRESS = re.compile(r"(?<= at 0x)[0-9A-Fa-f]{8,16}(?=>)")
"""Of an object, as `repr` ends by default: `<_io.BytesIO object at 0x7f43f4b62340>`."""
_ADDRESS_SHOWN = "7f0000000000"


class Fault(Exception):  # noqa: N818 - awslambdaric's own word is FaultException
    """A mistake that the runtime has a name for."""

    def __init__(self, error_type: str, message: str, stack_trace: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.error_type = error_type
        self.message = message
        self.stack_trace = stack_trace


class ErrorObject(Struct, frozen=True, kw_only=True, gc=False):
    """An error as the runtime reports it."""

    error_type: str
    message: str
    request_id: str
    stack_trace: tuple[str, ...] = ()


class SourcePaths:
    """Shows files as they lie on AWS: code in `/var/task`, layers in `/opt`, Python in `/var/lang`.

    Frames of eventsim itself are left out, as those of the runtime are on AWS.
    """

    def __init__(self, version: FunctionVersion) -> None:
        installed = _folders_of_python()
        folders = [(str(layer.resolve()), "/opt") for layer in version.layers]
        if version.code is not None:
            folders.append((str(version.code.resolve()), TASK_ROOT))
        elif (code := getattr(version.handler, "__code__", None)) is not None:
            folders.append((str(Path(code.co_filename).parent), TASK_ROOT))
        folders += [(installed[name], TASK_ROOT) for name in ("purelib", "platlib")]
        folders += [(installed["stdlib"], f"/var/lang/lib/{version.runtime}"), (_OWN_FOLDER, "/var/runtime")]
        folders.append((_NODE_CLIENT_FOLDER, "/var/runtime"))
        self._roots = [(f"{folder}/", f"{shown}/") for folder, shown in folders]
        self._stack_traces: dict[tuple[tuple[str, int, str], ...], tuple[str, ...]] = {}

    def shown(self, path: str) -> str:
        """Return the path under which AWS has the file."""
        for root, shown in self._roots:
            if path.startswith(root):
                return shown + path[len(root) :]
        return path

    def in_text(self, text: str) -> str:
        """Return a text that names files and objects, such as a traceback, as it stands in every run.

        Paths are those that it would have on AWS. Where objects lie in memory differs from process to process.
        """
        if " at 0x" in text:
            text = _ADDRESS.sub(_ADDRESS_SHOWN, text)
        if "/" in text:
            for root, shown in self._roots:
                if root in text:
                    text = text.replace(root, shown)
        return text

    def stack_trace(self, frames: TracebackType | None) -> tuple[str, ...]:
        """Return a text for each frame of user code, outermost first.

        What fails once often fails again at the same lines, and reading those takes most of the time.
        """
        lines = _lines_of(frames)
        known = self._stack_traces.get(lines)
        if known is None:
            known = self._format(frames)
            if len(self._stack_traces) < STACK_TRACES_MAX and all(self._is_fixed(path) for path, _, _ in lines):
                self._stack_traces[lines] = known
        return known

    def _format(self, frames: TracebackType | None) -> tuple[str, ...]:
        return tuple(
            traceback.format_list(
                [
                    # A tuple, since a FrameSummary would be shown with carets and AWS's runtime shows none.
                    (self.shown(frame.filename), frame.lineno or 0, frame.name, frame.line)
                    for frame in traceback.extract_tb(frames)
                    if not frame.filename.startswith(f"{_OWN_FOLDER}/")
                ]
            )
        )

    def _is_fixed(self, path: str) -> bool:
        """Tell whether a file stays as it is while the function runs: its code and Python do, `/tmp` does not."""
        return any(path.startswith(root) for root, _ in self._roots)


@functools.cache
def _folders_of_python() -> dict[str, str]:
    return sysconfig.get_paths()


def _lines_of(frames: TracebackType | None) -> tuple[tuple[str, int, str], ...]:
    """Return file, line and function of each frame."""
    lines = []
    while frames is not None:
        code = frames.tb_frame.f_code
        lines.append((code.co_filename, frames.tb_lineno, code.co_name))
        frames = frames.tb_next
    return tuple(lines)


_OWN_FOLDER = str(Path(__file__).parent)
_NODE_CLIENT_FOLDER = str(Path(__file__).parent.parent / "runtime_api" / "node")


def describe_error(error: BaseException, request_id: str, paths: SourcePaths) -> ErrorObject:
    """Return what the runtime reports of an error; `request_id` is "" during init."""
    if isinstance(error, Fault):
        trace = tuple(map(paths.in_text, error.stack_trace))
        return ErrorObject(
            error_type=error.error_type, message=paths.in_text(error.message), request_id=request_id, stack_trace=trace
        )
    return ErrorObject(
        error_type=type(error).__name__,
        message=paths.in_text(str(error)),
        request_id=request_id,
        stack_trace=paths.stack_trace(error.__traceback__),
    )


# --- what Lambda itself says -------------------------------------------------------------------------------


def too_large(bytes_max: int = SYNC_RESPONSE_BYTES_MAX) -> Failure:
    """Return the outcome of a result that is too large (recorded)."""
    message = f"Response payload size exceeded maximum allowed payload size ({bytes_max} bytes)."
    error_type = "Function.ResponseSizeTooLarge"
    payload = json.dumps({"errorMessage": message, "errorType": error_type}, separators=(",", ":"))
    return Failure(error_type=error_type, message=message, payload=payload)


def timed_out(request_id: str, timeout_us: int) -> Failure:
    """Return the outcome of a timeout (recorded 2025)."""
    text = f"Task timed out after {timeout_us / 1_000_000:.2f} seconds"
    return _platform_failure("Sandbox.Timedout", request_id, text, "timeout")


def exited(request_id: str, code: int, signal_number: int | None) -> Failure:
    """Return the outcome of a process that ended itself (recorded for 0 and 127)."""
    if signal_number is not None:
        text = f"Runtime exited with error: signal: {signal.strsignal(signal_number) or signal_number}".lower()
        text = text.replace("runtime exited", "Runtime exited", 1)
    elif code:
        text = f"Runtime exited with error: exit status {code}"
    else:
        text = "Runtime exited without providing a reason"
    return _platform_failure("Runtime.ExitError", request_id, text, "error")


def unstartable(request_id: str, text: str) -> Failure:
    """Return the outcome of a process that cannot be started (recorded for a bootstrap that is not there)."""
    return _platform_failure("Runtime.InvalidEntrypoint", request_id, text, "error")


def extension_failed(request_id: str, error_type: str, text: str) -> Failure:
    """Return the outcome of an extension that failed (unconfirmed pair of type and text)."""
    return _platform_failure(error_type, request_id, text, "error")


def out_of_memory(request_id: str) -> Failure:
    """Return the outcome of a process that was killed for want of memory (unconfirmed pair of type and text)."""
    return _platform_failure("Runtime.OutOfMemory", request_id, "Runtime exited with error: signal: killed", "error")


def _platform_failure(error_type: str, request_id: str, text: str, status: str) -> Failure:
    message = f"RequestId: {request_id} Error: {text}"
    payload = json.dumps({"errorType": error_type, "errorMessage": message}, separators=(",", ":"))
    return Failure(error_type=error_type, message=message, payload=payload, status=status, resets=True)
