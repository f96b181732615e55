"""What hangs on a function? Tags, permissions, URLs and layers."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from eventsim import ApiError

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"
PERMISSION = {
    "FunctionName": "f",
    "StatementId": "s3",
    "Action": "lambda:InvokeFunction",
    "Principal": "s3.amazonaws.com",
    "SourceArn": "arn:aws:s3:::shelf",
}


# --- tags --------------------------------------------------------------------------------------------------


def test_tags_come_and_go(aws: Any) -> None:
    """They are told by `ListTags` and by `GetFunction`."""
    aws.create(Tags={"a": "1"})
    aws("TagResource", Resource=ARN, Tags={"b": "2", "c": "3"})
    aws("UntagResource", Resource=ARN, TagKeys=["a", "nothing"])

    assert aws("ListTags", Resource=ARN) == {"Tags": {"b": "2", "c": "3"}}
    assert aws("GetFunction", FunctionName="f")["Tags"] == {"b": "2", "c": "3"}


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        pytest.param(f"{ARN}:1", "aliases and versions are not supported", id="version"),
        pytest.param(f"{ARN}2", "Function not found", id="no such function"),
        pytest.param(
            "arn:aws:lambda:us-east-1:123456789012:event-source-mapping:00000000-0000-4000-8000-000000000000",
            "does not exist",
            id="no such mapping",
        ),
        pytest.param(
            "arn:aws:lambda:us-east-1:123456789012:capacity-provider:mine", "does not exist", id="a capacity provider"
        ),
    ],
)
def test_only_what_is_there_has_tags(aws: Any, resource: str, message: str) -> None:
    """Functions and mappings do; of what is not simulated there is nothing."""
    aws.create()

    with pytest.raises(ApiError, match=message):
        aws("TagResource", Resource=resource, Tags={"a": "1"})


# --- permissions -------------------------------------------------------------------------------------------


def test_permissions_make_a_policy(aws: Any) -> None:
    """They are kept and given back."""
    aws.create()

    statement = json.loads(aws("AddPermission", **PERMISSION)["Statement"])

    assert statement == {
        "Sid": "s3",
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": ARN,
        "Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::shelf"}},
    }
    policy = json.loads(aws("GetPolicy", FunctionName="f")["Policy"])
    assert policy == {"Version": "2012-10-17", "Id": "default", "Statement": [statement]}


def test_conditions_of_a_permission_stand_in_order(aws: Any) -> None:
    """Whose the source is comes before which one it is, as in AWS's example."""
    aws.create()

    text = aws("AddPermission", **PERMISSION, SourceAccount="123456789012")["Statement"]

    conditions = json.loads(text)["Condition"]
    assert list(conditions) == ["StringEquals", "ArnLike"]


@pytest.mark.parametrize(
    ("principal", "source_arn", "permits"),
    [
        pytest.param("s3.amazonaws.com", "arn:aws:s3:::shelf", True, id="whom the statement names"),
        pytest.param("sns.amazonaws.com", "arn:aws:s3:::shelf", False, id="another service"),
        pytest.param("s3.amazonaws.com", "arn:aws:s3:::other", False, id="another source"),
    ],
)
def test_a_function_of_the_api_lets_those_whom_its_policy_names(
    aws: Any, principal: str, source_arn: str, *, permits: bool
) -> None:
    """As on AWS; a function of the scenario lets everybody."""
    aws.create()
    aws("AddPermission", **PERMISSION)

    assert aws.simulation.permits(ARN, principal, source_arn) is permits


def test_a_permission_can_be_taken_back(aws: Any) -> None:
    """Without statements there is no policy."""
    aws.create()
    aws("AddPermission", **PERMISSION)
    with pytest.raises(ApiError, match=r"The statement id \(s3\) provided already exists"):
        aws("AddPermission", **PERMISSION)
    with pytest.raises(ApiError, match="Statement other is not found in resource policy"):
        aws("RemovePermission", FunctionName="f", StatementId="other")

    aws("RemovePermission", FunctionName="f", StatementId="s3")

    with pytest.raises(ApiError, match="The resource you requested does not exist"):
        aws("GetPolicy", FunctionName="f")


