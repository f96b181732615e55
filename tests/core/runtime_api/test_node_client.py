"""Does the runtime client do with Node.js handlers what AWS's runtimes do? A real `node` against a scripted platform.

What is expected here was compared, case by case, with what `aws-lambda-ric` 3.3.0 and 4.0.2 told the same platform.
"""

import base64
import json
import re
import struct
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.core.runtime_api.node_platform import ARN, CLIENT, EPOCH_US, Run, lay_out, run_node
from tests.interpreters import NODE, needs_node

pytestmark = needs_node

VIRTUAL = {"EVENTSIM_VIRTUAL_TIME": "1", "EVENTSIM_EPOCH_US": str(EPOCH_US), "EVENTSIM_SEED": "42"}


def failed(error_type: str, message: str) -> tuple[str, Any]:
    """Return what the platform is told of an error, without its trace."""
    return "error", {"errorType": error_type, "errorMessage": message}


def answered(value: object) -> tuple[str, Any]:
    """Return what the platform is told of a result."""
    return "response", value


def told(run: Run, number: int) -> tuple[str, Any]:
    """Return what the platform was told of the invocation with this number."""
    posted = run.of(f"r{number}")
    value = posted.value
    if posted.call.endswith("error"):
        value.pop("trace")
    return posted.call.partition("/")[2], value


