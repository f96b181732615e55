"""What do buses, archives, connections, API destinations and endpoints keep of what they are given, and tell again?"""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sources.bus.conftest import HERE, Bench

BASIC = {"BasicAuthParameters": {"Username": "u", "Password": "p"}}
MADE: dict[str, Any] = {
    "event_bus": {"Name": "x"},
    "archive": {"ArchiveName": "x", "EventSourceArn": f"arn:aws:events:{HERE}:event-bus/default"},
    "connection": {"Name": "x", "AuthorizationType": "BASIC", "AuthParameters": BASIC},
}
"""Resources with a description and a key → what else makes one."""


@pytest.mark.parametrize("kind", MADE)
def test_a_description_and_a_key_stay_until_they_are_taken_away(bench: Bench, kind: str) -> None:
    """By an empty text (documented for the key of a pipe)."""
    named = {name: value for name, value in MADE[kind].items() if name.endswith("Name")}
    told = []

    def tell() -> None:
        described = getattr(bench.events, f"describe_{kind}")(**named)
        told.append((described.get("Description"), described.get("KmsKeyIdentifier")))

    getattr(bench.events, f"create_{kind}")(**MADE[kind], Description="old", KmsKeyIdentifier="alias/old")
    tell()
    getattr(bench.events, f"update_{kind}")(**named, KmsKeyIdentifier="alias/new")
    tell()
    getattr(bench.events, f"update_{kind}")(**named, Description="", KmsKeyIdentifier="")
    tell()

    assert told == [("old", "alias/old"), ("old", "alias/new"), (None, None)]


def test_a_connection_tells_by_what_it_authorizes_itself(bench: Bench) -> None:
    """And when it was, but not by the call that makes it, whose answer has no place for that."""
    made = bench.events.create_connection(Name="c", AuthorizationType="BASIC", AuthParameters=BASIC)

    told = bench.events.describe_connection(Name="c")
    assert "LastAuthorizedTime" not in made
    assert told["LastAuthorizedTime"] == told["CreationTime"]
    assert told["AuthParameters"] == {"BasicAuthParameters": {"Username": "u"}}


KEY = {"ApiKeyAuthParameters": {"ApiKeyName": "k", "ApiKeyValue": "v"}}


def test_parameters_are_those_of_one_kind_of_authorization(bench: Bench) -> None:
    """Others are refused (documented); those of an earlier kind are forgotten."""
    with pytest.raises(ClientError, match=r"Parameter AuthParameters\.ApiKeyAuthParameters is not valid"):
        bench.events.create_connection(Name="c", AuthorizationType="BASIC", AuthParameters={**BASIC, **KEY})
    bench.events.create_connection(Name="c", AuthorizationType="BASIC", AuthParameters=BASIC)
    with pytest.raises(ClientError, match=r"Parameter AuthParameters\.ApiKeyAuthParameters is not valid"):
        bench.events.update_connection(Name="c", AuthParameters=KEY)

    bench.events.update_connection(Name="c", AuthorizationType="API_KEY", AuthParameters=KEY)

    told = bench.events.describe_connection(Name="c")
    assert told["AuthParameters"] == {"ApiKeyAuthParameters": {"ApiKeyName": "k"}}


OAUTH = {"AuthorizationEndpoint": "https://auth.example/token", "HttpMethod": "POST"}


@pytest.mark.parametrize(
    ("kind", "parameters", "missing"),
    [
        ("API_KEY", {}, "ApiKeyAuthParameters"),
        ("API_KEY", {"ApiKeyAuthParameters": {"ApiKeyName": "k"}}, "ApiKeyAuthParameters.ApiKeyValue"),
        ("OAUTH_CLIENT_CREDENTIALS", {"OAuthParameters": OAUTH}, "OAuthParameters.ClientParameters"),
        (
            "BASIC",
            {"InvocationHttpParameters": {"HeaderParameters": [{"Value": "v"}]}},
            "InvocationHttpParameters.HeaderParameters.Key",
        ),
    ],
)
def test_a_connection_is_not_changed_to_lack_what_it_needs(
    bench: Bench, kind: str, parameters: Any, missing: str
) -> None:
    """The model leaves it to the service: an update need not say what it leaves as it is."""
    bench.events.create_connection(Name="c", AuthorizationType="BASIC", AuthParameters=BASIC)

    with pytest.raises(ClientError, match=rf"ValidationException.*AuthParameters: {missing}\."):
        bench.events.update_connection(Name="c", AuthorizationType=kind, AuthParameters=parameters)

    assert bench.events.describe_connection(Name="c")["AuthorizationType"] == "BASIC"


