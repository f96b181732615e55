"""What does the API keep that changes no run? Code signing, permissions of layers, runtime management, networks."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from eventsim import ApiError

PROFILE = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/test"
LAYER = "arn:aws:lambda:us-east-1:123456789012:layer:words:1"


def refusal(call: Callable[[], object]) -> tuple[str, str]:
    """Return code and message of a refusal."""
    with pytest.raises(ApiError) as refused:
        call()
    return refused.value.code, refused.value.message


# --- code signing ------------------------------------------------------------------------------------------


def make_config(aws: Any, **parameters: Any) -> str:
    """Make a code signing configuration and return its ARN."""
    publishers = {"SigningProfileVersionArns": [PROFILE]}
    made = aws("CreateCodeSigningConfig", AllowedPublishers=publishers, **parameters)
    return str(made["CodeSigningConfig"]["CodeSigningConfigArn"])


def test_a_code_signing_configuration_is_kept(aws: Any) -> None:
    """With the policy that is the default (documented)."""
    arn = make_config(aws, Description="ours", Tags={"a": "b"})

    aws("UpdateCodeSigningConfig", CodeSigningConfigArn=arn, Description="theirs")

    (config,) = aws("ListCodeSigningConfigs")["CodeSigningConfigs"]
    assert config == aws("GetCodeSigningConfig", CodeSigningConfigArn=arn)["CodeSigningConfig"]
    assert config["Description"] == "theirs"
    assert config["CodeSigningPolicies"] == {"UntrustedArtifactOnDeployment": "Warn"}
    assert aws("ListTags", Resource=arn)["Tags"] == {"a": "b"}


def test_functions_use_a_code_signing_configuration(aws: Any) -> None:
    """From their creation or later; while they do it cannot be deleted (documented)."""
    arn = make_config(aws)
    made = aws.create("f", CodeSigningConfigArn=arn)
    aws.create("g")
    aws("PutFunctionCodeSigningConfig", FunctionName="g", CodeSigningConfigArn=arn)

    assert aws("GetFunctionCodeSigningConfig", FunctionName="f")["CodeSigningConfigArn"] == arn
    users = aws("ListFunctionsByCodeSigningConfig", CodeSigningConfigArn=arn)["FunctionArns"]
    assert users == [made["FunctionArn"], f"{made['FunctionArn'][:-1]}g"]
    assert refusal(lambda: aws("DeleteCodeSigningConfig", CodeSigningConfigArn=arn))[0] == "ResourceConflictException"
    for name in "fg":
        aws("DeleteFunctionCodeSigningConfig", FunctionName=name)
    aws("DeleteCodeSigningConfig", CodeSigningConfigArn=arn)
    assert aws("GetFunctionCodeSigningConfig", FunctionName="f")["CodeSigningConfigArn"] == ""


def test_a_code_signing_configuration_must_be_there(aws: Any) -> None:
    """Functions are told so by a code of their own."""
    gone = "arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-0123456789abcdef0"

    assert refusal(lambda: aws.create(CodeSigningConfigArn=gone))[0] == "CodeSigningConfigNotFoundException"
    aws.create()
    put = {"FunctionName": "f", "CodeSigningConfigArn": gone}
    assert refusal(lambda: aws("PutFunctionCodeSigningConfig", **put))[0] == "CodeSigningConfigNotFoundException"
    assert refusal(lambda: aws("GetCodeSigningConfig", CodeSigningConfigArn=gone))[0] == "ResourceNotFoundException"


# --- permissions of layers ---------------------------------------------------------------------------------


def share(aws: Any, identifier: str = "all", **parameters: Any) -> Any:
    """Let others use the first version of a layer."""
    given = {"Action": "lambda:GetLayerVersion", "Principal": "*", **parameters}
    return aws("AddLayerVersionPermission", LayerName="words", VersionNumber=1, StatementId=identifier, **given)


def test_a_version_of_a_layer_has_a_policy(aws: Any, zipped: Callable[..., bytes]) -> None:
    """Statements come and go."""
    aws("PublishLayerVersion", LayerName="words", Content={"ZipFile": zipped({"python/words.py": ""})})
    share(aws)
    share(aws, "one", Principal="111122223333", OrganizationId="o-0123456789")

    told = aws("GetLayerVersionPolicy", LayerName="words", VersionNumber=1)
    first, second = json.loads(told["Policy"])["Statement"]
    assert first == {
        "Sid": "all",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "lambda:GetLayerVersion",
        "Resource": LAYER,
    }
    assert second["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    assert second["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-0123456789"}}
    assert refusal(lambda: share(aws))[0] == "ResourceConflictException"
    for identifier in ("all", "one"):
        aws("RemoveLayerVersionPermission", LayerName="words", VersionNumber=1, StatementId=identifier)
    asked = {"LayerName": "words", "VersionNumber": 1}
    code, message = refusal(lambda: aws("GetLayerVersionPolicy", **asked))
    assert (code, message) == ("ResourceNotFoundException", "No policy is associated with the given resource.")


def test_a_layer_that_is_not_there_has_no_policy(aws: Any, zipped: Callable[..., bytes]) -> None:
    """Neither an unknown layer, nor an unknown version, nor one below 1."""
    assert refusal(lambda: share(aws))[0] == "ResourceNotFoundException"
    aws("PublishLayerVersion", LayerName="words", Content={"ZipFile": zipped({"python/words.py": ""})})
    asked = {"LayerName": "words", "VersionNumber": 2}
    assert refusal(lambda: aws("GetLayerVersionPolicy", **asked))[0] == "ResourceNotFoundException"
    code, message = refusal(lambda: aws("GetLayerVersion", LayerName="words", VersionNumber=0))
    assert (code, message) == ("InvalidParameterValueException", "Layer Version Cannot be less than 1.")


# --- what is given back ------------------------------------------------------------------------------------


def test_runtime_management_is_kept(aws: Any) -> None:
    """For each version; an ARN of a runtime only where updates are manual (documented)."""
    aws.create()
    runtime = f"arn:aws:lambda:us-east-1::runtime:{'0' * 64}"
    put = {"FunctionName": "f", "UpdateRuntimeOn": "Manual", "RuntimeVersionArn": runtime}
    before = aws("GetRuntimeManagementConfig", FunctionName="f")

    aws("PutRuntimeManagementConfig", **put)

    assert before["UpdateRuntimeOn"] == "Auto"
    assert aws("GetRuntimeManagementConfig", FunctionName="f") == {
        "UpdateRuntimeOn": "Manual",
        "RuntimeVersionArn": runtime,
        "FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:f",
    }
    wrong = {**put, "UpdateRuntimeOn": "FunctionUpdate"}
    assert refusal(lambda: aws("PutRuntimeManagementConfig", **wrong))[0] == "InvalidParameterValueException"


def test_empty_settings_are_as_if_they_had_never_been(aws: Any) -> None:
    """A network is left by naming no subnets, a key by an empty ARN."""
    key = "arn:aws:kms:us-east-1:123456789012:key/k"
    aws.create(KMSKeyArn=key, VpcConfig={"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]})
    aws.simulation.until_idle()

    empty = {"KMSKeyArn": "", "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []}}
    updated = aws("UpdateFunctionConfiguration", FunctionName="f", **empty)

    assert "KMSKeyArn" not in updated
    assert (updated["VpcConfig"]["VpcId"], updated["VpcConfig"]["SubnetIds"]) == ("", [])


def test_a_published_version_is_optimised(aws: Any) -> None:
    """`$LATEST` never is (documented)."""
    aws.create(SnapStart={"ApplyOn": "PublishedVersions"}, Publish=True)

    latest = aws("GetFunctionConfiguration", FunctionName="f")["SnapStart"]
    first = aws("GetFunctionConfiguration", FunctionName="f", Qualifier="1")["SnapStart"]
    assert (latest["OptimizationStatus"], first["OptimizationStatus"]) == ("Off", "On")


# --- what is refused ---------------------------------------------------------------------------------------


def test_policies_are_for_known_principals_and_not_for_the_latest_version(aws: Any) -> None:
    """Accounts, ARNs and services."""
    aws.create()
    given = {"FunctionName": "f", "StatementId": "s", "Action": "lambda:InvokeFunction"}

    unknown = refusal(lambda: aws("AddPermission", Principal="events.nonaws.com", **given))
    latest = refusal(lambda: aws("AddPermission", Principal="s3.amazonaws.com", Qualifier="$LATEST", **given))
    assert unknown[1] == "The provided principal was invalid. Please check the principal and try again."
    assert latest[1] == "We currently do not support adding policies for $LATEST."
    aws("AddPermission", Principal="alexa-appkit.amazon.com", **given)


def test_destinations_are_of_the_kinds_that_aws_has(aws: Any) -> None:
    """A bucket is for failures only (documented)."""
    aws.create()

    def put(end: str, arn: str) -> Any:
        return aws("PutFunctionEventInvokeConfig", FunctionName="f", DestinationConfig={end: {"Destination": arn}})

    table = "arn:aws:dynamodb:us-east-1:123456789012:table/t"
    assert refusal(lambda: put("OnFailure", table))[0] == "InvalidParameterValueException"
    assert refusal(lambda: put("OnSuccess", "arn:aws:s3:::b"))[0] == "InvalidParameterValueException"
    assert put("OnFailure", "arn:aws:s3:::b")["DestinationConfig"]["OnFailure"] == {"Destination": "arn:aws:s3:::b"}


def test_only_what_is_published_has_provisioned_concurrency(aws: Any) -> None:
    """Asking for that of `$LATEST` is a mistake."""
    aws.create()
    asked = {"FunctionName": "f", "Qualifier": "$LATEST"}

    for operation in ("GetProvisionedConcurrencyConfig", "DeleteProvisionedConcurrencyConfig"):
        _, message = refusal(lambda operation=operation: aws(operation, **asked))  # type: ignore[misc]
        assert message == "The function resource provided must be an alias or a published version."


def test_tags_are_taken_away_by_name(aws: Any) -> None:
    """No name is a mistake, over HTTP a missing parameter."""
    arn = aws.create()["FunctionArn"]

    code, message = refusal(lambda: aws("UntagResource", Resource=arn, TagKeys=[]))

    assert (code, message.split(": ", 1)[1][:25]) == ("ValidationException", "Value null at 'tagKeys' f")
