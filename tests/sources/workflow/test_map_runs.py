"""Distributed Maps: items out of buckets, batches, children, results."""

import json
from typing import Any

import pytest

from eventsim import SyncSimulation
from tests.sdk import refusal
from tests.sources.workflow.conftest import MACHINE, ROLE, ended

READ = "arn:aws:states:::s3:getObject"
CSV = {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}


def distributed(states: Any = None, kind: str = "STANDARD", **settings: Any) -> str:
    """Return the definition of a machine with a distributed Map, whose children pass their input unless told else."""
    states = states or {"P": {"Type": "Pass", "End": True}}
    config = {"Mode": "DISTRIBUTED", "ExecutionType": kind}
    processor = {"ProcessorConfig": config, "StartAt": next(iter(states)), "States": states}
    each = {"Type": "Map", "ItemProcessor": processor, "Label": "Each", "End": True, **settings}
    return json.dumps({"StartAt": "M", "States": {"M": each}})


def run(world: SyncSimulation, sfn: Any, definition: str, given: Any = None) -> Any:
    """Run a machine."""
    sfn.create_state_machine(name="m", definition=definition, roleArn=ROLE)
    return ended(world, sfn, MACHINE, given)


@pytest.fixture
def bucket(world: SyncSimulation, s3: Any) -> Any:
    """Return a client of S3, and have a bucket with lists of items."""
    s3.create_bucket(Bucket="lists")
    texts = {
        "in/a.csv": 'id,name\n1,"Ann, B"\n2,Bob\n',
        "in/b.json": '{"orders": [{"id": 1}, {"id": 2}]}',
        "in/c.jsonl": '{"id": 1}\n{"id": 2}\n',
    }
    for key, text in texts.items():
        s3.put_object(Bucket="lists", Key=key, Body=text.encode())
    return s3