@pytest.mark.parametrize("alias", ["", "live"], ids=["function", "alias"])
def test_a_permission_is_a_revision_of_what_bears_it(aws: Any, alias: str) -> None:
    """A policy has no revision of its own: who has seen the function before the change has seen an old one."""
    aws.create(Publish=True)
    aws("CreateAlias", FunctionName="f", Name="live", FunctionVersion="1")
    told = {"FunctionName": "f", **({"Name": alias} if alias else {})}
    describe = "GetAlias" if alias else "GetFunctionConfiguration"
    where = {"Qualifier": alias} if alias else {}
    before = aws(describe, **told)["RevisionId"]

    aws("AddPermission", **PERMISSION, **where, RevisionId=before)

    after = aws(describe, **told)["RevisionId"]
    assert after != before
    assert aws("GetPolicy", FunctionName="f", **where)["RevisionId"] == after
    with pytest.raises(ApiError, match="Call the GetPolicy API"):
        aws("RemovePermission", FunctionName="f", StatementId="s3", **where, RevisionId=before)
    aws("RemovePermission", FunctionName="f", StatementId="s3", **where, RevisionId=after)
    assert aws(describe, **told)["RevisionId"] != after


def test_a_policy_may_not_grow_without_bound(aws: Any) -> None:
    """The permission that is one too many is refused, and the policy stays as it was."""
    aws.create()
    for number in range(100, 186):
        aws("AddPermission", **{**PERMISSION, "StatementId": f"s3-{number}"})
    before = aws("GetPolicy", FunctionName="f")["Policy"]

    with pytest.raises(ApiError) as refused:
        aws("AddPermission", **{**PERMISSION, "StatementId": "s3-186"})

    assert refused.value.code == "PolicyLengthExceededException"
    assert refused.value.message == "The final policy size (20498) is bigger than the limit (20480)."
    assert aws("GetPolicy", FunctionName="f")["Policy"] == before


@pytest.mark.parametrize(
    ("qualifier", "message"),
    [
        ("1", "Function not found: arn:aws:lambda:us-east-1:123456789012:function:f:1"),
        ("live", "Cannot find alias arn: arn:aws:lambda:us-east-1:123456789012:function:f:live"),
    ],
    ids=["version", "alias"],
)
def test_a_permission_is_for_what_is_there(aws: Any, qualifier: str, message: str) -> None:
    """A missing alias is told as such."""
    aws.create()

    with pytest.raises(ApiError) as refused:
        aws("AddPermission", **PERMISSION, Qualifier=qualifier)

    assert (refused.value.code, refused.value.message) == ("ResourceNotFoundException", message)


def test_a_type_of_urls_goes_with_urls(aws: Any) -> None:
    """Who may invoke a function otherwise does not depend on it."""
    aws.create()

    with pytest.raises(ApiError, match="FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action"):
        aws("AddPermission", **PERMISSION, FunctionUrlAuthType="NONE")


# --- function URLs -----------------------------------------------------------------------------------------


def test_a_url_is_kept_and_found_by_its_identifier(aws: Any) -> None:
    """Whoever serves it asks where it leads."""
    aws.create()
    created = aws("CreateFunctionUrlConfig", FunctionName="f", AuthType="NONE", Cors={"AllowOrigins": ["*"]})

    identifier = created["FunctionUrl"].removeprefix("https://").partition(".")[0]
    target = aws.simulation.services.lambda_api.target_of_url(identifier)

    assert created["FunctionUrl"] == f"https://{identifier}.lambda-url.us-east-1.on.aws/"
    assert (target.function, target.qualifier, target.settings["AuthType"]) == ("f", "", "NONE")
    assert aws.simulation.services.lambda_api.target_of_url("nobody") is None


def test_a_url_can_be_changed_and_taken_away(aws: Any) -> None:
    """There is one for each alias, and one without."""
    aws.create()
    aws("CreateFunctionUrlConfig", FunctionName="f", AuthType="NONE")
    with pytest.raises(ApiError, match="FunctionUrlConfig exists for this Lambda function"):
        aws("CreateFunctionUrlConfig", FunctionName="f", AuthType="NONE")

    updated = aws("UpdateFunctionUrlConfig", FunctionName="f", InvokeMode="RESPONSE_STREAM")
    listed = aws("ListFunctionUrlConfigs", FunctionName="f")["FunctionUrlConfigs"]
    assert aws("GetFunctionUrlConfig", FunctionName="f") == updated
    aws("DeleteFunctionUrlConfig", FunctionName="f")

    assert (updated["AuthType"], updated["InvokeMode"], listed) == ("NONE", "RESPONSE_STREAM", [updated])
    with pytest.raises(ApiError, match="does not exist"):
        aws("GetFunctionUrlConfig", FunctionName="f")


def test_a_url_is_for_no_version(aws: Any) -> None:
    """Only a function and its aliases have one (documented)."""
    aws.create(Publish=True)

    with pytest.raises(ApiError, match="'1' at 'qualifier'"):
        aws("CreateFunctionUrlConfig", FunctionName="f", Qualifier="1", AuthType="NONE")


