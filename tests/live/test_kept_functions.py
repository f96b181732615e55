"""Does a server with a database go on with the functions, layers and mappings that the API of the last one made?"""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.live.conftest import Served, bodies, url_of
from tests.live.test_durability import refused, restarted

Serve = Callable[..., Served]

ROLE = "arn:aws:iam::000000000000:role/any"
CODE = """\
import os
def handler(event, context):
    try:
        import shared
    except ImportError:
        shared = None
    return {"version": VERSION, "colour": os.environ.get("COLOUR"), "shared": getattr(shared, "WORD", None)}
"""
FORWARD = """\
import boto3
def handler(event, context):
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="done")["QueueUrl"]
    for record in event["Records"]:
        sqs.send_message(QueueUrl=url, MessageBody=record["body"])
"""


def archive(**files: str) -> bytes:
    """Return a zip archive; `a__b` stands for a/b."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as opened:
        for name, text in files.items():
            opened.writestr(name.replace("__", "/") + ".py", text)
    return content.getvalue()


def make(functions: Any, name: str, code: str, **settings: Any) -> Any:
    """Create a function."""
    return functions.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=ROLE,
        Handler="app.handler",
        Code={"ZipFile": archive(app=code)},
        **settings,
    )


def ask(functions: Any, name: str, **settings: Any) -> Any:
    """Invoke a function and return what it returns."""
    return json.loads(functions.invoke(FunctionName=name, **settings)["Payload"].read())


def test_a_function_goes_on_as_it_was(serve: Serve, tmp_path: Path) -> None:
    """Its code, versions, aliases, layers, permissions, URL, tags and dates."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path), "--seed", "7")
    functions = first.client("lambda")
    layer = functions.publish_layer_version(
        LayerName="words", Content={"ZipFile": archive(python__shared='WORD = "from the layer"')}
    )["LayerVersionArn"]
    make(
        functions,
        "work",
        f"VERSION = 1\n{CODE}",
        Environment={"Variables": {"COLOUR": "blue"}},
        Tags={"team": "blue"},
        Layers=[layer],
        Publish=True,
    )
    alias = {"FunctionName": "work", "Name": "live", "Description": "what people see"}
    live = functions.create_alias(**alias, FunctionVersion="1")["AliasArn"]
    statement = {"Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunction", "Resource": live}
    policy = json.dumps({"Id": "mine", "Statement": statement})
    functions.put_resource_policy(ResourceArn=live, Policy=policy)
    functions.update_function_code(FunctionName="work", ZipFile=archive(app=f"VERSION = 2\n{CODE}"))
    functions.put_function_concurrency(FunctionName="work", ReservedConcurrentExecutions=7)
    functions.put_function_event_invoke_config(FunctionName="work", MaximumRetryAttempts=1)
    functions.create_function_url_config(FunctionName="work", AuthType="NONE")
    functions.add_permission(FunctionName="work", StatementId="s", Action="lambda:InvokeFunction", Principal="*")

    def told(served: Served) -> list[str]:
        functions = served.client("lambda")
        answers = [
            functions.get_function(FunctionName="work"),
            functions.get_function(FunctionName="work", Qualifier="1"),
            functions.get_alias(FunctionName="work", Name="live"),
            functions.get_function_event_invoke_config(FunctionName="work"),
            functions.get_function_url_config(FunctionName="work"),
            functions.get_policy(FunctionName="work"),
            functions.get_resource_policy(ResourceArn=live),
            functions.list_layer_versions(LayerName="words"),
        ]
        for each in answers:
            del each["ResponseMetadata"]
        port = served.url.rpartition(":")[2]
        return [json.dumps(each, default=str).replace(f":{port}/", ":PORT/") for each in answers]

    before = told(first)
    second = restarted(serve, first, path, "--seed", "7")
    functions = second.client("lambda")

    assert told(second) == before
    assert ask(functions, "work") == {"version": 2, "colour": "blue", "shared": "from the layer"}
    assert ask(functions, "work", Qualifier="live")["version"] == 1


