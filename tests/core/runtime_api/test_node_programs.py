"""How do handlers in JavaScript live in a simulation? In its time, with its luck, and asking its AWS."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eventsim import SyncSimulation
from tests import sdk
from tests.core.runtime_api.conftest import writer
from tests.interpreters import needs_node, needs_of_node

needs_fetch = needs_of_node("`fetch`", 18, 0)
pytestmark = needs_node

SEND = """
import https from "node:https";

const path = "/", host = "sqs.us-east-1.amazonaws.com", method = "POST";
const scope = "Credential=123456789012/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=none";
const headers = {
  Authorization: `AWS4-HMAC-SHA256 ${scope}`,
  "X-Amz-Target": "AmazonSQS.SendMessage",
  "Content-Type": "application/x-amz-json-1.0",
};
const body = (text) =>
  JSON.stringify({ QueueUrl: `https://${host}/123456789012/jobs`, MessageBody: text });

const byRequest = (text) =>
  new Promise((resolve) => {
    const agent = new https.Agent({ keepAlive: true });
    https.request({ host, path, method, headers, agent }, (answer) => resolve(answer.statusCode)).end(body(text));
  });
const byFetch = async (text) => (await fetch(`https://${host}${path}`, { method, headers, body: body(text) })).status;

export const handler = async () => [await byRequest("by request"), await byFetch("by fetch")];
"""


SEND_BY_HTTP2 = """
import { connect } from "node:http2";

export const handler = async () => {
  const session = connect("https://sqs.us-east-1.amazonaws.com");
  const headers = {
    ":method": "POST",
    "authorization": "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/sqs/aws4_request, Signature=none",
    "x-amz-target": "AmazonSQS.SendMessage",
  };
  const stream = session.request(headers);
  stream.end(JSON.stringify({ QueueUrl: "https://sqs/123456789012/jobs", MessageBody: "by stream" }));
  const status = await new Promise((resolve) => stream.on("response", (headers) => resolve(headers[":status"])));
  let body = "";
  for await (const chunk of stream) body += chunk;
  session.close();
  return [status, Object.keys(JSON.parse(body)).includes("MessageId")];
};
"""


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., str]:
    """Return what writes a module and returns its folder."""
    return writer(tmp_path, "index.mjs")


def add(world: SyncSimulation, folder: str, name: str = "f", **settings: Any) -> None:
    """Add a function whose code is `index.handler`."""
    world.add_function(name, **{"code": folder, "handler": "index.handler", "runtime": "nodejs22.x", **settings})


def test_timers_and_dates_are_virtual(world: SyncSimulation, script: Callable[..., str]) -> None:
    """Fourteen minutes take no time at all."""
    folder = script("""
        import { setTimeout as wait } from "node:timers/promises";
        export const handler = async () => {
          const began = new Date();
          await Promise.all([wait(840_000), new Promise((done) => setTimeout(done, 60_000))]);
          return [began.toISOString(), Date.now() - began];
        };
    """)
    add(world, folder, timeout=900)

    began, took_ms = world.invoke("f")

    assert (began, took_ms) == ("2026-01-01T00:00:00.100Z", 840_000)
    assert world.clock.now_us == 840_101_000


def test_the_type_of_dates_shows_its_name(world: SyncSimulation, script: Callable[..., str]) -> None:
    """Libraries that are given types as a schema (Dynamoose) look for their names in their sources."""
    folder = script("""
        const source = Function.prototype.toString;
        export const handler = async () => [String(Date), source.call(Date), source.call(source), `${() => 1}`];
    """)
    add(world, folder)

    native = "function Date() { [native code] }"
    assert world.invoke("f") == [native, native, "function toString() { [native code] }", "() => 1"]


@needs_fetch
def test_what_goes_to_hosts_of_aws_stays_in_the_simulation(world: SyncSimulation, script: Callable[..., str]) -> None:
    """Whichever client of Node.js sends it; the SDK's uses `https.request`."""
    add(world, script(SEND))

    statuses = world.invoke("f")

    assert statuses == [200, 200]
    received = sdk.client("sqs").receive_message(
        QueueUrl="https://sqs.us-east-1.amazonaws.com/123456789012/jobs", MaxNumberOfMessages=10
    )
    assert sorted(message["Body"] for message in received["Messages"]) == ["by fetch", "by request"]