@pytest.mark.parametrize(
    ("reader", "expected"),
    [
        pytest.param(
            {"ReaderConfig": CSV, "Parameters": {"Bucket": "lists", "Key.$": "$.key"}},
            [{"id": "1", "name": "Ann, B"}, {"id": "2", "name": "Bob"}],
            id="csv",
        ),
        pytest.param(
            {
                "ReaderConfig": {**CSV, "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["x", "y"], "MaxItems": 1},
                "Parameters": {"Bucket": "lists", "Key": "in/a.csv"},
            },
            [{"x": "id", "y": "name"}],
            id="headers given, one item",
        ),
        pytest.param(
            {
                "ReaderConfig": {"InputType": "JSON", "ItemsPointer": "/orders"},
                "Parameters": {"Bucket": "lists", "Key": "in/b.json"},
            },
            [{"id": 1}, {"id": 2}],
            id="json",
        ),
        pytest.param(
            {"ReaderConfig": {"InputType": "JSONL"}, "Parameters": {"Bucket": "lists", "Key": "in/c.jsonl"}},
            [{"id": 1}, {"id": 2}],
            id="lines",
        ),
    ],
)
def test_items_are_read_from_an_object(
    world: SyncSimulation, sfn: Any, bucket: Any, reader: Any, expected: Any
) -> None:
    """Rows of a table, elements of an array, or lines."""
    execution = run(world, sfn, distributed(ItemReader={"Resource": READ, **reader}), {"key": "in/a.csv"})

    assert json.loads(execution["output"]) == expected


def test_items_may_be_the_objects_of_a_bucket(world: SyncSimulation, sfn: Any, bucket: Any) -> None:
    """Those that begin with a prefix."""
    reader = {"Resource": "arn:aws:states:::s3:listObjectsV2", "Parameters": {"Bucket": "lists", "Prefix": "in/"}}

    execution = run(world, sfn, distributed(ItemReader=reader))

    items = json.loads(execution["output"])
    assert [each["Key"] for each in items] == ["in/a.csv", "in/b.json", "in/c.jsonl"]
    assert set(items[0]) == {"Etag", "Key", "LastModified", "Size", "StorageClass"}


def test_what_cannot_be_read_fails_the_run(world: SyncSimulation, sfn: Any, bucket: Any) -> None:
    """By an error of its own: items are read when the run has begun, and count nothing before."""
    reader = {"Resource": READ, "ReaderConfig": CSV, "Parameters": {"Bucket": "lists", "Key": "none"}}

    execution = run(world, sfn, distributed(ItemReader=reader))

    events = sfn.get_execution_history(executionArn=execution["executionArn"])["events"]
    (run_told,) = sfn.list_map_runs(executionArn=execution["executionArn"])["mapRuns"]
    told = sfn.describe_map_run(mapRunArn=run_told["mapRunArn"])
    assert execution["error"] == "States.ItemReaderFailed"
    assert events[2]["mapStateStartedEventDetails"] == {"length": 0}
    assert [each["type"] for each in events[3:]] == [
        "MapRunStarted",
        "MapRunFailed",
        "MapStateFailed",
        "ExecutionFailed",
    ]
    assert (told["status"], told["itemCounts"]["total"]) == ("FAILED", 0)


def test_an_item_says_where_it_comes_from(world: SyncSimulation, sfn: Any, bucket: Any) -> None:
    """The object, or the state's data."""
    reader = {"Resource": READ, "ReaderConfig": CSV, "Parameters": {"Bucket": "lists", "Key": "in/a.csv"}}
    selector = {"from.$": "$$.Map.Item.Source"}

    execution = run(world, sfn, distributed(ItemReader=reader, ItemSelector=selector))
    inline = json.loads(distributed(ItemSelector=selector, ItemsPath="$.n").replace("DISTRIBUTED", "INLINE"))
    inline["States"]["M"].pop("Label")
    sfn.update_state_machine(stateMachineArn=MACHINE, definition=json.dumps(inline))

    assert json.loads(execution["output"]) == [{"from": "s3://lists/in/a.csv"}] * 2
    assert json.loads(ended(world, sfn, MACHINE, {"n": [1]})["output"]) == [{"from": "STATE_DATA"}]


def test_items_come_in_batches(world: SyncSimulation, sfn: Any) -> None:
    """With what all batches get."""
    batcher = {"MaxItemsPerBatch": 2, "BatchInput": {"who.$": "$.who"}}

    execution = run(world, sfn, distributed(ItemsPath="$.n", ItemBatcher=batcher), {"n": [1, 2, 3], "who": "Ann"})

    assert json.loads(execution["output"]) == [
        {"BatchInput": {"who": "Ann"}, "Items": [1, 2]},
        {"BatchInput": {"who": "Ann"}, "Items": [3]},
    ]


def test_items_of_a_batch_are_counted(world: SyncSimulation, sfn: Any) -> None:
    """A run tells of items and of children, and a list of children of what each has got."""
    parent = run(world, sfn, distributed(ItemsPath="$.n", ItemBatcher={"MaxItemsPerBatch": 2}), {"n": [1, 2, 3]})

    (run_told,) = sfn.list_map_runs(executionArn=parent["executionArn"])["mapRuns"]
    told = sfn.describe_map_run(mapRunArn=run_told["mapRunArn"])
    children = sfn.list_executions(mapRunArn=run_told["mapRunArn"])["executions"]
    assert (told["itemCounts"]["succeeded"], told["itemCounts"]["total"]) == (3, 3)
    assert (told["executionCounts"]["succeeded"], told["executionCounts"]["total"]) == (2, 2)
    assert [each["itemCount"] for each in children] == [1, 2]


def test_children_are_executions(world: SyncSimulation, sfn: Any) -> None:
    """Of the run, with histories of their own; the parent's tells of the run only."""
    parent = run(world, sfn, distributed(ItemsPath="$.n"), {"n": [1, 2]})

    (listed,) = sfn.list_map_runs(executionArn=parent["executionArn"])["mapRuns"]
    told = sfn.describe_map_run(mapRunArn=listed["mapRunArn"])
    children = sfn.list_executions(mapRunArn=listed["mapRunArn"])["executions"]
    child = sfn.describe_execution(executionArn=children[0]["executionArn"])
    events = sfn.get_execution_history(executionArn=parent["executionArn"])["events"]
    own = sfn.get_execution_history(executionArn=child["executionArn"])["events"]

    assert listed["mapRunArn"].startswith("arn:aws:states:us-east-1:123456789012:mapRun:m/Each:")
    assert (told["status"], told["itemCounts"]["succeeded"], told["itemCounts"]["total"]) == ("SUCCEEDED", 2, 2)
    assert child["stateMachineArn"] == f"{MACHINE}/Each"
    assert child["mapRunArn"] == listed["mapRunArn"]
    assert [each["type"] for each in own][0::3] == ["ExecutionStarted", "ExecutionSucceeded"]
    assert [each["type"] for each in events[1:-1]] == [
        "MapStateEntered",
        "MapStateStarted",
        "MapRunStarted",
        "MapRunSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
    ]
    assert len(sfn.list_executions(stateMachineArn=MACHINE)["executions"]) == 1


SIEVE = {
    "C": {
        "Type": "Choice",
        "Choices": [{"Variable": "$", "NumericGreaterThan": 1, "Next": "Bad"}],
        "Default": "Good",
    },
    "Bad": {"Type": "Fail", "Error": "TooBig"},
    "Good": {"Type": "Succeed"},
}


@pytest.mark.parametrize(("percentage", "status"), [(50, "SUCCEEDED"), (49, "FAILED")])
def test_so_many_children_may_fail(world: SyncSimulation, sfn: Any, percentage: int, status: str) -> None:
    """One more is too many."""
    definition = distributed(SIEVE, "EXPRESS", ItemsPath="$.n", ToleratedFailurePercentage=percentage)

    parent = run(world, sfn, definition, {"n": [1, 2]})

    (run_told,) = sfn.list_map_runs(executionArn=parent["executionArn"])["mapRuns"]
    assert parent["status"] == sfn.describe_map_run(mapRunArn=run_told["mapRunArn"])["status"] == status
    if status == "FAILED":
        assert parent["error"] == "States.ExceedToleratedFailureThreshold"


def test_an_inline_map_tolerates_nothing(world: SyncSimulation, sfn: Any) -> None:
    """Failures are tolerated in distributed mode only."""
    definition = json.loads(distributed(SIEVE, ItemsPath="$.n", ToleratedFailureCount=2))
    processor = definition["States"]["M"]["ItemProcessor"]
    processor["ProcessorConfig"] = {"Mode": "INLINE"}

    assert run(world, sfn, json.dumps(definition), {"n": [1, 2]})["error"] == "TooBig"


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_a_run_is_redriven_with_its_parent(world: SyncSimulation, sfn: Any, kind: str) -> None:
    """It keeps its name and what has succeeded; standard children go on, those of express are begun anew."""
    closed = {"doors": True}

    def guarded(event: Any, context: Any) -> Any:
        if event == 2 and closed["doors"]:
            raise ValueError("closed")
        return event

    world.add_function("guarded", handler=guarded)
    call = {
        "Type": "Task",
        "Resource": f"arn:aws:lambda:{world.region}:{world.account_id}:function:guarded",
        "End": True,
    }
    parent = run(world, sfn, distributed({"T": call}, kind, ItemsPath="$.n", MaxConcurrency=1), {"n": [1, 2, 3]})
    (run_arn,) = (each["mapRunArn"] for each in sfn.list_map_runs(executionArn=parent["executionArn"])["mapRuns"])
    before = {each["executionArn"] for each in sfn.list_executions(mapRunArn=run_arn)["executions"]}

    closed["doors"] = False
    sfn.redrive_execution(executionArn=parent["executionArn"])
    world.until_idle()

    told = sfn.describe_map_run(mapRunArn=run_arn)
    events = sfn.get_execution_history(executionArn=parent["executionArn"])["events"]
    children = {each["executionArn"] for each in sfn.list_executions(mapRunArn=run_arn)["executions"]}
    redriven = next(each for each in events if each["type"] == "MapRunRedriven")
    assert sfn.describe_execution(executionArn=parent["executionArn"])["output"] == "[1,2,3]"
    assert redriven["mapRunRedrivenEventDetails"] == {"mapRunArn": run_arn, "redriveCount": 1}
    assert (told["status"], told["redriveCount"], told["executionCounts"]["succeeded"]) == ("SUCCEEDED", 1, 3)
    assert len(sfn.list_map_runs(executionArn=parent["executionArn"])["mapRuns"]) == 1
    assert len(before & children) == (2 if kind == "STANDARD" else 1)


def test_a_child_is_redriven_by_its_run(world: SyncSimulation, sfn: Any) -> None:
    """Not by itself."""
    parent = run(world, sfn, distributed(SIEVE, ItemsPath="$.n"), {"n": [2]})
    (run_told,) = sfn.list_map_runs(executionArn=parent["executionArn"])["mapRuns"]
    (child,) = sfn.list_executions(mapRunArn=run_told["mapRunArn"])["executions"]

    told = sfn.describe_execution(executionArn=child["executionArn"])

    assert (told["status"], told["redriveStatus"]) == ("FAILED", "REDRIVABLE_BY_MAP_RUN")
    assert refusal(sfn.redrive_execution, executionArn=child["executionArn"])[0] == "ExecutionNotRedrivable"


def test_results_are_written_into_a_bucket(world: SyncSimulation, sfn: Any, bucket: Any) -> None:
    """A manifest names the files, and the state's result the manifest."""
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "lists", "Prefix": "out"}}
    definition = distributed(SIEVE, ItemsPath="$.n", ToleratedFailureCount=1, ResultWriter=writer)

    output = json.loads(run(world, sfn, definition, {"n": [1, 2]})["output"])

    def read(key: str) -> Any:
        return json.loads(bucket.get_object(Bucket="lists", Key=key)["Body"].read())

    details = output["ResultWriterDetails"]
    files = read(details["Key"])["ResultFiles"]
    assert details["Key"] == f"out/{output['MapRunArn'].rpartition(':')[2]}/manifest.json"
    assert [each["Output"] for each in read(files["SUCCEEDED"][0]["Key"])] == ["1"]
    assert [each["Error"] for each in read(files["FAILED"][0]["Key"])] == ["TooBig"]


