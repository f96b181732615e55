"""What do calls of Secrets Manager, of the parameter store and of AppConfig need?"""

from collections.abc import Iterator

import pytest

from eventsim import SyncSimulation
from eventsim.permissions.need import Place
from tests.core.permissions.calls import asked, keys

SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db"
STORE = "arn:aws:ssm:eu-west-1:123456789012:parameter"


@pytest.fixture
def simulation() -> Iterator[SyncSimulation]:
    """Return a simulation in Ireland."""
    with SyncSimulation(region="eu-west-1", account_id="123456789012") as simulation:
        yield simulation


@pytest.mark.parametrize("form", ["{name}", "{arn}", "{partial}"])
def test_a_secret_is_meant_by_its_whole_arn(simulation: SyncSimulation, form: str) -> None:
    """Whichever way a call names it, its name with the ending is what policies are about."""
    arn = simulation.call("secretsmanager", "CreateSecret", {"Name": "shop/db", "SecretString": "x"})["ARN"]
    place = Place("eu-west-1", "123456789012", simulation.sources)
    identifier = form.format(name="shop/db", arn=arn, partial=str(arn)[:-7])

    assert asked("secretsmanager", "GetSecretValue", place=place, SecretId=identifier) == [
        ("secretsmanager:GetSecretValue", arn)
    ]


@pytest.mark.parametrize("identifier", ["shop/db", SECRET])
def test_a_secret_that_is_not_there_has_an_unknown_ending(identifier: str) -> None:
    """Policies about all secrets that begin like it are about that one."""
    assert asked("secretsmanager", "DescribeSecret", SecretId=identifier) == [
        ("secretsmanager:DescribeSecret", f"{SECRET}-??????")
    ]


def test_an_arn_of_somewhere_else_is_taken_as_it_is() -> None:
    """Secrets of other accounts are not known here."""
    arn = "arn:aws:secretsmanager:eu-west-1:210987654321:secret:shop-AbCdEf"

    assert asked("secretsmanager", "GetSecretValue", SecretId=arn) == [("secretsmanager:GetSecretValue", arn)]


def test_to_ask_for_many_secrets_is_about_none() -> None:
    """To look for them is another action; each that is read is asked for by itself."""
    assert asked("secretsmanager", "BatchGetSecretValue", SecretIdList=["shop/db"], Filters=[{"Key": "all"}]) == [
        ("secretsmanager:BatchGetSecretValue", "*"),
        ("secretsmanager:ListSecrets", "*"),
    ]


def test_a_new_secret_with_tags_needs_them_to_be_set() -> None:
    """As all that is tagged while it is made."""
    assert asked("secretsmanager", "CreateSecret", Name="shop/db", Tags=[{"Key": "team", "Value": "shop"}]) == [
        ("secretsmanager:CreateSecret", f"{SECRET}-??????"),
        ("secretsmanager:TagResource", f"{SECRET}-??????"),
    ]


def test_a_value_tells_which_version_is_asked_for() -> None:
    """A policy may let somebody read what is current, and nothing else."""
    assert keys("secretsmanager", "GetSecretValue", SecretId="shop/db", VersionStage="AWSCURRENT") == {
        "secretsmanager:SecretId": ("shop/db",),
        "secretsmanager:VersionStage": ("AWSCURRENT",),
    }


@pytest.mark.parametrize(
    ("name", "resource"),
    [
        ("/shop/db/url", f"{STORE}/shop/db/url"),
        ("flag", f"{STORE}/flag"),
        ("/shop/flag:3", f"{STORE}/shop/flag"),
        ("flag:live", f"{STORE}/flag"),
        ("arn:aws:ssm:us-east-1:210987654321:parameter/flag:3", "arn:aws:ssm:us-east-1:210987654321:parameter/flag"),
        (
            "/aws/service/ami-amazon-linux-latest/x",
            "arn:aws:ssm:eu-west-1::parameter/aws/service/ami-amazon-linux-latest/x",
        ),
    ],
)
def test_a_parameter_has_one_slash_before_its_name(name: str, resource: str) -> None:
    """Whether its name begins with one or not; versions and labels are not part of it, and AWS's have no account."""
    assert asked("ssm", "GetParameter", Name=name) == [("ssm:GetParameter", resource)]


