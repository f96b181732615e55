"""Does a scenario have other accounts and regions, and are mistakes in them told where they stand?"""

import contextlib
from pathlib import Path

import pytest

from eventsim import ScenarioError
from eventsim.cli.main import main
from eventsim.cli.one_run import check_world, perform, world_of
from eventsim.scenario.load import loads

TWO_REGIONS = """\
functions: {send: {handler: app.send}}
workload: [{at: 1 s, invoke: {function: send, event: {}}}]
expect: [function send has 1 invocation]
elsewhere:
  eu-west-1:
    queues: {jobs: {}, "444455556666": {}}
    functions: {take: {handler: app.take}}
    mappings: [{source: jobs, function: take}]
    workload: [{at: 2 s, send: {queue: jobs, body: from here}}]
    expect: [queue jobs has 2 deleted, function take has 0 errors]
  012345678901/eu-west-1:
    queues: {theirs: {}}
    expect: [queue theirs has 0 messages]
"""
CODE = """\
import boto3


def send(event, context):
    sqs = boto3.client("sqs", region_name="eu-west-1")
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="jobs")["QueueUrl"], MessageBody="hello")


def take(event, context):
    print(event["Records"][0]["awsRegion"])
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the handlers of both regions."""
    (tmp_path / "app.py").write_text(CODE)
    return tmp_path


def test_a_scenario_has_other_accounts_and_regions(folder: Path) -> None:
    """Each place has its own workload and its own expectations, which are told with its name."""
    scenario = loads(TWO_REGIONS, path=folder / "scenario.yaml")
    world = world_of(scenario)

    ending = perform(scenario, world, contextlib.nullcontext())

    assert {finding.text: finding.reason for finding in ending.findings} == {
        "function send has 1 invocation": "",
        "eu-west-1: queue jobs has 2 deleted": "",
        "eu-west-1: function take has 0 errors": "",
        "012345678901/eu-west-1: queue theirs has 0 messages": "",
    }


@pytest.mark.parametrize(
    ("what", "instead", "told"),
    [
        ("eu-west-1:\n", "Ireland:\n", "5:3: `elsewhere`: 'Ireland' is no place; write a region, an account of 12"),
        ("eu-west-1:\n", "us-east-1:\n", "5:3: `elsewhere`: us-east-1 is where the scenario itself is"),
        (
            "jobs: {}",
            "jobs: {delai: 1 s}",
            "6:21: `elsewhere.eu-west-1.queues.jobs` has no setting `delai`",
        ),
        ("source: jobs", "source: jops", "8:25: `elsewhere.eu-west-1.mappings[0].source`: there is no source"),
        ("send: {queue: jobs", "send: {queue: job", "9:40: `elsewhere.eu-west-1.workload[0].send.queue`: there is no"),
        (
            "expect: [queue jobs",
            "expect: [queue job",
            "10:14: `elsewhere.eu-west-1.expect[0]`: there is no queue",
        ),
        (
            "    queues: {theirs",
            "    seed: 3\n    queues: {theirs",
            "12:5: `elsewhere.012345678901/eu-west-1` has no",
        ),
    ],
)
def test_a_mistake_elsewhere_is_told_where_it_stands(folder: Path, what: str, instead: str, told: str) -> None:
    """By line and column of the one file."""
    with pytest.raises(ScenarioError) as error:
        check_world(loads(TWO_REGIONS.replace(what, instead), path=folder / "scenario.yaml"))

    assert told in str(error.value)


def test_one_place_by_two_names_is_refused(folder: Path) -> None:
    """Who writes the account of the scenario itself means its region."""
    text = "elsewhere:\n  eu-west-1: {queues: {a: {}}}\n  123456789012/eu-west-1: {queues: {b: {}}}\n"
    with pytest.raises(ScenarioError, match="3:3: `elsewhere`: 123456789012/eu-west-1 is the same place as eu-west-1"):
        loads(text, path=folder / "scenario.yaml")


@pytest.mark.parametrize("place", ["eu-west-1", "123456789012/eu-west-1"])
def test_a_handler_that_is_missing_elsewhere_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    """With the function of the code folder that may be meant, under the name that the place is given."""
    path = folder / "scenario.yaml"
    path.write_text(TWO_REGIONS.replace("app.take", "app.tale").replace("\n  eu-west-1:", f"\n  {place}:"))

    code = main(["check", str(path)])

    told = capsys.readouterr().err
    assert code == 2
    assert f"7:33: `elsewhere.{place}.functions.take.handler`" in told
    assert "did you mean `take`?" in told


def test_all_places_are_counted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the praise of a scenario that is fine."""
    path = folder / "two.yaml"
    path.write_text(TWO_REGIONS)

    assert main(["check", str(path)]) == 0
    assert capsys.readouterr().out == "two is fine: 2 functions, 3 queues, 1 mapping, 2 feeds, 4 expectations\n"
