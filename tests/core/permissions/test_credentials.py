"""Is a call a function's if nothing but its credentials says so?"""

import os
from pathlib import Path
from typing import Any

import boto3
import pytest
import urllib3
from botocore.config import Config

from eventsim import SyncSimulation

PLACE = {"Bucket": "photos", "Key": "cat"}
AT_IMPORT = """\
import boto3

from botocore.exceptions import ClientError

try:
    boto3.client("sqs").list_queues()
except ClientError as error:
    REFUSAL = str(error)


def handler(event, context):
    return REFUSAL
"""


def sign(event: dict[str, str], _context: object) -> Any:
    """Return links that whoever has them may follow."""
    s3 = boto3.client("s3", config=Config(signature_version=event["signature"]))
    return s3.generate_presigned_url("get_object", Params=PLACE), s3.generate_presigned_post(*PLACE.values())


def show_token(_event: Any, _context: object) -> str:
    return os.environ["AWS_SESSION_TOKEN"]


@pytest.mark.parametrize("signature", ["s3", "s3v4"])
def test_a_link_opens_what_the_function_that_signed_it_may_see(signature: str) -> None:
    """Also after the function's end, and for somebody who is the owner."""
    with SyncSimulation(permissions="enforced") as world:
        world.add_source("buckets", "photos")
        world.add_function("sign", sign, policies=[])
        link, form = world.invoke("sign", {"signature": signature})

        got = urllib3.PoolManager().request("GET", link)
        posted = urllib3.PoolManager().request("POST", form["url"], fields={**form["fields"], "file": b"meow"})

    assert (got.status, posted.status) == (403, 403)
    assert b"assumed-role/eventsim/sign is not authorized to perform: s3:GetObject" in got.data
    assert b"assumed-role/eventsim/sign is not authorized to perform: s3:PutObject" in posted.data


def test_what_a_module_calls_at_import_is_its_function_s(tmp_path: Path) -> None:
    """Before any invocation there are credentials."""
    (tmp_path / "app.py").write_text(AT_IMPORT)

    with SyncSimulation(permissions="enforced") as world:
        world.add_function("work", "app.handler", code=str(tmp_path), policies=[])
        refusal = world.invoke("work")

    assert "assumed-role/eventsim/work is not authorized to perform: sqs:listqueues" in refusal


def test_each_function_has_a_token_of_its_own() -> None:
    """Whoever bears it is that function."""
    with SyncSimulation(permissions="enforced") as world:
        for name in ("one", "other"):
            world.add_function(name, show_token, policies=[])
        one, other = world.invoke("one"), world.invoke("other")
        keys = {"aws_access_key_id": "ASIA", "aws_secret_access_key": "none", "aws_session_token": one}
        who = boto3.client("sts", region_name="us-east-1", **keys).get_caller_identity()

    assert one != other
    assert who["Arn"].endswith(":assumed-role/eventsim/one")