def test_each_of_many_parameters_needs_the_action_for_many() -> None:
    """It is another one than that for a single parameter."""
    assert asked("ssm", "GetParameters", Names=["/a", "b"]) == [
        ("ssm:GetParameters", f"{STORE}/a"),
        ("ssm:GetParameters", f"{STORE}/b"),
    ]


def test_what_stands_below_a_path_needs_the_path_alone() -> None:
    """The parameters that are found are not asked for one by one."""
    assert asked("ssm", "GetParametersByPath", Path="/shop/db", Recursive=True) == [
        ("ssm:GetParametersByPath", f"{STORE}/shop/db")
    ]
    assert keys("ssm", "GetParametersByPath", Path="/shop/db", Recursive=True) == {"ssm:Recursive": ("true",)}


def test_tags_are_on_parameters_and_on_other_things() -> None:
    """The type of the resource tells which."""
    assert asked("ssm", "ListTagsForResource", ResourceType="Parameter", ResourceId="/shop/flag") == [
        ("ssm:ListTagsForResource", f"{STORE}/shop/flag")
    ]
    assert asked("ssm", "AddTagsToResource", ResourceType="Document", ResourceId="Deploy") == [
        ("ssm:AddTagsToResource", "arn:aws:ssm:eu-west-1:123456789012:document/Deploy")
    ]


def test_a_session_by_names_needs_the_configuration_by_ids(simulation: SyncSimulation) -> None:
    """What a scenario has deployed tells them; of what else has names, only AWS knows."""
    simulation.add_source("configurations", "shop/prod/flags", content={"sale": True})
    [source] = simulation.sources("configurations").values()
    place = Place("eu-west-1", "123456789012", simulation.sources)
    ids = {
        "ApplicationIdentifier": source.arn.split("/")[1],
        "EnvironmentIdentifier": source.environment.identifier,
        "ConfigurationProfileIdentifier": source.profile.identifier,
    }
    names = dict(zip(ids, ("shop", "prod", "flags"), strict=True))
    path = "application/{}/environment/{}/configuration/{}".format(*ids.values())
    found = [("appconfig:StartConfigurationSession", f"arn:aws:appconfig:eu-west-1:123456789012:{path}")]

    assert asked("appconfigdata", "StartConfigurationSession", place=place, **names) == found
    assert asked("appconfigdata", "StartConfigurationSession", **ids) == found
    assert asked("appconfigdata", "StartConfigurationSession", **names) == [("appconfig:StartConfigurationSession", "")]


def test_what_is_within_an_application_needs_that_as_well() -> None:
    """AWS asks for each resource on the way."""
    application = "arn:aws:appconfig:eu-west-1:123456789012:application/abcdefg"

    assert asked("appconfig", "GetEnvironment", ApplicationId="abcdefg", EnvironmentId="hijklmn") == [
        ("appconfig:GetEnvironment", application),
        ("appconfig:GetEnvironment", f"{application}/environment/hijklmn"),
    ]


def test_who_reads_without_a_session_may_see_all_that_is_read() -> None:
    """The application, the environment and the profile; of names nobody knows what they stand for."""
    application = "arn:aws:appconfig:eu-west-1:123456789012:application/abcdefg"
    ids = {"Application": "abcdefg", "Environment": "hijklmn", "Configuration": "opqrstu"}
    parts = (application, f"{application}/environment/hijklmn", f"{application}/configurationprofile/opqrstu")

    assert asked("appconfig", "GetConfiguration", **ids) == [("appconfig:GetConfiguration", part) for part in parts]
    assert asked("appconfig", "GetConfiguration", **{**ids, "Environment": "production"}) == [
        ("appconfig:GetConfiguration", "")
    ] * len(parts)
