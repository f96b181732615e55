"""How do functions come, change and go through the API? As on AWS, and into the same world as a scenario's."""

import base64
import hashlib
import io
import json
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eventsim import ApiError, SyncSimulation
from tests import sdk

LOOPING = "import time\n\ndef handler(event, context):\n    time.sleep(event.get('for', 0))\n    print('version', {})\n"


def test_a_function_is_created_from_an_archive_and_runs(aws: Any) -> None:
    """The answer is AWS's: pending for the moment; then it is active and can be invoked."""
    created = aws.create(Timeout=5, MemorySize=256, Environment={"Variables": {"MODE": "test"}})

    assert aws.invoke(event={"n": 1}) == {"saw": {"n": 1}}
    arn = "arn:aws:lambda:us-east-1:123456789012:function:f"
    assert (created["FunctionArn"], created["Version"], created["State"]) == (arn, "$LATEST", "Pending")
    assert (created["Timeout"], created["MemorySize"], created["Runtime"]) == (5, 256, "python3.12")
    assert created["LastModified"] == "2026-01-01T00:00:00.000+0000"
    assert created["Environment"] == {"Variables": {"MODE": "test"}}
    configuration = aws("GetFunctionConfiguration", FunctionName="f")
    assert (configuration["State"], configuration["LastUpdateStatus"]) == ("Active", "Successful")


def test_a_function_of_the_api_is_described_as_one_of_a_scenario(aws: Any, tmp_path: Path) -> None:
    """Whoever made it, the API tells the same of it."""
    (tmp_path / "app.py").write_text("def handler(event, context): return 1")
    aws.simulation.add_function("g", handler="app.handler", code=str(tmp_path), timeout="9 s")
    aws.create(Timeout=9)

    of_api, of_scenario = (aws("GetFunctionConfiguration", FunctionName=name) for name in "fg")

    assert of_api.keys() == of_scenario.keys()
    assert (of_api["Timeout"], of_api["Handler"]) == (of_scenario["Timeout"], of_scenario["Handler"])


def test_a_folder_is_used_where_it_lies(aws: Any, tmp_path: Path) -> None:
    """`S3Bucket=hot-reload` names a folder: the next cold start runs what was edited meanwhile."""
    (tmp_path / "app.py").write_text("def handler(event, context): return 'before'")
    aws.create(Code={"S3Bucket": "hot-reload", "S3Key": str(tmp_path)})
    first = aws.invoke()

    (tmp_path / "app.py").write_text("def handler(event, context): return 'after editing'")
    aws("UpdateFunctionConfiguration", FunctionName="f", Description="restart")

    assert (first, aws.invoke()) == ("before", "after editing")


def test_code_may_come_from_a_bucket(aws: Any, zipped: Callable[..., bytes]) -> None:
    """The archive is an object of one of our buckets; what is not there is refused in S3's words."""
    aws.simulation.add_source("buckets", "builds")
    aws.simulation.put("builds", "f.zip", zipped({"app.py": "def handler(e, c): return 'from a bucket'"}))

    aws.create(Code={"S3Bucket": "builds", "S3Key": "f.zip"})

    assert aws.invoke() == "from a bucket"
    with pytest.raises(ApiError, match=r"Error occurred while GetObject\. S3 Error Code: NoSuchKey\."):
        aws.create("g", Code={"S3Bucket": "builds", "S3Key": "g.zip"})


def test_the_key_of_an_archive_is_told_with_its_code(aws: Any, zipped: Callable[..., bytes]) -> None:
    """Nothing is encrypted; a published version keeps its key, and new code has none unless it is given one."""
    key = "arn:aws:kms:us-east-1:123456789012:key/1"
    archive = zipped({"app.py": "handler = print"})
    aws.create(Code={"ZipFile": archive, "SourceKMSKeyArn": key, "S3ObjectStorageMode": "COPY"}, Publish=True)

    aws("UpdateFunctionCode", FunctionName="f", ZipFile=archive)

    assert aws("GetFunction", FunctionName="f", Qualifier="1")["Code"]["SourceKMSKeyArn"] == key
    assert "SourceKMSKeyArn" not in aws("GetFunction", FunctionName="f")["Code"]
    assert [each["parameter"] for each in aws.told("accepted without effect")] == ["Role", "SourceKMSKeyArn"]


