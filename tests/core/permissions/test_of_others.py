"""What do calls need of the services that functions use beside those for events?"""

from typing import Any

import pytest

from tests.core.permissions.calls import asked, keys

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234"
SES = "arn:aws:ses:eu-west-1:123456789012"
BEDROCK = "arn:aws:bedrock:eu-west-1"


@pytest.mark.parametrize("key", ["1234", KEY])
def test_a_key_is_meant_by_its_arn(key: str) -> None:
    """Whether a call has the id or the ARN."""
    assert asked("kms", "Encrypt", KeyId=key) == [("kms:Encrypt", KEY)]


@pytest.mark.parametrize("key", ["alias/shop", "arn:aws:kms:eu-west-1:123456789012:alias/shop"])
def test_an_alias_is_a_condition_and_no_resource(key: str) -> None:
    """Which key it stands for, only KMS knows."""
    assert asked("kms", "GenerateDataKey", KeyId=key) == [("kms:GenerateDataKey", "")]
    assert keys("kms", "GenerateDataKey", KeyId=key) == {"kms:RequestAlias": ("alias/shop",)}


def test_what_is_decrypted_knows_its_key_itself() -> None:
    """The call need not name it; its context is a condition."""
    assert asked("kms", "Decrypt", CiphertextBlob=b"x") == [("kms:Decrypt", "")]
    assert keys("kms", "Decrypt", CiphertextBlob=b"x", EncryptionContext={"order": "7"}) == {
        "kms:EncryptionContext:order": ("7",),
        "kms:EncryptionContextKeys": ("order",),
    }


def test_encrypting_anew_is_two_actions() -> None:
    """One on each key."""
    assert asked("kms", "ReEncrypt", SourceKeyId="1234", DestinationKeyId=f"{KEY}5") == [
        ("kms:ReEncryptFrom", KEY),
        ("kms:ReEncryptTo", f"{KEY}5"),
    ]


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("InvokeModel", "bedrock:InvokeModel"),
        ("Converse", "bedrock:InvokeModel"),
        ("ConverseStream", "bedrock:InvokeModelWithResponseStream"),
    ],
)
@pytest.mark.parametrize(
    ("model", "resource"),
    [
        ("amazon.nova-lite-v1:0", f"{BEDROCK}::foundation-model/amazon.nova-lite-v1:0"),
        ("eu.amazon.nova-lite-v1:0", f"{BEDROCK}:123456789012:inference-profile/eu.amazon.nova-lite-v1:0"),
        (f"{BEDROCK}:123456789012:provisioned-model/x", f"{BEDROCK}:123456789012:provisioned-model/x"),
    ],
)
def test_a_conversation_is_an_invocation_of_its_model(operation: str, action: str, model: str, resource: str) -> None:
    """There is no action for conversations."""
    assert asked("bedrock-runtime", operation, modelId=model) == [(action, resource)]


def test_a_guardrail_needs_to_be_allowed_too() -> None:
    """Wherever the call names it."""
    guardrail = ("bedrock:ApplyGuardrail", f"{BEDROCK}:123456789012:guardrail/g1")

    assert guardrail in asked("bedrock-runtime", "InvokeModel", modelId="m", guardrailIdentifier="g1")
    assert guardrail in asked("bedrock-runtime", "Converse", modelId="m", guardrailConfig={"guardrailIdentifier": "g1"})


@pytest.mark.parametrize(
    ("service", "parameters", "version"),
    [
        ("ses", {"Source": "Shop <shop@example.com>", "Destination": {"ToAddresses": ["a@b.cd"]}}, "1"),
        ("sesv2", {"FromEmailAddress": "Shop <shop@example.com>", "Destination": {"ToAddresses": ["a@b.cd"]}}, "2"),
    ],
)
def test_a_mail_tells_from_whom_it_is_and_to_whom(service: str, parameters: dict[str, Any], version: str) -> None:
    """Which identity is meant, the address or its domain, only SES knows."""
    assert asked(service, "SendEmail", **parameters) == [("ses:SendEmail", "")]
    assert keys(service, "SendEmail", **parameters) == {
        "ses:ApiVersion": (version,),
        "ses:FromAddress": ("shop@example.com",),
        "ses:FromDisplayName": ("Shop",),
        "ses:Recipients": ("a@b.cd",),
    }


def test_a_raw_mail_tells_its_sender_itself() -> None:
    """Unless the call does."""
    mail = {"Data": b"From: shop@example.com\r\nTo: a@b.cd\r\n\r\nHello"}

    assert keys("ses", "SendRawEmail", RawMessage=mail)["ses:FromAddress"] == ("shop@example.com",)


def test_an_identity_that_is_named_a_set_and_a_template_are_resources() -> None:
    """Each needs to be allowed."""
    parameters = {"SourceArn": f"{SES}:identity/example.com", "ConfigurationSetName": "all", "Template": "welcome"}

    assert asked("ses", "SendTemplatedEmail", **parameters) == [
        ("ses:SendTemplatedEmail", f"{SES}:identity/example.com"),
        ("ses:SendTemplatedEmail", f"{SES}:configuration-set/all"),
        ("ses:SendTemplatedEmail", f"{SES}:template/welcome"),
    ]


def test_users_who_ask_for_themselves_need_nothing() -> None:
    """Nobody signs such calls; whoever manages the pool does."""
    assert asked("cognito-idp", "InitiateAuth", ClientId="c") == []
    assert asked("cognito-idp", "AdminGetUser", UserPoolId="eu-west-1_abc") == [
        ("cognito-idp:AdminGetUser", "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_abc")
    ]


@pytest.mark.parametrize(
    ("parameters", "resource"),
    [
        ({"StackName": "shop"}, "stack/shop/*"),
        ({"StackName": "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/1"}, "stack/shop/1"),
        ({}, "stack/*/*"),
    ],
)
def test_a_stack_is_meant_with_any_id(parameters: dict[str, str], resource: str) -> None:
    """Unless the call has its ARN."""
    assert asked("cloudformation", "DescribeStacks", **parameters) == [
        ("cloudformation:DescribeStacks", f"arn:aws:cloudformation:eu-west-1:123456789012:{resource}")
    ]


def test_roles_are_made_below_a_path_and_listed_below_it() -> None:
    """It is part of the ARN."""
    account = "arn:aws:iam::123456789012"

    assert asked("iam", "CreateRole", RoleName="r", Path="/app/") == [("iam:CreateRole", f"{account}:role/app/r")]
    assert asked("iam", "GetRole", RoleName="r") == [("iam:GetRole", f"{account}:role/r")]
    assert asked("iam", "ListRoles", PathPrefix="/app/") == [("iam:ListRoles", f"{account}:role/app/")]


def test_a_language_that_is_not_told_needs_to_be_detected() -> None:
    """Translate asks Comprehend for it, as the caller."""
    assert asked("translate", "TranslateText", SourceLanguageCode="auto") == [
        ("translate:TranslateText", "*"),
        ("comprehend:DetectDominantLanguage", "*"),
    ]


def test_repositories_are_asked_for_by_name() -> None:
    """A token is for all of them."""
    assert asked("ecr", "DescribeImages", repositoryName="shop/web") == [
        ("ecr:DescribeImages", "arn:aws:ecr:eu-west-1:123456789012:repository/shop/web")
    ]
    assert asked("ecr", "GetAuthorizationToken") == [("ecr:GetAuthorizationToken", "*")]