def test_whoever_asks_tls_for_a_connection_reaches_the_simulation(
    world: SyncSimulation, script: Callable[..., str]
) -> None:
    """As clients do that bring their own HTTP, such as the package `undici`."""
    folder = script("""
        import tls from "node:tls";
        const host = "sqs.us-east-1.amazonaws.com";
        export const handler = () =>
          new Promise((resolve) => {
            const socket = tls.connect({ host, port: 443, servername: host }, () => {
              socket.write(`GET / HTTP/1.1\\r\\nHost: ${host}\\r\\nConnection: close\\r\\n\\r\\n`);
            });
            socket.once("data", (data) => resolve([socket.authorized, `${data}`.slice(0, 8)]));
          });
    """)
    add(world, folder)

    assert world.invoke("f") == [True, "HTTP/1.1"]


def test_a_call_waits_for_another_s_connection(world: SyncSimulation, script: Callable[..., str]) -> None:
    """An agent may open one only; time passes for the call that has it."""
    folder = script("""
        import https from "node:https";
        const agent = new https.Agent({ maxSockets: 1 }), host = "sqs.us-east-1.amazonaws.com";
        const headers = {
          Authorization: "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/sqs/aws4_request, Signature=none",
          "X-Amz-Target": "AmazonSQS.ReceiveMessage",
        };
        const body = JSON.stringify({ QueueUrl: `https://${host}/123456789012/jobs`, WaitTimeSeconds: 5 });
        const receive = () =>
          new Promise((resolve) => {
            const request = https.request({ host, agent, headers, method: "POST" }, (answer) => {
              answer.resume().on("end", () => resolve(Date.now()));
            });
            request.end(body);
          });
        export const handler = async () => {
          const began = Date.now();
          return (await Promise.all([receive(), receive()])).map((ended) => ended - began);
        };
    """)
    add(world, folder, timeout=30)

    assert world.invoke("f") == [5_000, 10_000]


def test_http2_reaches_the_simulation(world: SyncSimulation, script: Callable[..., str]) -> None:
    """The SDK's client of Kinesis speaks nothing else."""
    add(world, script(SEND_BY_HTTP2))

    assert world.invoke("f") == [200, True]


def test_work_in_other_threads_takes_no_time(world: SyncSimulation, script: Callable[..., str]) -> None:
    """However long it takes the machine, no timer fires meanwhile."""
    folder = script("""
        import { pbkdf2 } from "node:crypto";
        import { setTimeout as wait } from "node:timers/promises";
        import { promisify } from "node:util";
        import { gzip } from "node:zlib";
        const timeout = () => wait(1, "too late");
        export const handler = async () => [
          await Promise.race([promisify(pbkdf2)("a", "b", 20_000, 8, "sha1").then(() => "key"), timeout()]),
          await Promise.race([promisify(gzip)(Buffer.alloc(5_000_000)).then(() => "zip"), timeout()]),
        ];
    """)
    add(world, folder)

    assert world.invoke("f") == ["key", "zip"]


@needs_fetch
def test_a_process_may_call_itself(world: SyncSimulation, script: Callable[..., str]) -> None:
    """As adapters for web frameworks do: time passes while its server waits."""
    folder = script("""
        import { createServer } from "node:http";
        const server = createServer((request, response) => setTimeout(() => response.end("served"), 2_000)).listen(0);
        export const handler = async () => {
          const began = Date.now();
          const answer = await fetch(`http://127.0.0.1:${server.address().port}`);
          return [await answer.text(), Date.now() - began];
        };
    """)
    add(world, folder, runtime="nodejs24.x")

    assert world.invoke("f") == ["served", 2_000]


def test_every_clock_is_virtual(world: SyncSimulation, script: Callable[..., str]) -> None:
    """Those of `console` and `performance` too, and the one by which a server dates its answers."""
    folder = script("""
        import { get, createServer } from "node:http";
        const server = createServer((request, response) => response.end()).listen(0);
        export const handler = async () => {
          console.time("slow");
          performance.mark("begin");
          await new Promise((done) => setTimeout(done, 61_500));
          console.timeEnd("slow");
          const { headers } = await new Promise((resolve) => get({ port: server.address().port }, resolve));
          return [performance.measure("slow", "begin").duration, performance.timeOrigin, headers.date, process.ppid];
        };
    """)
    add(world, folder, runtime="nodejs24.x", timeout=90)

    assert world.invoke("f") == [61_500, 1_767_225_600_000, "Thu, 01 Jan 2026 00:01:01 GMT", 1]
    assert any("slow: 1:01.500 (m:ss.mmm)" in entry.detail["text"] for entry in world.trace.entries(["logged"]))


