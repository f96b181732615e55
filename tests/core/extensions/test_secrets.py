"""The AWS Parameters and Secrets Lambda Extension, asked by handlers over HTTP."""

import json
import os
import time
import urllib.error
from collections.abc import Callable
from typing import Any

import pytest
import urllib3

from eventsim import ConfigurationError, SyncSimulation
from tests.core.extensions.conftest import SECRETS, by_http_client, get

Add = Callable[..., None]


def secret(**query: str) -> tuple[int, str]:
    return get("/secretsmanager/get", secretId="db", **query)


def text(answer: tuple[int, str]) -> str:
    return str(json.loads(answer[1])["SecretString"])


def parameter(**query: str) -> Any:
    return json.loads(get("/systemsmanager/parameters/get", **query)[1])["Parameter"]


def logged(world: SyncSimulation, function: str) -> list[str]:
    entries = world.trace.entries(["logged"])
    return [entry.detail["text"] for entry in entries if entry.place == f"function {function}"]


def put(world: SyncSimulation, value: str) -> None:
    world.request("secretsmanager", "PutSecretValue", {"SecretId": "db", "SecretString": value})


def test_a_secret_is_written_down_as_the_sdk_for_go_does(world: SyncSimulation, add: Add) -> None:
    """All members in their order, null where there is nothing, and `ResultMetadata`."""
    world.add_source("secrets", "db", secret_string="s3cr3t")
    add(lambda event, context: by_http_client("/secretsmanager/get?secretId=db"))

    told = world.invoke("f")

    assert list(told) == [
        *("ARN", "CreatedDate", "Name", "SecretBinary", "SecretString", "VersionId", "VersionStages"),
        "ResultMetadata",
    ]
    assert (told["Name"], told["SecretString"], told["SecretBinary"]) == ("db", "s3cr3t", None)
    assert (told["CreatedDate"], told["VersionStages"]) == ("2026-01-01T00:00:00.000Z", ["AWSCURRENT"])


def test_bytes_are_base64(world: SyncSimulation, add: Add) -> None:
    world.add_source("secrets", "key", secret_binary="aGVsbG8=")
    add(lambda event, context: by_http_client("/secretsmanager/get?secretId=key")["SecretBinary"])

    assert world.invoke("f") == "aGVsbG8="


def test_a_version_is_asked_for_by_its_stage(world: SyncSimulation, add: Add) -> None:
    world.add_source("secrets", "db", secret_string="one")
    put(world, "two")
    add(lambda event, context: [text(secret()), text(secret(versionStage="AWSPREVIOUS"))])

    assert world.invoke("f") == ["two", "one"]


def test_a_parameter_is_decrypted_only_on_request(world: SyncSimulation, add: Add) -> None:
    """By name, by version, by label; the path may end in a slash, as in AWS's own examples."""
    world.add_source("parameters", "/shop/key", value="one", type="SecureString")
    world.request("ssm", "LabelParameterVersion", {"Name": "/shop/key", "Labels": ["old"]})
    world.request("ssm", "PutParameter", {"Name": "/shop/key", "Value": "two", "Overwrite": True})

    def handler(event: Any, context: Any) -> Any:
        clear = {"name": "/shop/key", "withDecryption": "true"}
        old = json.loads(get("/systemsmanager/parameters/get/", label="old", **clear)[1])["Parameter"]
        return [
            parameter(name="/shop/key")["Value"][:6],
            parameter(**clear)["Value"],
            parameter(version="1", **clear)["Value"],
            (old["Value"], old["Selector"], old["SourceResult"]),
        ]

    add(handler)

    assert world.invoke("f") == ["AQICAH", "two", "one", ["one", ":old", None]]


@pytest.mark.parametrize(
    ("variables", "seen"),
    [
        pytest.param({}, ["one", "one", "two"], id="five minutes"),
        pytest.param({"SECRETS_MANAGER_TTL": 30}, ["one", "two", "two"], id="half a minute"),
        pytest.param({"SECRETS_MANAGER_TTL": 0}, ["one", "two", "two"], id="no time at all"),
        pytest.param({"SECRETS_MANAGER_TTL": 301}, ["one", "one", "two"], id="more than may be"),
        pytest.param({"PARAMETERS_SECRETS_EXTENSION_CACHE_SIZE": 0}, ["one", "two", "two"], id="no room"),
        pytest.param({"PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED": "false"}, ["one", "two", "two"], id="no cache"),
    ],
)
def test_an_answer_is_kept_for_a_while(
    world: SyncSimulation, add: Add, variables: dict[str, Any], seen: list[str]
) -> None:
    """A new value is seen once the old one is too old: the classic surprise after a rotation."""
    world.add_source("secrets", "db", secret_string="one")
    add(lambda event, context: text(secret()), **variables)

    told = [world.invoke("f")]
    put(world, "two")
    world.advance("1 minute")
    told.append(world.invoke("f"))
    world.advance("4 minutes")
    told.append(world.invoke("f"))

    assert told == seen


def test_the_least_asked_for_makes_room(world: SyncSimulation, add: Add) -> None:
    """`CACHE_SIZE` counts secrets and parameters together."""
    world.add_source("secrets", "db", secret_string="one")
    world.add_source("parameters", "vat", value="0.19")

    def handler(event: Any, context: Any) -> None:
        for _ in range(2):
            secret()
            parameter(name="vat")

    add(handler, PARAMETERS_SECRETS_EXTENSION_CACHE_SIZE=1)
    world.invoke("f")

    assert world.numbers("secrets", "db")["reads"] == 2