PAIR = {"P": {"Type": "Pass", "Parameters": {"pair.$": "States.Array($, $)"}, "OutputPath": "$.pair", "End": True}}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"Transformation": "COMPACT"}, [[1, 1], [2, 2]]),
        ({"Transformation": "FLATTEN", "OutputType": "JSONL"}, [1, 1, 2, 2]),
    ],
    ids=lambda value: value.get("Transformation", "") if isinstance(value, dict) else "",
)
def test_results_have_the_form_that_is_wanted(
    world: SyncSimulation, sfn: Any, bucket: Any, config: Any, expected: Any
) -> None:
    """Outputs alone, or flattened; in a file, or without one as the state's result."""
    parameters = {"Bucket": "lists", "Prefix": "out"}
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": parameters, "WriterConfig": config}
    execution = run(world, sfn, distributed(PAIR, ItemsPath="$.n", ResultWriter=writer), {"n": [1, 2]})
    without = distributed(PAIR, ItemsPath="$.n", ResultWriter={"WriterConfig": config})
    sfn.update_state_machine(stateMachineArn=MACHINE, definition=without)

    result = json.loads(ended(world, sfn, MACHINE, {"n": [1, 2]})["output"])

    folder = json.loads(execution["output"])["ResultWriterDetails"]["Key"].rpartition("/")[0]
    kind = config.get("OutputType", "JSON").lower()
    text = bucket.get_object(Bucket="lists", Key=f"{folder}/SUCCEEDED_0.{kind}")["Body"].read().decode()
    assert ([json.loads(line) for line in text.splitlines()] if kind == "jsonl" else json.loads(text)) == expected
    assert result == expected