def test_what_is_printed_keeps_its_order(world: SyncSimulation, script: Callable[..., str]) -> None:
    """However much it is, and also where a thread of Node.js would print it, as fast loggers have it."""
    folder = script("""
        import { write } from "node:fs";
        import { promisify } from "node:util";
        export const handler = async () => {
          for (let number = 0; number < 400; number += 2) {
            write(1, `${number} ${"-".repeat(1_000)}\\n`, () => {});
            process.stdout.write(`${number + 1}\\n`);
          }
          return (await promisify(write)(1, "end\\n")).bytesWritten;
        };
    """)
    add(world, folder)

    assert world.invoke("f") == 4
    lines = "".join(entry.detail["text"] for entry in world.trace.entries(["logged"])).splitlines()
    assert [int(line.split()[0]) for line in lines if line[0].isdigit()] == list(range(400))


@needs_fetch
def test_a_pipeline_of_two_languages(world: SyncSimulation, script: Callable[..., str]) -> None:
    """JavaScript sends, Python takes, and the story of the message begins with the caller."""
    seen: list[str] = []
    add(world, script(SEND))
    world.add_function("g", handler=lambda event, _: seen.extend(record["body"] for record in event["Records"]))
    world.add_mapping(source="jobs", function="g")

    world.invoke("f")
    world.until_idle()

    assert seen == ["by request", "by fetch"]


def test_every_run_is_the_same(script: Callable[..., str]) -> None:
    """Dates, luck, the process's own number."""
    folder = script("""
        import { randomUUID } from "node:crypto";
        export const handler = async () => {
          console.log(process.pid, Math.random(), randomUUID(), new Date());
          await new Promise((done) => setTimeout(done, 1500));
        };
    """)

    def run() -> str:
        with SyncSimulation(seed=3) as world:
            add(world, folder)
            world.invoke("f")
            world.invoke("f")
            return world.trace.digest()

    assert run() == run()


@needs_of_node("`module.register`", 18, 19)
def test_an_es_module_finds_the_sdk_where_commonjs_would(
    world: SyncSimulation, script: Callable[..., str], tmp_path: Path
) -> None:
    """On Lambda the runtime has it with it; here a layer, or a project's own folder, may."""
    package = tmp_path / "layer" / "nodejs" / "node_modules" / "@aws-sdk" / "client-of-mine"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"main": "index.js"}')
    (package / "index.js").write_text("exports.answer = 42;")
    (tmp_path / "code").mkdir()
    script(
        'import { answer } from "@aws-sdk/client-of-mine"; export const handler = async () => answer;', "code/index.mjs"
    )

    add(world, str(tmp_path / "code"), layers=[str(tmp_path / "layer")])

    assert world.invoke("f") == 42


def test_a_wrapper_starts_the_runtime(world: SyncSimulation, script: Callable[..., str], tmp_path: Path) -> None:
    """`AWS_LAMBDA_EXEC_WRAPPER` names it as it lies on Lambda."""
    folder = script("export const handler = async () => process.env.WRAPPED;")
    wrapper = tmp_path / "wrapper.sh"
    wrapper.write_text('#!/bin/sh\nWRAPPED=yes exec "$@"\n')
    wrapper.chmod(0o755)

    add(world, folder, environment={"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrapper.sh"})

    assert world.invoke("f") == "yes"


def test_a_trace_names_files_as_they_lie_on_lambda(world: SyncSimulation, script: Callable[..., str]) -> None:
    """In the payload as in the log."""
    add(world, script("export const handler = async () => { throw new TypeError('bad'); };"))
    client = sdk.client("lambda")

    payload = json.loads(client.invoke(FunctionName="f")["Payload"].read())

    assert payload["errorType"] == "TypeError"
    assert "file:///var/task/index.mjs:1:" in payload["trace"][1]


STREAMING = """
export const handler = awslambda.streamifyResponse(async (event, stream) => {
  const how = event.how ?? event.queryStringParameters?.how;
  if (how === "described") {
    const headers = { "Content-Type": "text/html" };
    stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers, cookies: ["a=1"] });
  }
  stream.write("one, ");
  if (how === "failing") throw new RangeError("in the middle");
  stream.end("two");
});
"""


def test_a_streamed_answer_is_a_result(world: SyncSimulation, script: Callable[..., str]) -> None:
    """Whoever invokes the function gets all of it; its error is one, even after the first words."""
    add(world, script(STREAMING))
    client = sdk.client("lambda")

    whole = client.invoke(FunctionName="f", Payload=b"{}")
    failed = client.invoke(FunctionName="f", Payload=b'{"how": "failing"}')
    stream = client.invoke_with_response_stream(FunctionName="f", Payload=b"{}")

    assert whole["Payload"].read() == b"one, two"
    assert json.loads(failed["Payload"].read())["errorType"] == "RangeError"
    assert b"".join(each["PayloadChunk"]["Payload"] for each in stream["EventStream"] if "PayloadChunk" in each) == (
        b"one, two"
    )