def test_queued_events_run_on_new_code(aws: Any, zipped: Callable[..., bytes]) -> None:
    """An event that runs ends on the code it began with; those that wait run on the new code (recorded)."""
    aws.create(source=LOOPING.format(1), Timeout=30)
    aws("PutFunctionConcurrency", FunctionName="f", ReservedConcurrentExecutions=1)
    for span_s in (10, 0, 0):
        payload = json.dumps({"for": span_s}).encode()
        aws("Invoke", FunctionName="f", InvocationType="Event", Payload=payload)
    aws.simulation.advance("5 s")

    aws("UpdateFunctionCode", FunctionName="f", ZipFile=zipped({"app.py": LOOPING.format(2)}))
    aws.simulation.until_idle()

    printed = [told["text"] for told in aws.told("logged") if told["text"].startswith("version")]
    assert printed == ["version 1\n", "version 2\n", "version 2\n"]


def test_a_new_configuration_restarts_environments(aws: Any) -> None:
    """Environments know their variables from the start, so a change of them needs new ones."""
    aws.create(source="import os\nseen = os.environ.get('MODE')\ndef handler(event, context): return seen")
    before = aws.invoke()

    updated = aws("UpdateFunctionConfiguration", FunctionName="f", Environment={"Variables": {"MODE": "b"}}, Timeout=7)

    assert (before, aws.invoke()) == (None, "b")
    assert (updated["LastUpdateStatus"], updated["Timeout"]) == ("InProgress", 7)
    assert aws("GetFunctionConfiguration", FunctionName="f")["LastUpdateStatus"] == "Successful"


def test_an_empty_environment_is_told_if_it_was_given(aws: Any) -> None:
    """Who never spoke of one is told of none."""
    aws.create(Environment={"Variables": {}})
    empty = aws("GetFunction", FunctionName="f")["Configuration"]
    aws("UpdateFunctionConfiguration", FunctionName="f", Environment={"Variables": {"MODE": "b"}})
    emptied = aws("UpdateFunctionConfiguration", FunctionName="f", Environment={"Variables": {}})
    never = aws.create("g")

    assert empty["Environment"] == emptied["Environment"] == {"Variables": {}}
    assert "Environment" not in never


def test_a_dry_run_changes_no_code(aws: Any, zipped: Callable[..., bytes]) -> None:
    """The answer tells the digest of what was tried, for whoever wants to know whether it is new."""
    created = aws.create()
    other = zipped({"app.py": "x = 1"})

    tried = aws("UpdateFunctionCode", FunctionName="f", ZipFile=other, DryRun=True)

    assert tried["CodeSha256"] == base64.b64encode(hashlib.sha256(other).digest()).decode()
    kept = aws("GetFunctionConfiguration", FunctionName="f")
    assert (kept["RevisionId"], kept["CodeSha256"]) == (tried["RevisionId"], created["CodeSha256"])
    assert aws.invoke() == {"saw": {}}


def test_a_deleted_function_is_gone(aws: Any) -> None:
    """Its name is free again; what was queued for it is dropped."""
    aws.create()
    aws("Invoke", FunctionName="f", InvocationType="Event")

    aws("DeleteFunction", FunctionName="f")
    aws.simulation.until_idle()

    with pytest.raises(ApiError, match=r"Function not found: arn:aws:lambda:us-east-1:123456789012:function:f$"):
        aws("GetFunction", FunctionName="f")
    assert len(aws.told("event dropped")) == 1
    aws.create(source="def handler(event, context): return 'again'")
    assert aws.invoke() == "again"


def test_a_function_may_be_deleted_while_it_runs(aws: Any) -> None:
    """What runs ends; no retry follows, since its settings are gone."""
    aws.create(source="import time\ndef handler(e, c):\n    time.sleep(2)\n    raise ValueError")
    aws("Invoke", FunctionName="f", InvocationType="Event")
    aws.simulation.advance("1 s")

    aws("DeleteFunction", FunctionName="f")
    aws.simulation.until_idle()

    assert len(aws.told("failed")) == 1


def test_functions_are_listed_in_pages(aws: Any) -> None:
    """`NextMarker` leads on, and the last page has none; lists do not tell of states (documented)."""
    for name in "abc":
        aws.create(name)

    first = aws("ListFunctions", MaxItems=2)
    second = aws("ListFunctions", MaxItems=2, Marker=first["NextMarker"])

    assert [each["FunctionName"] for each in [*first["Functions"], *second["Functions"]]] == ["a", "b", "c"]
    assert "NextMarker" not in second
    assert "State" not in first["Functions"][0]