def test_a_deleted_function_stays_deleted(serve: Serve, tmp_path: Path) -> None:
    """A version and an alias, too; the next version has the next number; a reset forgets everything."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path))
    functions = first.client("lambda")
    for name in ("gone", "kept"):
        make(functions, name, f"VERSION = 1\n{CODE}", Publish=True)
    functions.delete_function(FunctionName="gone")
    functions.delete_function(FunctionName="kept", Qualifier="1")

    second = restarted(serve, first, path)
    functions = second.client("lambda")
    left = [each["FunctionName"] for each in functions.list_functions()["Functions"]]
    functions.update_function_configuration(FunctionName="kept", Timeout=9)
    number = functions.publish_version(FunctionName="kept")["Version"]
    second.ask("POST", "/_eventsim/reset")
    third = restarted(serve, second, path)

    assert (left, number) == (["kept"], "2")
    assert third.client("lambda").list_functions()["Functions"] == []
    assert not list(tmp_path.rglob("*.zip"))


def test_a_mapping_goes_on_under_its_uuid(serve: Serve, tmp_path: Path) -> None:
    """With its settings as they were changed last; what came while no server ran is taken."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path))
    sqs, functions = first.client("sqs"), first.client("lambda")
    for name in ("jobs", "done", "idle"):
        sqs.create_queue(QueueName=name)
    make(functions, "forward", FORWARD)
    arn = "arn:aws:sqs:us-east-1:000000000000:"
    on, off, gone = (
        functions.create_event_source_mapping(EventSourceArn=arn + queue, FunctionName="forward")["UUID"]
        for queue in ("jobs", "idle", "done")
    )
    functions.delete_event_source_mapping(UUID=gone)
    functions.update_event_source_mapping(
        UUID=on, BatchSize=3, FilterCriteria={"Filters": [{"Pattern": '{"body": ["yes"]}'}]}
    )
    functions.update_event_source_mapping(UUID=off, Enabled=False)

    second = restarted(serve, first, path)
    sqs, functions = second.client("sqs"), second.client("lambda")
    mappings = {each["UUID"]: each for each in functions.list_event_source_mappings()["EventSourceMappings"]}
    for body in ("no", "yes"):
        sqs.send_message(QueueUrl=url_of(sqs, "jobs"), MessageBody=body)

    assert {uuid: (each["State"], each["BatchSize"]) for uuid, each in mappings.items()} == {
        on: ("Enabled", 3),
        off: ("Disabled", 10),
    }
    assert bodies(sqs, "done") == ["yes"]