def test_a_url_that_streams_gives_what_the_handler_says(world: SyncSimulation, script: Callable[..., str]) -> None:
    """Status, headers and cookies stand before the body in the stream."""
    add(world, script(STREAMING))
    client = sdk.client("lambda")
    made = client.create_function_url_config(FunctionName="f", AuthType="NONE", InvokeMode="RESPONSE_STREAM")

    described, plain = (world.http("GET", f"{made['FunctionUrl']}?how={how}") for how in ("described", "plain"))

    assert (described.status, described.body, plain.body) == (201, b"one, two", b"one, two")
    assert described.headers.get("set-cookie") == "a=1"
    assert described.headers.get("content-type") == "text/html"


PIECES = """
import { setTimeout as wait } from "node:timers/promises";

export const handler = awslambda.streamifyResponse(async (event, stream) => {
  if (event.rawPath) {
    stream = awslambda.HttpResponseStream.from(stream, { statusCode: 203, headers: { "Content-Type": "image/x" } });
  }
  stream.write("one");
  stream.write(Buffer.from([0xff]));
  await wait(1_000);
  stream.write("two");
  if (event.fails ?? event.queryStringParameters?.fails) throw new RangeError("in the middle");
  await wait(2_000);
  stream.end("three");
});
"""


def test_each_piece_comes_when_it_is_written(world: SyncSimulation, script: Callable[..., str]) -> None:
    """What is written at one instant is one piece, whose bytes are as they are; the trace has the instants."""
    add(world, script(PIECES), timeout=10)
    client = sdk.client("lambda")

    answer = client.invoke_with_response_stream(FunctionName="f")
    heard = [(world.clock.now_us, event) for event in answer["EventStream"]]

    assert answer["ResponseStreamContentType"] == "application/octet-stream"
    assert heard == [
        (100_000, {"PayloadChunk": {"Payload": b"one\xff"}}),
        (1_100_000, {"PayloadChunk": {"Payload": b"two"}}),
        (3_100_000, {"PayloadChunk": {"Payload": b"three"}}),
        (3_101_000, {"InvokeComplete": {}}),
    ]
    streamed = [(entry.at_us, entry.value) for entry in world.trace.entries(["streamed"])]
    assert streamed == [(100_000, 4), (1_100_000, 3), (3_100_000, 5)]


def test_an_error_in_the_middle_comes_last(world: SyncSimulation, script: Callable[..., str]) -> None:
    """What was written before is there; so it is for the client of a URL, whose status was sent long ago."""
    add(world, script(PIECES), timeout=10)
    client = sdk.client("lambda")
    made = client.create_function_url_config(FunctionName="f", AuthType="NONE", InvokeMode="RESPONSE_STREAM")

    first, second, last = client.invoke_with_response_stream(FunctionName="f", Payload=b'{"fails": 1}')["EventStream"]
    reply = world.http("GET", f"{made['FunctionUrl']}?fails=1")

    assert [each["PayloadChunk"]["Payload"] for each in (first, second)] == [b"one\xff", b"two"]
    assert last["InvokeComplete"]["ErrorCode"] == "Unhandled"
    assert json.loads(last["InvokeComplete"]["ErrorDetails"])["errorType"] == "RangeError"
    assert (reply.status, reply.body, reply.headers.get("content-type")) == (203, b"one\xfftwo", "image/x")


def test_a_program_gets_a_stream_whole(world: SyncSimulation, script: Callable[..., str]) -> None:
    """At the end of the function that streams it."""
    add(world, script(PIECES), timeout=10)
    client = sdk.client("lambda")
    url = client.create_function_url_config(FunctionName="f", AuthType="NONE", InvokeMode="RESPONSE_STREAM")
    caller = f"""
        import {{ get }} from "node:https";
        export const handler = () =>
          new Promise((resolve) => {{
            const began = Date.now();
            get("{url["FunctionUrl"]}", async (answer) => {{
              let bytes = 0;
              for await (const chunk of answer) bytes += chunk.length;
              resolve([answer.statusCode, bytes, Date.now() - began]);
            }});
          }});
    """
    add(world, script(caller, "caller.mjs"), "g", handler="caller.handler", timeout=10)

    assert world.invoke("g") == [203, 12, 3_101]