@pytest.mark.parametrize("marker", ["x", "ü", "cGxhY2Uge30="])
def test_a_marker_that_is_none_of_ours_is_refused(aws: Any, marker: str) -> None:
    """Whatever it is made of."""
    with pytest.raises(ApiError, match="Invalid Marker") as refused:
        aws("ListFunctions", Marker=marker)

    assert refused.value.code == "InvalidParameterValueException"


def test_boto3s_waiters_work(aws: Any) -> None:
    """A client that waits for a new function need not wait at all."""
    client = sdk.client("lambda")
    aws.create()

    for waiter in (
        "function_exists",
        "function_active",
        "function_active_v2",
        "function_updated",
        "function_updated_v2",
    ):
        client.get_waiter(waiter).wait(FunctionName="f", WaiterConfig={"MaxAttempts": 1})


def test_a_function_may_take_its_time_to_become_active(aws: Any) -> None:
    """With a transition time it is pending, and can be neither invoked nor changed (documented, recorded)."""
    aws.simulation.services.lambda_api.service.transition_us = 2_000_000
    aws.create()

    with pytest.raises(ApiError, match=r"currently in the following state: Pending") as refused:
        aws.invoke()
    with pytest.raises(ApiError, match=r"An update is in progress for resource: arn:"):
        aws("UpdateFunctionConfiguration", FunctionName="f", Timeout=4)
    aws.simulation.advance("2 s")

    assert (refused.value.code, refused.value.status) == ("ResourceConflictException", 409)
    assert aws.invoke() == {"saw": {}}


def test_a_state_is_a_part_of_a_revision(aws: Any) -> None:
    """What is created, published or updated is another revision once it is active, or the update is through."""
    aws.simulation.services.lambda_api.service.transition_us = 2_000_000

    def revisions(operation: str, number: str, **parameters: Any) -> list[str]:
        answered = aws(operation, FunctionName="f", **parameters)["RevisionId"]
        asked = {"FunctionName": "f", "Qualifier": number}
        meanwhile = aws("GetFunctionConfiguration", **asked)["RevisionId"]
        aws.simulation.advance("2 s")
        return [answered, meanwhile, aws("GetFunctionConfiguration", **asked)["RevisionId"]]

    created = aws.create()["RevisionId"]
    aws.simulation.advance("2 s")
    active = aws("GetFunctionConfiguration", FunctionName="f")["RevisionId"]
    updated = revisions("UpdateFunctionConfiguration", "$LATEST", Timeout=4, RevisionId=active)
    published = revisions("PublishVersion", "1")

    assert created != active
    assert updated[0] == updated[1] != updated[2]
    assert published[0] == published[1] != published[2]


@pytest.mark.parametrize("runtime", ["python3.8", "python3.15"], ids=["oldest", "newest"])
def test_the_runtime_is_accepted_and_said_in_the_trace(aws: Any, runtime: str) -> None:
    """Any Python runs on the Python of this process."""
    aws.create(Runtime=runtime)

    assert aws.told("runs here") == [{"runtime": runtime, "interpreter": "this process's own Python"}]


def test_what_has_no_effect_is_told_once(aws: Any) -> None:
    """It is given back as it came, and the trace has one warning for each."""
    vpc = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    created = aws.create("f", VpcConfig=vpc, TracingConfig={"Mode": "Active"})
    aws.create("g", VpcConfig=vpc, TracingConfig={"Mode": "Active"})

    assert created["VpcConfig"].items() >= vpc.items()
    assert created["VpcConfig"]["VpcId"].startswith("vpc-")
    assert created["TracingConfig"] == {"Mode": "Active"}
    told = [each["parameter"] for each in aws.told("accepted without effect")]
    assert told == ["Role", "VpcConfig"]


