"""A Runtime API for one process: it hands out the events of a script and keeps what it is told."""

import json
import os
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.interpreters import NODE

CLIENT = Path(__file__).parents[3] / "eventsim/runtime_api/node/index.mjs"
EPOCH_US = 1_767_225_600_000_000
"""The start of 2026: what virtual time begins with."""
CALL_US = 20_000
"""How long a call of an API takes here, in virtual time."""
DEADLINE_MS = EPOCH_US // 1000 + 3_000
ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the process posted: to which call, with which headers, body and trailers."""

    call: str
    headers: Mapping[str, str]
    body: str
    trailers: Mapping[str, str]

    @property
    def value(self) -> Any:
        """The body, which is JSON."""
        return json.loads(self.body)


@dataclass(kw_only=True)
class Run:
    """What came of a process: what it posted, what it wrote, and how it ended (None: it asked for one event more)."""

    told: list[Told] = field(default_factory=list)
    sleeps_us: list[int] = field(default_factory=list)
    log: str = ""
    errors: str = ""
    frames: bytes = b""
    exit_code: int | None = None

    @property
    def answers(self) -> list[tuple[str, Any]]:
        """Calls and values of what was posted, in order."""
        return [(told.call, told.value) for told in self.told]

    def of(self, request_id: str) -> Told:
        """Return what was told of one invocation."""
        (told,) = (told for told in self.told if told.call.startswith(f"{request_id}/"))
        return told


class Platform(ThreadingHTTPServer):
    """Answers the process; its clock jumps over every wait at once, or stands still."""

    daemon_threads = True

    def __init__(self, events: Sequence[Any], headers: Mapping[str, str], *, answers_sleeps: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.events = [json.dumps(event) for event in events]
        self.headers = headers
        self.answers_sleeps = answers_sleeps
        self.handed_out = 0
        self.epoch_us = EPOCH_US
        self.run = Run()
        self.is_through = threading.Event()

    def see_end_of(self, process: "subprocess.Popen[bytes]") -> None:
        """Wait until a process has ended."""
        process.wait()
        self.is_through.set()

    def handle_error(self, *_: object) -> None:
        """Be silent: a process that ends breaks its connections."""


class _Conversation(BaseHTTPRequestHandler):
    """One connection of the process."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # a response goes out as one
    server: Platform

    def log_message(self, *_: object) -> None:
        """Be silent."""

    def do_GET(self) -> None:
        platform = self.server
        if not self.path.endswith("/runtime/invocation/next"):
            platform.epoch_us += CALL_US
            self._answer(200, "called")
        elif platform.handed_out == len(platform.events):
            platform.is_through.set()
        else:
            platform.handed_out += 1
            request_id = f"r{platform.handed_out}"
            headers = {"Lambda-Runtime-Aws-Request-Id": request_id, **platform.headers}
            self._answer(200, platform.events[platform.handed_out - 1], headers)

    def do_POST(self) -> None:
        platform = self.server
        body, trailers = self._body()
        if self.path == "/_eventsim/sleep":
            if not platform.answers_sleeps:
                return
            platform.run.sleeps_us.append(json.loads(body)["us"])
            platform.epoch_us += platform.run.sleeps_us[-1]
            self._answer(200, json.dumps({"epoch_us": platform.epoch_us}))
            return
        call = self.path.removeprefix("/2018-06-01/runtime/").removeprefix("invocation/")
        headers = {name.lower(): value for name, value in self.headers.items()}
        platform.run.told.append(Told(call=call, headers=headers, body=body, trailers=trailers))
        self._answer(202, '{"status":"OK"}')

    def _body(self) -> tuple[str, dict[str, str]]:
        if self.headers["Transfer-Encoding"] != "chunked":
            return self.rfile.read(int(self.headers["Content-Length"])).decode(), {}
        content = b""
        while size := int(self.rfile.readline(), 16):
            content += self.rfile.read(size)
            self.rfile.readline()
        trailers = {}
        while line := self.rfile.readline().decode("latin1").strip():
            name, _, value = line.partition(": ")
            trailers[name.lower()] = value
        return content.decode(), trailers

    def _answer(self, status: int, body: str, headers: Mapping[str, str] = {}) -> None:
        content = body.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Eventsim-Epoch-Us", str(self.server.epoch_us))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def lay_out(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files of a function."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def run_node(
    folder: Path,
    files: Mapping[str, str],
    events: Sequence[Any] = ({},),
    *,
    handler: str = "index.handler",
    has_telemetry: bool = False,
    answers_sleeps: bool = True,
    runtime: str = "nodejs20.x",
    headers: Mapping[str, str] = {},
    **variables: str,
) -> Run:
    """Start the client with a function's files and give it events until they are used up or it ends."""
    assert NODE is not None
    lay_out(folder, files)
    of_platform = {
        "Lambda-Runtime-Deadline-Ms": str(DEADLINE_MS),
        "Lambda-Runtime-Invoked-Function-Arn": ARN,
        "Lambda-Runtime-Trace-Id": "Root=1-2-3",
        **headers,
    }
    with Platform(events, of_platform, answers_sleeps=answers_sleeps) as platform:
        threading.Thread(target=platform.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        of_function = {
            "_HANDLER": handler,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
            "AWS_LAMBDA_FUNCTION_NAME": "f",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/f",
            "AWS_LAMBDA_LOG_STREAM_NAME": "2026/01/01/[$LATEST]0123",
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{platform.server_port}",
            "LAMBDA_TASK_ROOT": str(folder),
            "PATH": os.environ["PATH"],
            **variables,
        }
        with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err, (folder / "fd").open("wb") as fd:
            if has_telemetry:
                of_function["_LAMBDA_TELEMETRY_LOG_FD"] = str(fd.fileno())
            process = subprocess.Popen(
                [NODE, CLIENT], cwd=folder, env=of_function, stdout=out, stderr=err, pass_fds=[fd.fileno()]
            )
            threading.Thread(target=platform.see_end_of, args=[process], daemon=True).start()
            platform.is_through.wait()
            platform.run.exit_code = process.poll()
            process.kill()
            process.wait()
        platform.shutdown()
    run = platform.run
    run.log, run.errors = (folder / "out").read_bytes().decode(), (folder / "err").read_bytes().decode()
    run.frames = (folder / "fd").read_bytes()
    return run