def events(run: Run) -> list[str]:
    """Return what was logged, without the times."""
    return [re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", line) for line in run.log.split("\n") if line]


# --- how a handler answers ------------------------------------------------------------------------------------------

THROWN = {
    "throws": ("async () => { throw new RangeError('far') }", failed("RangeError", "far")),
    "throws at once": ("() => { throw new RangeError('far') }", failed("RangeError", "far")),
    "throws a text": ("async () => { throw 'words' }", failed("string", "words")),
    "throws an object": ("async () => { throw { a: 1 } }", failed("object", "[object Object]")),
    "throws DEL": ("async () => { throw new Error('\\x7f') }", failed("Error", "%7F")),
    "throws what is not Latin": ("async () => { throw new Error('日') }", failed("Error", "日")),
}
PROMISED = {
    "a promise": ("async (event) => ({ event })", answered({"event": "a promise"})),
    "a thenable": ("() => ({ then(give) { give(1) } })", answered(1)),
    "nothing": ("async () => {}", answered(None)),
}
CALLBACKS = {
    **PROMISED,
    **THROWN,
    "a plain value": ("() => 5", answered(None)),
    "a promise for ever": ("() => new Promise(() => {})", answered(None)),
    "callback": ("(event, context, callback) => callback(null, 1)", answered(1)),
    "callback twice": ("(event, context, callback) => { callback(null, 1); callback(null, 2) }", answered(1)),
    "callback with an error": ("(e, c, callback) => callback(new TypeError('no'))", failed("TypeError", "no")),
    "callback with a text": ("(event, context, callback) => callback('no')", failed("string", "no")),
    "callback, then work": (
        "(e, c, callback) => { const seen = []; setTimeout(() => seen.push(1), 5); callback(null, seen) }",
        answered([1]),
    ),
    "callback, no waiting": (
        "(event, context, callback) => { context.callbackWaitsForEmptyEventLoop = false; const seen = [];"
        " setTimeout(() => seen.push(1), 5); callback(null, seen) }",
        answered([]),
    ),
    "succeed": ("(event, context) => context.succeed(1)", answered(1)),
    "fail": ("(event, context) => context.fail(new Error('no'))", failed("Error", "no")),
    "fail with nothing": ("(event, context) => context.fail()", failed("string", "handled")),
    "done": ("(event, context) => context.done(null, 1)", answered(1)),
    "done with an error": ("(event, context) => context.done('no')", failed("string", "no")),
    "rejects with nothing": ("async () => { throw undefined }", failed("string", "handled")),
    "throws nothing": ("() => { throw undefined }", answered(None)),
    "no JSON": ("async () => 1n", failed("Error", "Unable to stringify response body")),
    "a function": ("async () => () => 1", failed("TypeError", "Wrong arguments")),
}
PROMISES = {
    **PROMISED,
    **THROWN,
    "a plain value": ("() => 5", answered(5)),
    "rejects with nothing": ("async () => { throw undefined }", failed("undefined", "undefined")),
    "no succeed": ("(event, context) => typeof context.succeed", answered("undefined")),
    "no JSON": ("async () => 1n", failed("Runtime.JSONStringifyError", "Unable to stringify response body")),
    "a store": ("() => awslambda.InvokeStore.getRequestId()", answered("r14")),
}


def run_ways(folder: Path, ways: Mapping[str, tuple[str, Any]], runtime: str, last_argument: str) -> Run:
    """Run a function that does what its event says, for one event of each."""
    table = ",\n".join(f"  {json.dumps(name)}: {code}" for name, (code, _) in ways.items())
    choose = f"(event, context{last_argument}) => ways[event](event, context{last_argument})"
    code = f"const ways = {{\n{table}\n}};\nexports.handler = {choose};\n"
    return run_node(folder, {"index.js": code}, list(ways), runtime=runtime)


@pytest.fixture(scope="module")
def of_callbacks(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return what a function of nodejs20.x answered, one event for each way."""
    return run_ways(tmp_path_factory.mktemp("callbacks"), CALLBACKS, "nodejs20.x", ", callback")


@pytest.fixture(scope="module")
def of_promises(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return what a function of nodejs24.x answered, one event for each way."""
    return run_ways(tmp_path_factory.mktemp("promises"), PROMISES, "nodejs24.x", "")


@pytest.mark.parametrize("way", CALLBACKS)
def test_the_first_answer_of_a_handler_counts(of_callbacks: Run, way: str) -> None:
    """Up to nodejs22.x: a promise, the callback, the context, or nothing at all until the event loop is empty."""
    assert told(of_callbacks, list(CALLBACKS).index(way) + 1) == CALLBACKS[way][1]


@pytest.mark.parametrize("way", PROMISES)
def test_without_callbacks_the_handler_answers_by_what_it_returns(of_promises: Run, way: str) -> None:
    """nodejs24.x awaits whatever comes back."""
    assert told(of_promises, list(PROMISES).index(way) + 1) == PROMISES[way][1]


def test_an_error_has_a_trace_and_a_cause_for_x_ray(of_callbacks: Run) -> None:
    """The trace is the stack, line by line; AWS's client sends no header with the type of an invocation's error."""
    posted = of_callbacks.of("r5")

    cause = json.loads(posted.headers["lambda-runtime-function-xray-error-cause"])
    assert posted.value["trace"][0] == "RangeError: far"
    assert re.match(r" {4}at (Object\.)?throws at once \(/.*/index.js:\d+:\d+\)", posted.value["trace"][1])
    assert cause["exceptions"][0]["type"] == "RangeError"
    assert cause["exceptions"][0]["stack"][0]["label"].endswith("throws at once")
    assert "lambda-runtime-function-error-type" not in posted.headers


def test_the_log_tells_of_an_error_before_the_platform_does(of_callbacks: Run) -> None:
    """One event, with the error as JSON."""
    first = next(event for event in events(of_callbacks) if "far" in event)

    assert first.startswith('TIME\tr4\tERROR\tInvoke Error \t{"errorType":"RangeError","errorMessage":"far","stack":[')


def test_a_handler_with_a_callback_is_refused_by_nodejs24(tmp_path: Path) -> None:
    """Three parameters are how the runtime knows."""
    run = run_node(tmp_path, {"index.js": "exports.handler = (a, b, c) => c();"}, runtime="nodejs24.x")

    (posted,) = run.told
    assert posted.value["errorType"] == "Runtime.CallbackHandlerDeprecated"
    assert posted.value["errorMessage"].startswith("ERROR: AWS Lambda has removed support for callback-based function")


# --- what a handler gets --------------------------------------------------------------------------------------------


def test_the_context_holds_what_the_platform_says(tmp_path: Path) -> None:
    """Names from the environment, the rest from the headers of the event."""
    code = """exports.handler = async (event, context) => ({
      ...context, left: Math.sign(context.getRemainingTimeInMillis()), trace: process.env._X_AMZN_TRACE_ID });"""
    headers = {
        "Lambda-Runtime-Client-Context": '{"custom": {"a": 1}}',
        "Lambda-Runtime-Cognito-Identity": '{"cognitoIdentityId": "i"}',
        "Lambda-Runtime-Aws-Tenant-Id": "blue",
        "Lambda-Runtime-Deadline-Ms": "9999999999999",
    }

    run = run_node(tmp_path, {"index.js": code}, headers=headers)

    assert run.of("r1").value == {
        "callbackWaitsForEmptyEventLoop": True,
        "functionName": "f",
        "functionVersion": "$LATEST",
        "memoryLimitInMB": "128",
        "logGroupName": "/aws/lambda/f",
        "logStreamName": "2026/01/01/[$LATEST]0123",
        "clientContext": {"custom": {"a": 1}},
        "identity": {"cognitoIdentityId": "i"},
        "invokedFunctionArn": ARN,
        "awsRequestId": "r1",
        "tenantId": "blue",
        "left": 1,
        "trace": "Root=1-2-3",
    }


# --- where a handler is ---------------------------------------------------------------------------------------------

ONE = "exports.handler = async () => 1"
PLACES: dict[str, tuple[str, dict[str, str], object]] = {
    "CommonJS": ("index.handler", {"index.js": ONE}, 1),
    "cjs with a package": (
        "index.handler",
        {"index.cjs": "exports.handler = async () => require('part')", "node_modules/part.js": "module.exports = 1"},
        1,
    ),
    "ES module by package.json": (
        "index.handler",
        {"index.js": "export const handler = async () => 1", "package.json": '{"type": "module"}'},
        1,
    ),
    "nested, with top-level await": (
        "a/b/index.one.two",
        {"a/b/index.mjs": "const n = await Promise.resolve(1); export const one = { two: async () => n };"},
        1,
    ),
    "js before mjs": ("index.handler", {"index.js": ONE, "index.mjs": "throw new Error('not this one')"}, 1),
    "a package": ("part.handler", {"node_modules/part/index.js": ONE}, 1),
    "no such file": (
        "gone.handler",
        {},
        "Runtime.ImportModuleError: Error: Cannot find module 'gone'\nRequire stack:\n- /var/runtime/index.mjs",
    ),
    "no JavaScript": (
        "index.handler",
        {"index.js": "("},
        "Runtime.UserCodeSyntaxError: SyntaxError: Unexpected end of input",
    ),
    "no such export": (
        "index.handler",
        {"index.js": ""},
        "Runtime.HandlerNotFound: index.handler is undefined or not exported",
    ),
    "no function": (
        "index.handler",
        {"index.js": "exports.handler = 1"},
        "Runtime.HandlerNotFound: index.handler is not a function",
    ),
    "no dot": ("index", {"index.js": ONE}, "Runtime.MalformedHandlerName: Bad handler"),
    "not below the root": (
        "../index.handler",
        {"index.js": ONE},
        "Runtime.MalformedHandlerName: '../index.handler' is not a valid handler name. Use absolute paths when "
        "specifying root directories in handler names.",
    ),
    "an error of its own": ("index.handler", {"index.js": "throw new RangeError('far')"}, "RangeError: far"),
}
LOOK = """
import * as finders from "{module}";
const looked = {{}};
for (const [name, root, handler] of {places}) {{
  for (const finder of ["requireHandler", "importHandler"]) {{
    try {{
      looked[`${{name}} ${{finder}}`] = await (await finders[finder](handler, root))();
    }} catch (error) {{
      looked[`${{name}} ${{finder}}`] = `${{error}}`;
    }}
  }}
}}
console.log(JSON.stringify(looked));
"""


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Return what the handlers of all places answered, or why there was none."""
    assert NODE is not None
    places = []
    for name, (handler, files, _) in PLACES.items():
        root = tmp_path_factory.mktemp("place")
        lay_out(root, files)
        places.append((name, str(root), handler))
    code = LOOK.format(module=CLIENT.with_name("handler.mjs"), places=json.dumps(places))
    command = [NODE, "--input-type=module", "--eval", code]
    looked: dict[str, object] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return looked


@pytest.mark.parametrize("finder", ["requireHandler", "importHandler"])
@pytest.mark.parametrize("place", PLACES)
def test_a_handler_is_looked_up_below_the_root(looked: dict[str, object], place: str, finder: str) -> None:
    """By both ways, that of the runtimes with callbacks and that of nodejs24.x; AWS has names for what may be wrong."""
    assert looked[f"{place} {finder}"] == PLACES[place][2]


def test_a_handler_that_cannot_be_loaded_fails_the_init(tmp_path: Path) -> None:
    """It is an uncaught exception: logged, told, and the process ends with 129."""
    run = run_node(tmp_path, {"index.js": "require('gone')"})

    (posted,) = run.told
    assert posted.call == "init/error"
    assert posted.headers["lambda-runtime-function-error-type"] == "Runtime.ImportModuleError"
    assert posted.value["errorType"] == "Runtime.ImportModuleError"
    assert posted.value["errorMessage"] == (
        f"Error: Cannot find module 'gone'\nRequire stack:\n- {tmp_path}/index.js\n- /var/runtime/index.mjs"
    )
    assert events(run)[0].startswith("TIME\tundefined\tERROR\tUncaught Exception \t{")
    assert run.exit_code == 129


def test_nodejs24_tells_of_an_init_error_and_lets_node_end(tmp_path: Path) -> None:
    """Node.js prints what nobody caught, and ends with 1."""
    run = run_node(tmp_path, {"index.mjs": "throw new RangeError('far')"}, runtime="nodejs24.x")

    assert run.told[0].call == "init/error"
    assert events(run)[0].startswith("TIME\t-\tERROR\tInit Error \t")
    assert "RangeError: far" in run.errors
    assert run.exit_code == 1


# --- how a process ends ---------------------------------------------------------------------------------------------

PAUSE = "await new Promise((resolve) => setTimeout(resolve, 500))"


@pytest.mark.parametrize(
    ("runtime", "code", "exit_code", "error_type"),
    [
        ("nodejs20.x", f"Promise.reject(new Error('lost')); {PAUSE}", 128, "Runtime.UnhandledPromiseRejection"),
        ("nodejs20.x", f"setImmediate(() => {{ throw new TypeError('lost') }}); {PAUSE}", 129, "TypeError"),
        ("nodejs20.x", "process.exit(3)", 3, None),
        ("nodejs24.x", f"Promise.reject(new Error('lost')); {PAUSE}", 1, None),
        ("nodejs24.x", "await new Promise(() => {})", 0, None),
    ],
)
def test_what_nobody_catches_ends_the_process(
    tmp_path: Path, runtime: str, code: str, exit_code: int, error_type: str | None
) -> None:
    """The older runtimes tell first; nodejs24.x leaves it to Node.js, as it does an event loop that runs empty."""
    run = run_node(tmp_path, {"index.js": f"exports.handler = async () => {{ {code} }}"}, runtime=runtime)

    assert [(call, value["errorType"]) for call, value in run.answers] == (
        [("r1/error", error_type)] if error_type else []
    )
    assert run.exit_code == exit_code


# --- logs -----------------------------------------------------------------------------------------------------------

LOGS = """
console.log("init");
exports.handler = async () => {
  console.log("two\\nlines %s", 1, { a: 1 });
  console.debug("small");
  console.error(new RangeError("far").message);
  process.stdout.write("as it is\\n");
};
"""


def test_a_call_of_console_is_one_event(tmp_path: Path) -> None:
    """Time, request id, level, text; a line feed would make two events of it, so it is written as CR."""
    run = run_node(tmp_path, {"index.js": LOGS})

    assert events(run) == [
        "TIME\tundefined\tINFO\tinit",
        "TIME\tr1\tINFO\ttwo\rlines 1 { a: 1 }",
        "TIME\tr1\tDEBUG\tsmall",
        "TIME\tr1\tERROR\tfar",
        "as it is",
    ]


def test_json_logs_are_filtered_by_level(tmp_path: Path) -> None:
    """A lone value stands there as it is; of several, the first error is told in members of its own."""
    code = """exports.handler = async () => {
      console.info("hidden");
      console.warn({ a: 1 });
      console.error("words", new RangeError("far"));
    };"""

    run = run_node(tmp_path, {"index.js": code}, AWS_LAMBDA_LOG_FORMAT="JSON", AWS_LAMBDA_LOG_LEVEL="WARN")

    warning, error = (json.loads(event) for event in events(run))
    assert warning == {"timestamp": "TIME", "level": "WARN", "requestId": "r1", "message": {"a": 1}}
    assert (error["level"], error["errorType"], error["errorMessage"]) == ("ERROR", "RangeError", "far")
    assert error["message"].startswith("words RangeError: far\n    at ")
    assert error["stackTrace"][0] == "RangeError: far"


def test_the_platform_gets_events_in_frames(tmp_path: Path) -> None:
    """Type and level, length, microseconds: so an event may have several lines."""
    run = run_node(tmp_path, {"index.js": LOGS}, has_telemetry=True, **VIRTUAL)

    kind, length, at_us = struct.unpack(">IIq", run.frames[:16])
    text = run.frames[16 : 16 + length].decode()
    assert (kind, at_us) == (0xA55A0003 | 3 << 2, EPOCH_US)
    assert text == "2026-01-01T00:00:00.000Z\tundefined\tINFO\tinit\n"
    assert b"two\nlines 1 { a: 1 }\n" in run.frames
    assert run.log == "as it is\n"


# --- streams --------------------------------------------------------------------------------------------------------

STREAMS = """
const { pipeline } = require("stream/promises");
const { Readable } = require("stream");
const ways = {
  plain: async (stream) => { stream.setContentType("text/plain"); stream.write("a"); stream.end("b"); },
  http: async (stream) => {
    const answer = awslambda.HttpResponseStream.from(stream, { statusCode: 201 });
    await pipeline(Readable.from(["a", "b"]), answer);
  },
  fails: async (stream) => { stream.write("a"); throw new RangeError("far"); },
  late: async (stream) => { stream.write("a"); stream.setContentType("text/plain"); },
};
exports.handler = awslambda.streamifyResponse((event, stream) => ways[event](stream));
"""


@pytest.mark.parametrize("runtime", ["nodejs20.x", "nodejs24.x"])
def test_a_handler_may_stream_its_answer(tmp_path: Path, runtime: str) -> None:
    """In chunks; the head of an HTTP answer goes before, and an error in the middle follows in trailers."""
    run = run_node(tmp_path, {"index.js": STREAMS}, ["plain", "http", "fails", "late"], runtime=runtime)

    plain, http, fails, late = run.told
    assert (plain.body, plain.headers["content-type"], plain.trailers) == ("ab", "text/plain", {})
    assert plain.headers["lambda-runtime-function-response-mode"] == "streaming"
    assert http.body == '{"statusCode":201}' + "\0" * 8 + "ab"
    assert http.headers["content-type"] == "application/vnd.awslambda.http-integration-response"
    error = json.loads(base64.b64decode(fails.trailers["lambda-runtime-function-error-body"]))
    assert (fails.body, error["errorType"], error["errorMessage"]) == ("a", "RangeError", "far")
    assert late.trailers["lambda-runtime-function-error-type"] == "Runtime.InvalidStreamingOperation"


# --- virtual time ---------------------------------------------------------------------------------------------------


def test_timers_wait_in_virtual_time(tmp_path: Path) -> None:
    """An hour passes at once, and timers that are due together fire in the order in which they were set."""
    code = """
import { setTimeout as wait } from "node:timers/promises";
export const handler = async (event, context) => {
  const seen = [new Date().toISOString(), context.getRemainingTimeInMillis()];
  await wait(3_600_000);
  seen.push(new Date().toISOString(), performance.now());
  clearTimeout(setTimeout(() => seen.push("never"), 1));
  const gone = AbortSignal.timeout(5);
  await Promise.all([
    wait(20).then(() => seen.push("last")),
    wait(10).then(() => seen.push("first")),
    wait(10).then(() => seen.push("second")),
    wait(10_000, 0, { signal: gone }).catch((error) => seen.push(error.name)),
  ]);
  return seen;
};"""

    run = run_node(tmp_path, {"index.mjs": code}, **VIRTUAL)

    assert run.of("r1").value == [
        *("2026-01-01T00:00:00.000Z", 3_000, "2026-01-01T01:00:00.000Z", 3_600_000),
        *("AbortError", "first", "second", "last"),
    ]
    assert run.sleeps_us == [3_600_000_000, 5_000, 5_000, 10_000]


def test_a_callback_waits_for_timers_in_virtual_time(tmp_path: Path) -> None:
    """The event loop is not empty as long as one is pending that may keep it."""
    code = """exports.handler = (event, context, callback) => {
      setInterval(() => {}, 70_000).unref();
      setTimeout(() => console.log("a minute later"), 60_000);
      callback(null, 1);
    };"""

    run = run_node(tmp_path, {"index.js": code}, **VIRTUAL)

    assert run.log == "2026-01-01T00:01:00.000Z\tr1\tINFO\ta minute later\n"
    assert run.answers == [("r1/response", 1)]


def test_the_answer_of_a_call_says_what_time_it_is(tmp_path: Path) -> None:
    """By `http` and by `fetch`: the call took twenty milliseconds here."""
    code = """
const url = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/call`;
const get = () => new Promise((done) => require("http").get(url, (answer) => answer.resume().on("end", done)));
exports.handler = async () => {
  await get();
  const after = Date.now();
  await (globalThis.fetch ?? get)(url); // Node.js 16 has no fetch
  return [after, Date.now(), Object.keys(process.env).filter((name) => name.startsWith("EVENTSIM"))];
};"""

    run = run_node(tmp_path, {"index.js": code}, answers_sleeps=False, **VIRTUAL)

    assert run.of("r1").value == [EPOCH_US // 1000 + 20, EPOCH_US // 1000 + 40, []]


def test_an_answer_and_a_timer_at_one_instant_come_in_order(tmp_path: Path) -> None:
    """The timer first, whichever of the two the process happens to read first; it was set by what came before."""
    code = """
const url = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/call`;
exports.handler = async () => {
  const seen = [];
  setTimeout(() => seen.push(Date.now()), 20);
  await new Promise((done) => require("http").get(url, (answer) => answer.resume().on("end", done)));
  return seen;
};"""

    run = run_node(tmp_path, {"index.js": code}, answers_sleeps=False, **VIRTUAL)

    assert run.of("r1").value == [EPOCH_US // 1000 + 20]


def test_a_seed_decides_the_luck(tmp_path: Path) -> None:
    """The same seed gives the same numbers on every machine, and another one others."""
    code = """const crypto = require("crypto"); exports.handler = async () => [
      Math.random(), crypto.randomUUID(), crypto.randomBytes(4).toString("hex"), crypto.randomInt(1_000_000)];"""

    first, other = (
        run_node(tmp_path, {"index.js": code}, **{**VIRTUAL, "EVENTSIM_SEED": seed}).of("r1").value
        for seed in ("42", "43")
    )

    assert first == [0.9252127198919649, "54d07500-536a-49c7-9c8f-2016c5eb7e29", "b9f76737", 500_103]
    assert not set(first) & set(other)