@pytest.mark.parametrize(
    ("parameters", "code", "message"),
    [
        pytest.param(
            {"FunctionName": "f" * 65}, "InvalidParameterValueException", "less than or equal to 64", id="name"
        ),
        pytest.param({"MemorySize": 64}, "ValidationException", "'64' at 'memorySize'.*greater.*128$", id="memory"),
        pytest.param({"Timeout": 901}, "ValidationException", "'901' at 'timeout'.*less than.*900$", id="timeout"),
        pytest.param({"Role": "me"}, "ValidationException", "'me' at 'role'", id="role"),
        pytest.param(
            {"Handler": None}, "InvalidParameterValueException", "Runtime and Handler are mandatory", id="handler"
        ),
        pytest.param(
            {"Architectures": ["x86"]}, "ValidationException", r"'\[x86\]' at 'architectures'", id="architecture"
        ),
        pytest.param(
            {"Environment": {"Variables": {"AWS_REGION": "x"}}},
            "InvalidParameterValueException",
            "Reserved keys used in this request: AWS_REGION",
            id="reserved variable",
        ),
        pytest.param(
            {"DeadLetterConfig": {"TargetArn": "arn:aws:lambda:us-east-1:123456789012:function:f"}},
            "InvalidParameterValueException",
            "must be a queue or a topic",
            id="dead letter",
        ),
        pytest.param(
            {"Tags": {str(number): "" for number in range(51)}},
            "InvalidParameterValueException",
            "exceeds resource tag limit",
            id="tags",
        ),
        pytest.param({"Code": {}}, "InvalidParameterValueException", "Please provide a source", id="no code"),
        pytest.param(
            {"Code": {"ZipFile": bytes(52_428_801)}},
            "InvalidParameterValueException",
            "Zipped size must be smaller than 52428800 bytes",
            id="too large",
        ),
        pytest.param(
            {"Code": {"ZipFile": bytes(52_625_409)}},
            "RequestEntityTooLargeException",
            "Request must be smaller than 70167211 bytes for the CreateFunction operation",
            id="too large for a request",
        ),
        pytest.param(
            {"Code": {"S3Bucket": "hot-reload", "S3Key": "here"}},
            "InvalidParameterValueException",
            "the absolute path of a folder",
            id="no folder",
        ),
        pytest.param(
            {"Code": {"S3Bucket": "builds", "S3Key": "f.zip", "S3ObjectStorageMode": "REFERENCE"}},
            "NotImplemented",
            "S3ObjectStorageMode=REFERENCE",
            id="code that stays in its bucket",
        ),
        pytest.param(
            {"Code": {"ZipFile": b"x", "S3Bucket": "builds", "S3Key": "f.zip"}},
            "InvalidParameterValueException",
            "Please do not provide other FunctionCode parameters when providing a ZipFile.$",
            id="two sources of code",
        ),
        pytest.param({"Layers": ["a:b"]}, "ValidationException", "'layers'", id="malformed layer"),
        pytest.param(
            {"Layers": [f"arn:aws:lambda:us-east-1:123456789012:layer:l{n}:1" for n in range(6)]},
            "InvalidParameterValueException",
            "Cannot reference more than 5 layers.",
            id="too many layers",
        ),
        pytest.param(
            {"Runtime": "java21"},
            "NotImplemented",
            "the runtime java21 is not simulated. Take one of",
            id="other language",
        ),
        pytest.param(
            {"Runtime": "python2.7"},
            "InvalidParameterValueException",
            "The runtime parameter of python2.7 is no longer supported for creating or updating AWS Lambda functions.",
            id="retired runtime",
        ),
        pytest.param(
            {"Runtime": "nodejs14.x"},
            "InvalidParameterValueException",
            "The runtime parameter of nodejs14.x is no longer supported for creating or updating AWS Lambda functions.",
            id="retired runtime of another language",
        ),
        pytest.param(
            {"Runtime": "cobol85"},
            "InvalidParameterValueException",
            r"Value cobol85 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
            r"\[python3.8, .*\] or be a valid ARN$",
            id="no runtime",
        ),
        pytest.param(
            {"VpcConfig": {"SubnetIds": ["subnet-1"]}},
            "InvalidParameterValueException",
            "SubnetIds and SecurityIds must coexist or be both empty list.",
            id="half a network",
        ),
        pytest.param(
            {"Runtime": "python3.11", "SnapStart": {"ApplyOn": "PublishedVersions"}},
            "InvalidParameterValueException",
            "python3.11 is not supported for SnapStart enabled functions.",
            id="too old for snapshots",
        ),
        pytest.param(
            {"PackageType": "Image", "ImageConfig": {"Command": ["app.handler"]}},
            "NotImplemented",
            r"a container image \(PackageType=Image\) is not simulated. Give the code as a zip file or a folder",
            id="image",
        ),
        pytest.param({"ImageConfig": {"Command": ["app.handler"]}}, "NotImplemented", "ImageConfig", id="its command"),
        pytest.param(
            {"PublishTo": "LATEST_PUBLISHED", "Publish": True},
            "NotImplemented",
            "PublishTo is not simulated",
            id="capacity provider",
        ),
        pytest.param({"Code": {"ImageUri": "x"}}, "NotImplemented", "container image", id="image code"),
    ],
)
def test_a_bad_function_is_refused(aws: Any, parameters: dict[str, Any], code: str, message: str) -> None:
    """AWS's bounds and words; what is not simulated is refused by name."""
    with pytest.raises(ApiError, match=message) as refused:
        aws.create(parameters.pop("FunctionName", "f"), **parameters)

    assert refused.value.code == code
    assert aws("ListFunctions")["Functions"] == []


