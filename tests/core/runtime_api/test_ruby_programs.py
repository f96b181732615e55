"""How do handlers in Ruby live in a simulation? As by AWS's runtime, in its time, with its luck, and asking its AWS."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eventsim import SyncSimulation
from tests import sdk
from tests.core.runtime_api.conftest import writer
from tests.interpreters import needs_ruby

pytestmark = needs_ruby

HANDLER = """
require "json"
require "net/http"
require "securerandom"
require "timeout"

def handler(event:, context:)
  eval(event["do"])
end
"""
SEND = """
  uri = URI("https://sqs.us-east-1.amazonaws.com/")
  scope = "Credential=123456789012/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=none"
  headers = {
    "Authorization" => "AWS4-HMAC-SHA256 #{scope}",
    "X-Amz-Target" => "AmazonSQS.SendMessage",
    "Content-Type" => "application/x-amz-json-1.0"
  }
  message = { QueueUrl: "https://#{uri.host}/123456789012/jobs", MessageBody: "hello" }
  Net::HTTP.post(uri, message.to_json, headers).code
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    """Return what writes a file of the code and returns the code's folder."""
    return writer(tmp_path, "index.rb")


def add(world: SyncSimulation, folder: str, **settings: Any) -> None:
    """Add the function `f`."""
    world.add_function("f", **{"code": folder, "handler": "index.handler", "runtime": "ruby3.4", **settings})


def invoke(do: str = "") -> tuple[Any, str]:
    """Have `f` do something; return payload and log."""
    client = sdk.client("lambda")
    answer = client.invoke(FunctionName="f", Payload=json.dumps({"do": do}), LogType="Tail")
    return json.loads(answer["Payload"].read()), base64.b64decode(answer["LogResult"]).decode()


def test_time_is_virtual(world: SyncSimulation, write: Callable[..., str]) -> None:
    """Fourteen minutes take no time at all, and a limit ends what would last longer."""
    add(world, write(HANDLER), timeout=900)

    began, _ = invoke("[Time.now, Time.new.to_i, Date.today, context.get_remaining_time_in_millis]")
    slept, _ = invoke(
        "before = Process.clock_gettime(Process::CLOCK_MONOTONIC, :millisecond);"
        "[sleep(839.6), Process.clock_gettime(Process::CLOCK_MONOTONIC, :millisecond) - before]"
    )
    limited, _ = invoke("Timeout.timeout(5) { sleep 60 } rescue $!.class")

    assert began == ["2026-01-01 00:00:00 +0000", 1_767_225_600, "2026-01-01", 900_000]
    assert slept == [840, 839_600]
    assert limited == "Timeout::Error"
    assert world.clock.now_us == 844_703_000


def test_threads_wait_together(world: SyncSimulation, write: Callable[..., str]) -> None:
    """For time, and for each other; one that computes does not wait."""
    add(world, write(HANDLER), timeout=60)

    taken, _ = invoke(
        "done = Queue.new;"
        "threads = 3.times.map { |n| Thread.new { sleep n + 1; done << [n, Time.now.to_i]; sleep 2; n } };"
        "[3.times.map { done.pop }, threads.map(&:value), Time.now.to_i]"
    )
    computed, _ = invoke(
        "began = Time.now.to_i; slept = Thread.new { sleep 9; Time.now.to_i - began };"
        "computed = Thread.new { 100_000.times.sum; Time.now.to_i - began }; [computed.value, slept.value]"
    )

    start = 1_767_225_600
    assert taken == [[[0, start + 1], [1, start + 2], [2, start + 3]], [0, 1, 2], start + 5]
    assert computed == [0, 9]


def test_what_goes_to_hosts_of_aws_stays_in_the_simulation(world: SyncSimulation, write: Callable[..., str]) -> None:
    """Over HTTPS, as AWS's SDK sends it."""
    add(world, write(HANDLER))

    status, _ = invoke(SEND)

    received = sdk.client("sqs").receive_message(QueueUrl="https://sqs.us-east-1.amazonaws.com/123456789012/jobs")
    assert (status, received["Messages"][0]["Body"]) == ("200", "hello")


def test_every_run_is_the_same(write: Callable[..., str]) -> None:
    """Dates, luck, the process's own number, and the order of what it prints by several ways."""
    folder = write(HANDLER)
    do = "puts $$, rand, Time.now; print SecureRandom.uuid; puts [1, 2, 3].shuffle; p Random.new.rand; sleep 1.5"

    def run() -> str:
        with SyncSimulation(seed=3) as world:
            add(world, folder)
            invoke(do)
            return world.trace.digest()

    assert run() == run()