def test_a_writer_is_checked(sfn: Any) -> None:
    """There are three forms and two types."""
    definition = distributed(ResultWriter={"WriterConfig": {"Transformation": "SMALL"}})

    message = refusal(sfn.create_state_machine, name="m", definition=definition, roleArn=ROLE)[1]

    assert "[NONE, COMPACT, FLATTEN] at /States/M/ResultWriter/WriterConfig/Transformation" in message


def test_a_reader_is_checked(world: SyncSimulation, sfn: Any, bucket: Any) -> None:
    """What it may say of what it reads; and what it reads must be that."""
    unknown = distributed(ItemReader={"Resource": READ, "ReaderConfig": {"InputType": "XML"}})
    bucket.put_object(Bucket="lists", Key="none.json", Body=b"none")
    parameters = {"Bucket": "lists", "Key": "none.json"}
    wrong = {"Resource": READ, "ReaderConfig": {"InputType": "JSON"}, "Parameters": parameters}

    message = refusal(sfn.create_state_machine, name="m", definition=unknown, roleArn=ROLE)[1]
    execution = run(world, sfn, distributed(ItemReader=wrong))

    assert "[CSV, JSON, JSONL, MANIFEST, PARQUET] at /States/M/ItemReader/ReaderConfig/InputType" in message
    assert execution["error"] == "States.ItemReaderFailed"
    assert execution["cause"].startswith("Unrecognized token 'none'")


def test_children_end_with_their_parent(world: SyncSimulation, sfn: Any) -> None:
    """A run is aborted with the execution that began it."""
    wait = {"W": {"Type": "Wait", "Seconds": 60, "End": True}}
    sfn.create_state_machine(name="m", definition=distributed(wait, ItemsPath="$.n"), roleArn=ROLE)
    parent = sfn.start_execution(stateMachineArn=MACHINE, input='{"n": [1]}')["executionArn"]
    world.advance("1 s")
    (run_told,) = sfn.list_map_runs(executionArn=parent)["mapRuns"]
    sfn.update_map_run(mapRunArn=run_told["mapRunArn"], toleratedFailureCount=5)

    sfn.stop_execution(executionArn=parent)
    world.advance("1 s")

    told = sfn.describe_map_run(mapRunArn=run_told["mapRunArn"])
    assert (told["status"], told["executionCounts"]["aborted"], told["toleratedFailureCount"]) == ("ABORTED", 1, 5)
    assert refusal(sfn.update_map_run, mapRunArn=run_told["mapRunArn"], maxConcurrency=1)[0] == "ValidationException"
    assert refusal(sfn.describe_map_run, mapRunArn="x")[0] == "InvalidArn"


def test_only_a_distributed_map_reads_items(sfn: Any) -> None:
    """An inline one is refused with its place."""
    definition = distributed(ItemReader={"Resource": READ}).replace("DISTRIBUTED", "INLINE")

    code, message = refusal(sfn.create_state_machine, name="m", definition=definition, roleArn=ROLE)

    assert (code, message.endswith("at /States/M/ItemReader'")) == ("InvalidDefinition", True)