def test_the_scenario_goes_before_what_was_kept(serve: Serve, tmp_path: Path) -> None:
    """Its function of the same name takes the place; the server says so, and starts."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path))
    make(first.client("lambda"), "work", f"VERSION = 1\n{CODE}")
    first.end()
    scenario = "functions: {work: {handler: app.handler}}\n"
    files = {"scenario.yaml": scenario, "app.py": "def handler(event, context):\n    return 'of the scenario'\n"}

    second = serve("scenario.yaml", "--quiet", "--db", str(path), "--account-id", "000000000000", files=files)
    answer = ask(second.client("lambda"), "work")
    _, said = second.end()

    assert answer == "of the scenario"
    assert "the scenario has a function of this name" in said


def test_a_damaged_file_is_refused_by_name(tmp_path: Path) -> None:
    """In one sentence, with what to do."""
    path = tmp_path / "state.db"
    served = Served(tmp_path, "--quiet", "--db", str(path))
    make(served.client("lambda"), "work", f"VERSION = 1\n{CODE}")
    served.end()
    (file,) = tmp_path.rglob("functions/*.json")
    file.write_text("{")

    code, said = refused("--db", str(path))

    assert (code, said.count("\n")) == (4, 1)
    assert (str(file) in said, "Delete it" in said) == (True, True)


def test_what_cannot_be_kept_is_not_acknowledged(tmp_path: Path) -> None:
    """A client is told that the disk is at fault."""
    path = tmp_path / "state.db"
    (tmp_path / "state.db-lambda").write_text("a file where the folder should be")
    served = Served(tmp_path, "--quiet", "--db", str(path))

    with pytest.raises(ClientError, match="cannot be kept"):
        make(served.client("lambda"), "work", f"VERSION = 1\n{CODE}")
    served.end()


def test_a_mapping_goes_on_in_its_stream(serve: Serve, tmp_path: Path) -> None:
    """Records that were done with before the end do not come again."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path))
    kinesis, sqs, functions = first.client("kinesis"), first.client("sqs"), first.client("lambda")
    kinesis.create_stream(StreamName="clicks", ShardCount=2)
    kinesis.get_waiter("stream_exists").wait(StreamName="clicks", WaiterConfig={"Delay": 1})
    sqs.create_queue(QueueName="done")
    make(functions, "forward", FORWARD.replace('record["body"]', 'record["kinesis"]["data"]'))
    arn = kinesis.describe_stream_summary(StreamName="clicks")["StreamDescriptionSummary"]["StreamARN"]
    functions.create_event_source_mapping(EventSourceArn=arn, FunctionName="forward", StartingPosition="TRIM_HORIZON")
    for key in "ab":
        kinesis.put_record(StreamName="clicks", PartitionKey=key, Data=b"early")
    early = bodies(sqs, "done", 2)
    first.end()

    second = serve("--quiet", "--db", str(path))
    second.client("kinesis").put_record(StreamName="clicks", PartitionKey="a", Data=b"late")
    late = bodies(second.client("sqs"), "done")

    assert (early, late) == (["ZWFybHk="] * 2, ["bGF0ZQ=="])


def test_code_signing_and_policies_of_layers_go_on(serve: Serve, tmp_path: Path) -> None:
    """A configuration with its tags and its functions, and who may use a layer."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path), "--seed", "7")
    functions = first.client("lambda")
    functions.publish_layer_version(LayerName="words", Content={"ZipFile": archive(python__shared="")})
    functions.add_layer_version_permission(
        LayerName="words", VersionNumber=1, StatementId="s", Action="lambda:GetLayerVersion", Principal="*"
    )
    profile = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/test"
    signing = functions.create_code_signing_config(
        AllowedPublishers={"SigningProfileVersionArns": [profile]}, Tags={"team": "blue"}
    )["CodeSigningConfig"]["CodeSigningConfigArn"]
    make(functions, "work", f"VERSION = 1\n{CODE}", CodeSigningConfigArn=signing)

    functions = restarted(serve, first, path).client("lambda")

    assert functions.get_code_signing_config(CodeSigningConfigArn=signing)["CodeSigningConfig"]["Description"] == ""
    assert functions.list_tags(Resource=signing)["Tags"] == {"team": "blue"}
    assert functions.get_function_code_signing_config(FunctionName="work")["CodeSigningConfigArn"] == signing
    assert '"Sid":"s"' in functions.get_layer_version_policy(LayerName="words", VersionNumber=1)["Policy"]


def test_an_asynchronous_invocation_outlives_the_server(serve: Serve, tmp_path: Path) -> None:
    """Whoever was answered finds the record of its success, though the server was killed while the function ran."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path))
    functions, queue = first.client("lambda"), "arn:aws:sqs:us-east-1:000000000000:done"
    first.client("sqs").create_queue(QueueName="done")
    make(functions, "work", "import time\ndef handler(event, context):\n    time.sleep(1)\n    return event")
    functions.put_function_event_invoke_config(
        FunctionName="work", DestinationConfig={"OnSuccess": {"Destination": queue}}
    )
    answer = functions.invoke(FunctionName="work", InvocationType="Event", Payload=b'{"n": 1}')

    second = restarted(serve, first, path)
    (record,) = map(json.loads, bodies(second.client("sqs"), "done"))

    assert record["requestContext"]["requestId"] == answer["ResponseMetadata"]["RequestId"]
    assert (record["requestContext"]["approximateInvokeCount"], record["responsePayload"]) == (1, {"n": 1})