def test_there_is_one_function_of_a_name(aws: Any) -> None:
    """A second one is a conflict (recorded)."""
    aws.create()

    with pytest.raises(ApiError, match="Function already exist: f") as refused:
        aws.create()

    assert (refused.value.code, refused.value.status) == ("ResourceConflictException", 409)


def test_an_old_revision_changes_nothing(aws: Any) -> None:
    """Whoever names a revision wants to be the only one who changes it."""
    aws.create()
    revision = aws("GetFunctionConfiguration", FunctionName="f")["RevisionId"]
    aws("UpdateFunctionConfiguration", FunctionName="f", Timeout=4, RevisionId=revision)

    with pytest.raises(ApiError, match="The RevisionId provided does not match") as refused:
        aws("UpdateFunctionConfiguration", FunctionName="f", Timeout=5, RevisionId=revision)

    assert (refused.value.code, refused.value.status) == ("PreconditionFailedException", 412)


def test_account_settings_tell_limits_and_usage(aws: Any) -> None:
    """What is reserved is no longer unreserved."""
    aws.create()
    aws("PutFunctionConcurrency", FunctionName="f", ReservedConcurrentExecutions=300)

    settings = aws("GetAccountSettings")

    assert settings["AccountLimit"]["UnreservedConcurrentExecutions"] == 700
    assert settings["AccountUsage"]["FunctionCount"] == 1


def test_uploaded_code_can_be_fetched(aws: Any, zipped: Callable[..., bytes]) -> None:
    """`Location` has the form of AWS's and is the same in every run; its last part finds the archive."""
    aws.create()

    location = aws("GetFunction", FunctionName="f")["Code"]["Location"]

    archive = aws.simulation.services.lambda_api.archive(location.rpartition("/")[2])
    assert location.startswith("https://awslambda-us-east-1-tasks.s3.us-east-1.amazonaws.com/snapshots/123456789012/")
    assert zipfile.ZipFile(io.BytesIO(archive)).namelist() == ["app.py"]
    assert aws.simulation.services.lambda_api.archive("nothing") is None


def test_code_is_downloaded_from_its_address(aws: Any, zipped: Callable[..., bytes]) -> None:
    """By any client of HTTP, as tools do that keep a copy of what is deployed; a layer's content, too."""
    layer = zipped({"python/lib.py": "x = 1"})
    aws.create()
    published = aws("PublishLayerVersion", LayerName="lib", Content={"ZipFile": layer})

    location = aws("GetFunction", FunctionName="f")["Code"]["Location"]
    with urllib.request.urlopen(location) as answer:
        code = answer.read()
    with urllib.request.urlopen(published["Content"]["Location"]) as answer:
        content = answer.read()

    assert zipfile.ZipFile(io.BytesIO(code)).namelist() == ["app.py"]
    assert content == layer
    assert published["Content"]["Location"].startswith("https://awslambda-us-east-1-layers.s3.us-east-1.amazonaws.com/")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{location[:-1]}x")


def test_a_python_object_is_not_replaced_by_code(aws: Any, zipped: Callable[..., bytes]) -> None:
    """A handler that a test gave as it is stays; to change it in silence would be worse than to refuse."""
    aws.simulation.add_function("object", handler=lambda event, context: None)

    with pytest.raises(ApiError, match="a handler that is a Python object"):
        aws("UpdateFunctionCode", FunctionName="object", ZipFile=zipped({"app.py": "x = 1"}))
    aws("UpdateFunctionConfiguration", FunctionName="object", Timeout=9)

    assert aws.invoke("object") is None