@pytest.mark.parametrize(
    ("operation", "function", "message"),
    [
        ("CreateFunctionUrlConfig", "none", "Function does not exist"),
        ("CreateFunctionUrlConfig", "f:none", "Function does not exist"),
        ("UpdateFunctionUrlConfig", "none", "Function does not exist"),
        ("UpdateFunctionUrlConfig", "f", "The resource you requested does not exist."),
        ("ListFunctionUrlConfigs", "none", "Function does not exist"),
        ("GetFunctionUrlConfig", "none", "The resource you requested does not exist."),
        ("GetFunctionUrlConfig", "f:none", "The resource you requested does not exist."),
        ("DeleteFunctionUrlConfig", "none", "The resource you requested does not exist."),
    ],
)
def test_a_url_that_is_not_there_is_told_in_lambdas_words(
    aws: Any, operation: str, function: str, message: str
) -> None:
    """They are not those of other operations."""
    aws.create()
    name, _, alias = function.partition(":")
    given = {"Qualifier": alias} if alias else {}
    if operation.startswith("Create"):
        given["AuthType"] = "NONE"

    with pytest.raises(ApiError) as refused:
        aws(operation, FunctionName=name, **given)

    assert (refused.value.code, refused.value.message) == ("ResourceNotFoundException", message)


# --- layers ------------------------------------------------------------------------------------------------


def published(aws: Any, archive: bytes, **parameters: Any) -> Any:
    return aws("PublishLayerVersion", LayerName="shared", Content={"ZipFile": archive}, **parameters)


@pytest.mark.parametrize("folder", ["python", "python/lib/python3.12/site-packages"])
def test_a_function_imports_from_its_layer(aws: Any, zipped: Callable[..., bytes], folder: str) -> None:
    """Layers bring a `python` folder, or the site-packages of one runtime (documented)."""
    layer = published(aws, zipped({f"{folder}/greeting.py": "text = 'hi'"}))
    created = aws.create(
        source="import greeting\ndef handler(event, context): return greeting.text", Layers=[layer["LayerVersionArn"]]
    )

    assert aws.invoke() == "hi"
    assert created["Layers"] == [{"Arn": layer["LayerVersionArn"], "CodeSize": layer["Content"]["CodeSize"]}]


def test_versions_of_a_layer_are_counted(aws: Any, zipped: Callable[..., bytes]) -> None:
    """Lists begin with the newest; a deleted number is not used again."""
    for text in ("1", "2", "3"):
        last = published(aws, zipped({"python/x.py": text}), Description=text, CompatibleRuntimes=["python3.12"])
    aws("DeleteLayerVersion", LayerName="shared", VersionNumber=3)

    versions = aws("ListLayerVersions", LayerName="shared")["LayerVersions"]
    (layer,) = aws("ListLayers", CompatibleRuntime="python3.12")["Layers"]

    assert last["LayerVersionArn"] == "arn:aws:lambda:us-east-1:123456789012:layer:shared:3"
    assert [each["Version"] for each in versions] == [2, 1]
    assert (layer["LayerName"], layer["LatestMatchingVersion"]["Version"]) == ("shared", 2)
    assert published(aws, zipped({"python/x.py": "4"}))["Version"] == 4
    first = aws("GetLayerVersion", LayerName="shared", VersionNumber=1)
    assert first["Description"] == "1"
    assert aws("GetLayerVersionByArn", Arn=first["LayerVersionArn"]) == first
    with pytest.raises(ApiError, match="does not exist"):
        aws("GetLayerVersionByArn", Arn=last["LayerVersionArn"])


def test_a_layer_must_be_there(aws: Any) -> None:
    """One of another account is taken to be installed here, and the trace says so."""
    with pytest.raises(ApiError, match=r"Layer version .*:layer:none:1 does not exist\."):
        aws.create(Layers=["arn:aws:lambda:us-east-1:123456789012:layer:none:1"])

    theirs = "arn:aws:lambda:us-east-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python312-x86_64:7"
    created = aws.create(Layers=[theirs])

    assert created["Layers"] == [{"Arn": theirs, "CodeSize": 0}]
    assert aws.invoke() == {"saw": {}}
    assert "not fetched" in aws.told("accepted without effect")[-1]["reason"]


def test_two_versions_of_a_layer_do_not_go_together(aws: Any, zipped: Callable[..., bytes]) -> None:
    """AWS refuses them."""
    arns = [published(aws, zipped({"python/x.py": text}))["LayerVersionArn"] for text in "ab"]

    with pytest.raises(ApiError, match=r"Two different versions .* and .*:2 are versions of the same layer"):
        aws.create(Layers=arns)


def test_a_layer_of_another_region_is_refused(aws: Any) -> None:
    """Whoever's it is."""
    theirs = "arn:aws:lambda:eu-west-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python312-x86_64:7"

    with pytest.raises(ApiError, match=r"Layers are expected to be in region us-east-1\."):
        aws.create(Layers=[theirs])