def test_what_is_put_is_one_event(world: SyncSimulation, write: Callable[..., str]) -> None:
    """As is a line of a Logger, which names the request; what is printed otherwise is an event for each line."""
    add(world, write(HANDLER))

    _, log = invoke("puts 'one', ['two']; Logger.new($stdout).info('known'); $stdout.puts \"three\\nfour\"")

    request_id = log.split()[2]
    _, *logged = [entry.detail["text"] for entry in world.trace.entries(["logged"])]
    assert logged == [
        "one\ntwo\n",
        f"I, [2026-01-01T00:00:00.100000 #8]  INFO {request_id} -- : known\n",
        "three\n",
        "four\n",
    ]


def test_an_error_is_told_and_logged(world: SyncSimulation, write: Callable[..., str]) -> None:
    """With its class as a type and the frames of user code, and the process goes on."""
    add(world, write("def handler(event:, context:)\n  $n = $n.to_i + 1\n  Integer($n > 1 ? $n : 'x')\nend\n"))

    failed, log = invoke()
    after, _ = invoke()

    described = {
        "errorMessage": 'invalid value for Integer(): "x"',
        "errorType": "Function<ArgumentError>",
        "stackTrace": failed["stackTrace"],
    }
    assert failed == described
    assert all(frame.startswith("/var/task/index.rb:3:in ") for frame in failed["stackTrace"])
    assert f"Error raised from handler method\n{json.dumps(described, indent=2)}\n" in log
    assert after == 2


def test_a_critical_error_ends_the_process(world: SyncSimulation, write: Callable[..., str]) -> None:
    """What was said of it is the answer; the next event finds a new process."""
    add(world, write(f"$n = 0\n{HANDLER}"))

    failed, log = invoke("$n += 1; exit")
    after, _ = invoke("$n")

    assert (failed["errorType"], after) == ("Function<SystemExit>", 0)
    assert "Critical exception from handler\n" in log


@pytest.mark.parametrize(
    ("handler", "error_type", "message"),
    [
        pytest.param("gone.handler", "Init<LoadError>", "cannot load such file -- gone", id="no file"),
        pytest.param("index", "Init<ArgumentError>", 'Invalid handler ["index"], must be of form', id="no method"),
    ],
)
def test_a_handler_that_cannot_be_loaded_fails_the_init(
    world: SyncSimulation, write: Callable[..., str], handler: str, error_type: str, message: str
) -> None:
    """By the words of AWS's client."""
    add(world, write(HANDLER), handler=handler)

    failed, log = invoke()

    assert failed["errorType"] == error_type
    assert failed["errorMessage"].startswith(message)
    assert f"Init error when loading handler {handler}\n" in log


def test_code_finds_its_classes_and_packages(world: SyncSimulation, write: Callable[..., str], tmp_path: Path) -> None:
    """Those that Bundler has put beside it, and those of a layer; a handler may be a method of a class."""
    write("ANSWER = 42", "layer/ruby/lib/answer.rb")
    bundle = "code/vendor/bundle/ruby/3.4.0"
    write(
        'Gem::Specification.new("question", "1.0") { |s| s.require_paths = ["lib"] }',
        f"{bundle}/specifications/question-1.0.gemspec",
    )
    write("QUESTION = 6 * 7", f"{bundle}/gems/question-1.0/lib/question.rb")
    write(
        """
        require "answer"
        require "question"
        module Deep
          class Thought
            def self.tell(event:, context:)
              StringIO.new([ANSWER, QUESTION, context.function_name, context.memory_limit_in_mb].to_json)
            end
          end
        end
        """,
        "code/app.rb",
    )

    add(world, str(tmp_path / "code"), handler="app.Deep::Thought.tell", layers=[str(tmp_path / "layer")])

    assert world.invoke("f") == [42, 42, "f", "128"]


def test_the_example_of_the_documentation_runs() -> None:
    """The page shows its code alone: not every machine has Ruby."""
    folder = Path(__file__).parents[3] / "docs" / "examples" / "languages"
    reading = {"sensor": "s1", "celsius": 21.5}
    with SyncSimulation(seed=1) as world:
        add(world, str(folder), handler="readings.Readings.record", timeout=10)

        left_ms = world.invoke("f", {"Records": [{"body": json.dumps(reading)}]})

    assert left_ms == 8_000