def test_what_infrastructure_tools_ask_on_their_way_is_answered(aws: Any) -> None:
    """There is no code signing, and runtimes look after themselves."""
    aws.create()

    assert aws("GetFunctionCodeSigningConfig", FunctionName="f")["CodeSigningConfigArn"] == ""
    assert aws("GetRuntimeManagementConfig", FunctionName="f")["UpdateRuntimeOn"] == "Auto"


def test_loop_detection_can_be_switched_off(aws: Any) -> None:
    """`Allow` lets a function feed itself."""
    aws.create()
    before = aws("GetFunctionRecursionConfig", FunctionName="f")

    aws("PutFunctionRecursionConfig", FunctionName="f", RecursiveLoop="Allow")

    assert (before, aws("GetFunctionRecursionConfig", FunctionName="f")) == (
        {"RecursiveLoop": "Terminate"},
        {"RecursiveLoop": "Allow"},
    )


def test_the_values_of_loop_detection_are_told_in_their_own_order(aws: Any) -> None:
    """Another one than the service model's (recorded)."""
    aws.create()

    with pytest.raises(ApiError, match=r"'recursiveLoop' .* enum value set: \[Terminate, Allow\]$"):
        aws("PutFunctionRecursionConfig", FunctionName="f", RecursiveLoop="Never")


def test_json_logging_is_configured_in_parts(aws: Any) -> None:
    """What is not given stays; levels belong to the JSON format."""
    aws.create(LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG"})

    updated = aws("UpdateFunctionConfiguration", FunctionName="f", LoggingConfig={"LogGroup": "mine"})

    assert updated["LoggingConfig"] == {
        "LogFormat": "JSON",
        "LogGroup": "mine",
        "ApplicationLogLevel": "DEBUG",
        "SystemLogLevel": "INFO",
    }
    with pytest.raises(ApiError, match="Log levels"):
        aws.create("g", LoggingConfig={"LogFormat": "Text", "ApplicationLogLevel": "DEBUG"})


def test_two_runs_of_uploaded_code_are_equal(zipped: Callable[..., bytes]) -> None:
    """Where it is unpacked is a matter of the machine; nothing of that shows."""
    source = "import os\nprint(__file__, os.getcwd())\ndef handler(event, context): raise ValueError(__file__)"

    def run() -> tuple[str, Any]:
        with SyncSimulation(seed=3) as simulation:
            client = sdk.client("lambda")
            code = {"ZipFile": zipped({"app.py": source})}
            client.create_function(
                FunctionName="f",
                Runtime="python3.13",
                Role="arn:aws:iam::123456789012:role/r",
                Handler="app.handler",
                Code=code,
            )
            print(client.get_function(FunctionName="f")["Code"])
            failure = json.loads(client.invoke(FunctionName="f")["Payload"].read())
            return simulation.digest(), failure["stackTrace"]

    first, second = run(), run()

    assert first == second
    assert first[1] == [
        '  File "/var/task/app.py", line 3, in handler\n    def handler(event, context): raise ValueError(__file__)\n'
    ]


def test_a_handler_may_deploy_another_function(aws: Any, zipped: Callable[..., bytes]) -> None:
    """From one version of an object, and call it right away."""
    aws.simulation.add_source("buckets", "builds")
    s3 = sdk.client("s3")
    s3.put_bucket_versioning(Bucket="builds", VersioningConfiguration={"Status": "Enabled"})
    versions = [
        s3.put_object(Bucket="builds", Key="f.zip", Body=zipped({"app.py": f"def handler(e, c): return {text!r}"}))
        for text in ("old", "new")
    ]

    def deploy(event: Any, context: Any) -> str:
        client = sdk.client("lambda")
        code = {"S3Bucket": "builds", "S3Key": "f.zip", "S3ObjectVersion": event["version"]}
        role = "arn:aws:iam::123456789012:role/r"
        client.create_function(FunctionName="f", Runtime="python3.12", Role=role, Handler="app.handler", Code=code)
        client.get_waiter("function_active_v2").wait(FunctionName="f")
        return str(json.load(client.invoke(FunctionName="f")["Payload"]))

    aws.simulation.add_function("deploy", handler=deploy, timeout="1 minute")

    assert aws.simulation.invoke("deploy", {"version": versions[0]["VersionId"]}) == "old"