def test_each_environment_has_a_cache_of_its_own(world: SyncSimulation, add: Add) -> None:
    world.add_source("secrets", "db", secret_string="one")

    def handler(event: Any, context: Any) -> None:
        secret()
        time.sleep(1)  # noqa: TID251 - as user code does

    add(handler)
    for _ in range(2):
        world.request("lambda", "Invoke", {"FunctionName": "f", "InvocationType": "Event"})
    world.until_idle()

    assert world.numbers("secrets", "db")["reads"] == 2


@pytest.mark.parametrize(
    ("asked", "status", "says"),
    [
        pytest.param({"path": "/secretsmanager/get", "secretId": "db", "token": ""}, 401, "TOKEN", id="no token"),
        pytest.param({"path": "/secretsmanager/get"}, 400, "secretId", id="no secret named"),
        pytest.param({"path": "/systemsmanager/parameters/get"}, 400, "name", id="no parameter named"),
        pytest.param({"path": "/secretsmanager"}, 404, "not found", id="no such path"),
        pytest.param(
            {"path": "/secretsmanager/get", "secretId": "x"}, 400, "an unexpected error occurred", id="no such secret"
        ),
    ],
)
def test_a_refusal_is_an_answer(world: SyncSimulation, add: Add, asked: dict[str, str], status: int, says: str) -> None:
    add(lambda event, context: get(**asked))

    told, words = world.invoke("f")

    assert told == status
    assert says in words


def test_the_log_says_what_the_service_refused(world: SyncSimulation, add: Add) -> None:
    """The asker learns the status alone; the log level `NONE` keeps the log silent, too."""
    add(lambda event, context: secret()[0])
    world.invoke("f")
    (line,) = [line for line in logged(world, "f") if "Extension]" in line]

    add_again = {"PARAMETERS_SECRETS_EXTENSION_LOG_LEVEL": "NONE"}
    world.add_function("g", handler=lambda event, context: secret()[0], layers=[SECRETS], environment=add_again)
    world.invoke("g")

    assert "ERROR GetSecretValue request encountered an error: ResourceNotFoundException" in line
    assert not [line for line in logged(world, "g") if "Extension]" in line]


def test_a_port_of_ones_own(world: SyncSimulation, add: Add) -> None:
    world.add_source("secrets", "db", secret_string="one")
    add(lambda event, context: text(secret(port=8080)), PARAMETERS_SECRETS_EXTENSION_HTTP_PORT=8080)  # type: ignore[arg-type]

    assert world.invoke("f") == "one"


def test_any_client_reaches_it(world: SyncSimulation, add: Add) -> None:
    """urllib3 carries requests and botocore; it may call the machine by its number."""
    world.add_source("parameters", "vat", value="0.19")

    def handler(event: Any, context: Any) -> Any:
        url = "http://127.0.0.1:2773/systemsmanager/parameters/get?name=vat"
        headers = {"X-Aws-Parameters-Secrets-Token": os.environ["AWS_SESSION_TOKEN"]}
        return urllib3.PoolManager().request("GET", url, headers=headers).json()["Parameter"]["Value"]

    add(handler)

    assert world.invoke("f") == "0.19"


def test_nobody_is_served_before_the_first_invocation(world: SyncSimulation, tmp_path: Any) -> None:
    """A module that asks while it is imported is told to wait; that is what people run into on AWS."""
    (tmp_path / "app.py").write_text(
        "import http.client\n"
        "connection = http.client.HTTPConnection('localhost', 2773)\n"
        "connection.request('GET', '/secretsmanager/get?secretId=db')\n"
        "answer = connection.getresponse()\n"
        "told = [answer.status, answer.read().decode()]\n"
        "def handler(event, context):\n"
        "    return told\n"
    )
    world.add_function("f", handler="app.handler", code=str(tmp_path), layers=[SECRETS])

    assert world.invoke("f") == [400, "not ready to serve traffic, please wait\n"]


def test_without_the_layer_nobody_answers(world: SyncSimulation, add: Add) -> None:
    def handler(event: Any, context: Any) -> str:
        try:
            return str(get("/secretsmanager/get", secretId="db", port=27_731))  # type: ignore[arg-type]
        except urllib.error.URLError as error:
            return str(error.reason)

    add(handler, layers=())

    assert "refused" in world.invoke("f")


def test_the_story_tells_whether_an_answer_was_kept(world: SyncSimulation, add: Add) -> None:
    world.add_source("secrets", "db", secret_string="one")
    add(lambda event, context: [secret(), secret()])

    world.invoke("f")

    entries = list(world.trace.entries(["extension asked"]))
    assert [(entry.value, entry.detail["origin"]) for entry in entries] == [(200, "secretsmanager"), (200, "its cache")]
    assert entries[0].place == "extension AWS-Parameters-and-Secrets-Lambda-Extension"
    assert entries[0].detail["path"] == "/secretsmanager/get?secretId=db"


def test_another_layer_is_not_here(world: SyncSimulation) -> None:
    arn = "arn:aws:lambda:us-east-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python312-x86_64:1"

    with pytest.raises(ConfigurationError, match="is not here") as refused:
        world.add_function("f", handler=print, layers=[arn])

    assert refused.value.key == "functions.f.layers[0]"
