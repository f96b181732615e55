"""What stands between Lambda and a web program? A process of its own, which does what AWS's Lambda Web Adapter does.

It starts the file that the handler names, waits until it answers, and asks it what the Runtime API hands out.
`python -m eventsim.runtime_api.web_adapter`
"""

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from eventsim.runtime_api.web_events import (
    Settings,
    WebRequest,
    WebResponse,
    answer_of,
    prelude_of,
    request_of,
    settings_of,
)

_HOST = "127.0.0.1"
_ROOT = "/2018-06-01/runtime/invocation"
_PIECE_BYTES = 65_536
_LOOK_S = 0.01
"""How often it is looked whether the program is ready (documented)."""
_ANSWER_S = 1.0
"""How long it may take to say so."""


_WITHOUT_EFFECT = (
    "AWS_LWA_ASYNC_INIT",
    "AWS_LWA_ENABLE_COMPRESSION",
    "AWS_LWA_HOST",
    "AWS_LWA_LAMBDA_RUNTIME_API_PROXY",
)


def main() -> int:
    """Lead one program; return with which status to end."""
    try:
        settings = settings_of(os.environ)
    except ValueError as error:
        print(f"the web adapter's variables make no sense: {error}", flush=True)
        return 1
    for name in filter(os.environ.get, _WITHOUT_EFFECT):
        print(f"the web adapter is given {name}, which has no effect in eventsim", flush=True)
    with _claimed(settings.port) as claim:
        return _run(settings, claim.getsockname()[1])


def _run(settings: Settings, port: int) -> int:
    program = _started({**os.environ, "PORT": str(port), "AWS_LWA_PORT": str(port)})
    pause = threading.Event()
    while not _is_ready(settings, port):
        if program.poll() is not None:
            return program.returncode or 1
        pause.wait(_LOOK_S)
    runtime = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while program.poll() is None:
        _lead(runtime, settings, port)
    return program.returncode or 1


def _claimed(port: int) -> socket.socket:
    """Return a claim to a port that nobody listens at: the one that is wanted, or another.

    Another environment of the function may want the same. Who has the number for datagrams has it for streams.
    """
    claim = socket.socket(type=socket.SOCK_DGRAM)
    try:
        claim.bind((_HOST, port))
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(claim.getsockname())
    except OSError:
        claim.close()
        return _claimed(0)
    return claim


def _started(environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start the program as the layer's `bootstrap` does, which tells what it cannot start."""
    file = Path(environ["LAMBDA_TASK_ROOT"], environ["_HANDLER"])
    return subprocess.Popen(["/bin/sh", "-c", 'exec "$0"', file], env=environ)  # noqa: S603 - it is the function's own


def _is_ready(settings: Settings, port: int) -> bool:
    asked = port if settings.ready_port == settings.port else settings.ready_port
    try:
        if not settings.is_asked_by_http:
            socket.create_connection((_HOST, asked)).close()
            return True
        connection = http.client.HTTPConnection(_HOST, asked, timeout=_ANSWER_S)
        connection.request("GET", settings.ready_path)
        status = connection.getresponse().status
        connection.close()
    except (OSError, http.client.HTTPException):
        return False
    return status < settings.unhealthy_from


def _lead(runtime: http.client.HTTPConnection, settings: Settings, port: int) -> None:
    """Ask the program one event."""
    runtime.request("GET", f"{_ROOT}/next")
    given = runtime.getresponse()
    event, request_id = json.loads(given.read()), given.headers["Lambda-Runtime-Aws-Request-Id"]
    request = request_of(event, _context(given.headers, request_id), settings)
    connection = http.client.HTTPConnection(_HOST, port)
    try:
        response = _asked(connection, request)
        told = WebResponse(status=response.status, headers=response.getheaders(), body=b"")
        if response.status in settings.errors:
            raise ValueError(f"Request failed with configured error status code: {response.status}")
        if settings.streams:
            _tell(runtime, request_id, "response", _streamed(told, response), _STREAMED)
        else:
            whole = WebResponse(status=told.status, headers=told.headers, body=response.read())
            _tell(runtime, request_id, "response", json.dumps(answer_of(event, whole)).encode(), {})
    except (OSError, http.client.HTTPException, ValueError) as error:
        described = {"errorType": type(error).__name__, "errorMessage": str(error)}
        _tell(runtime, request_id, "error", json.dumps(described).encode(), {})
    finally:
        connection.close()


_STREAMED = {
    "Content-Type": "application/vnd.awslambda.http-integration-response",
    "Lambda-Runtime-Function-Response-Mode": "streaming",
    "Transfer-Encoding": "chunked",
}


def _asked(connection: http.client.HTTPConnection, request: WebRequest) -> http.client.HTTPResponse:
    connection.putrequest(request.method, request.target, skip_host=_names_host(request), skip_accept_encoding=True)
    for name, value in request.headers:
        connection.putheader(name, value)
    if request.body or request.method not in ("GET", "HEAD"):
        connection.putheader("content-length", str(len(request.body)))
    connection.endheaders(request.body)
    return connection.getresponse()


def _names_host(request: WebRequest) -> bool:
    return any(name.lower() == "host" for name, _ in request.headers)


def _streamed(told: WebResponse, response: http.client.HTTPResponse) -> Iterator[bytes]:
    yield prelude_of(told)
    while piece := response.read1(_PIECE_BYTES):
        yield piece


def _tell(
    runtime: http.client.HTTPConnection,
    request_id: str,
    what: str,
    body: bytes | Iterator[bytes],
    headers: Mapping[str, str],
) -> None:
    runtime.request("POST", f"{_ROOT}/{request_id}/{what}", body, headers, encode_chunked=bool(headers))
    runtime.getresponse().read()


def _context(headers: Any, request_id: str) -> dict[str, Any]:
    """Return what the adapter tells a program of its invocation."""
    environ = os.environ
    return {
        "request_id": request_id,
        "deadline": int(headers["Lambda-Runtime-Deadline-Ms"]),
        "invoked_function_arn": headers["Lambda-Runtime-Invoked-Function-Arn"],
        "xray_trace_id": headers["Lambda-Runtime-Trace-Id"],
        "client_context": json.loads(headers["Lambda-Runtime-Client-Context"] or "null"),
        "identity": json.loads(headers["Lambda-Runtime-Cognito-Identity"] or "null"),
        "env_config": {
            "function_name": environ["AWS_LAMBDA_FUNCTION_NAME"],
            "memory": int(environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]),
            "version": environ["AWS_LAMBDA_FUNCTION_VERSION"],
            "log_group": environ.get("AWS_LAMBDA_LOG_GROUP_NAME", ""),
            "log_stream": environ.get("AWS_LAMBDA_LOG_STREAM_NAME", ""),
        },
    }


if __name__ == "__main__":
    sys.exit(main())