def test_a_deauthorized_connection_has_forgotten_its_parameters(bench: Bench) -> None:
    """All of them (documented): it is authorized again by others, and by nothing less."""
    bench.events.create_connection(Name="c", AuthorizationType="BASIC", AuthParameters=BASIC)

    bench.events.deauthorize_connection(Name="c")
    forgotten = bench.events.describe_connection(Name="c")
    described = bench.events.update_connection(Name="c", Description="words")
    with pytest.raises(ClientError, match=r"AuthParameters: BasicAuthParameters\."):
        bench.events.update_connection(Name="c", AuthorizationType="BASIC")
    again = bench.events.update_connection(Name="c", AuthParameters=BASIC)

    assert "AuthParameters" not in forgotten
    assert (described["ConnectionState"], again["ConnectionState"]) == ("DEAUTHORIZED", "AUTHORIZED")


def test_endpoints_come_in_pages_and_by_region(bench: Bench) -> None:
    """All of them have the one region that is here as their primary one."""
    buses = [{"EventBusArn": f"arn:aws:events:{each}:123456789012:event-bus/x"} for each in ("us-east-1", "us-west-2")]
    failover = {"Primary": {"HealthCheck": "arn:aws:route53:::healthcheck/h"}, "Secondary": {"Route": "us-west-2"}}
    for name in ("a", "b"):
        bench.events.create_endpoint(Name=name, RoutingConfig={"FailoverConfig": failover}, EventBuses=buses)

    first = bench.events.list_endpoints(MaxResults=1, HomeRegion="us-east-1")
    second = bench.events.list_endpoints(MaxResults=1, NextToken=first["NextToken"])

    assert [each["Name"] for page in (first, second) for each in page["Endpoints"]] == ["a", "b"]
    assert "NextToken" not in second
    assert bench.events.list_endpoints(HomeRegion="us-west-2")["Endpoints"] == []
    with pytest.raises(ClientError, match="Endpoint a does not exist"):
        bench.events.describe_endpoint(Name="a", HomeRegion="us-west-2")


def test_an_api_destination_has_a_rate_by_default(bench: Bench) -> None:
    """300 a second (documented); lists tell everything but the description."""
    connection = bench.events.create_connection(Name="c", AuthorizationType="BASIC", AuthParameters=BASIC)
    given = {
        "ConnectionArn": connection["ConnectionArn"],
        "InvocationEndpoint": "https://a.example",
        "HttpMethod": "PUT",
    }
    made = bench.events.create_api_destination(Name="d", Description="words", **given)

    described = bench.events.describe_api_destination(Name="d")
    (listed,) = bench.events.list_api_destinations()["ApiDestinations"]
    told = {name: value for name, value in described.items() if name != "ResponseMetadata"}

    assert {each: made[each] for each in made if each != "ResponseMetadata"}.items() <= told.items()
    assert told.items() >= {**given, "InvocationRateLimitPerSecond": 300}.items()
    assert {**listed, "Description": "words"} == told


def test_the_secret_of_a_connection_is_named_like_secrets(bench: Bench) -> None:
    """Six characters follow its name, as they do in the ARN of every secret."""
    made = bench.events.create_connection(Name="c", AuthorizationType="BASIC", AuthParameters=BASIC)
    identifier = made["ConnectionArn"].rpartition("/")[2]

    secret_arn = bench.events.describe_connection(Name="c")["SecretArn"]

    name, _, end = secret_arn.rpartition("-")
    assert name == f"arn:aws:secretsmanager:{HERE}:secret:events!connection/c/{identifier}"
    assert len(end) == 6
