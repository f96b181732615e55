"""How do connections with an OAuth client come to their tokens? Stubs stand for the authorization endpoint."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import HttpRequest
from eventsim_sources.bus.api_destination import Outbox
from tests.sources.bus.conftest import HERE, Bench

TOKENS = "auth.example"


class Partner:
    """An API destination whose connection has an OAuth client, and the answers of both ends.

    Args:
        tokens: what the authorization endpoint answers, the last one for ever: a status and a body.
        statuses: what the endpoint answers, 200 when there are no more.
    """

    def __init__(self, bench: Bench, *tokens: tuple[int, Any], statuses: tuple[int, ...] = (), **oauth: Any) -> None:
        self.bench = bench
        self.outbox = bench.simulation.share(Outbox)
        self.asked: list[HttpRequest] = []
        self._tokens = list(tokens)
        self._statuses = list(statuses)
        if tokens:
            bench.simulation.stub_http(TOKENS, self._give)
        self.outbox.answer("crm", lambda _: self._statuses.pop(0) if self._statuses else 200)
        parameters = {
            "ClientParameters": {"ClientID": "shop", "ClientSecret": "s e"},
            "AuthorizationEndpoint": f"https://{TOKENS}/token",
            "HttpMethod": "POST",
            **oauth,
        }
        self.created = bench.events.create_connection(
            Name="c",
            AuthorizationType="OAUTH_CLIENT_CREDENTIALS",
            AuthParameters={"OAuthParameters": parameters},
        )
        arn = bench.events.create_api_destination(
            Name="crm",
            ConnectionArn=self.created["ConnectionArn"],
            InvocationEndpoint="https://crm.example/orders",
            HttpMethod="POST",
        )["ApiDestinationArn"]
        bench.rule(pattern={"source": ["shop"]})
        bench.sqs.create_queue(QueueName="lost")
        bench.target(arn=arn, DeadLetterConfig={"Arn": f"arn:aws:sqs:{HERE}:lost"})

    def _give(self, request: HttpRequest) -> tuple[int, Any]:
        self.asked.append(request)
        return self._tokens.pop(0) if len(self._tokens) > 1 else self._tokens[0]

    @property
    def authorizations(self) -> list[str]:
        """By what the endpoint was called."""
        return [request.headers["Authorization"] for request in self.outbox.requests]

    @property
    def state(self) -> str:
        """The state of the connection."""
        state: str = self.bench.events.describe_connection(Name="c")["ConnectionState"]
        return state

    def lost(self) -> dict[str, str]:
        """Return the attributes of the one event that was lost."""
        (message,) = self.bench.messages("lost")
        return {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}


def token(name: str, **more: Any) -> tuple[int, Any]:
    """Return an answer that gives a token."""
    return 200, {"access_token": name, "token_type": "bearer", **more}


def test_credentials_are_exchanged_for_a_token(bench: Bench) -> None:
    """A form with the client's id and secret (unconfirmed); deliveries bear the token."""
    partner = Partner(bench, token("t1"))

    bench.put()

    (asked,) = partner.asked
    assert (asked.method, asked.path) == ("POST", "/token")
    assert asked.headers.get("content-type") == "application/x-www-form-urlencoded"
    assert asked.body == b"grant_type=client_credentials&client_id=shop&client_secret=s+e"
    assert partner.authorizations == ["Bearer t1"]


def test_parameters_are_added_to_the_exchange(bench: Bench) -> None:
    """To headers, query and form; one of the form may replace ours."""
    more = {
        "HeaderParameters": [{"Key": "x-tenant", "Value": "7"}],
        "QueryStringParameters": [{"Key": "v", "Value": "2"}],
        "BodyParameters": [
            {"Key": "grant_type", "Value": "custom"},
            {"Key": "audience", "Value": "crm", "IsValueSecret": True},
        ],
    }
    partner = Partner(bench, token("t1"), OAuthHttpParameters=more)

    bench.simulation.until_idle()

    (asked,) = partner.asked
    assert (asked.query, asked.headers.get("x-tenant")) == ("v=2", "7")
    assert asked.body == b"grant_type=custom&client_id=shop&client_secret=s+e&audience=crm"
    told = bench.events.describe_connection(Name="c")["AuthParameters"]["OAuthParameters"]
    assert told["ClientParameters"] == {"ClientID": "shop"}
    assert told["OAuthHttpParameters"]["BodyParameters"][1] == {"Key": "audience", "IsValueSecret": True}


def test_an_exchange_by_get_has_everything_in_the_query(bench: Bench) -> None:
    """There is no body."""
    partner = Partner(bench, token("t1"), HttpMethod="GET")

    bench.simulation.until_idle()

    (asked,) = partner.asked
    assert (asked.method, asked.body) == ("GET", b"")
    assert asked.query == "grant_type=client_credentials&client_id=shop&client_secret=s+e"


def test_a_connection_is_authorized_by_its_endpoint(bench: Bench) -> None:
    """A moment after it was made."""
    partner = Partner(bench, token("t1"))
    before = partner.state

    bench.simulation.until_idle()

    assert partner.created["ConnectionState"] == before == "AUTHORIZING"
    assert partner.state == "AUTHORIZED"
    assert bench.events.describe_api_destination(Name="crm")["ApiDestinationState"] == "ACTIVE"
    (detail,) = bench.told("token asked for")
    assert detail == {"url": f"https://{TOKENS}/token", "status": 200}


def test_a_token_is_kept_until_it_expires(bench: Bench) -> None:
    """Then another one is asked for."""
    partner = Partner(bench, token("t1", expires_in=60), token("t2"))

    bench.put()
    bench.simulation.advance("59 s")
    bench.put()
    bench.simulation.advance("1 s")
    bench.put()

    assert partner.authorizations == ["Bearer t1", "Bearer t1", "Bearer t2"]


@pytest.mark.parametrize("status", [401, 407])
def test_an_endpoint_that_refuses_a_token_gets_another(bench: Bench, status: int) -> None:
    """With the next attempt (documented)."""
    partner = Partner(bench, token("t1"), token("t2"), statuses=(status,))

    bench.put()

    assert partner.authorizations == ["Bearer t1", "Bearer t2"]
    assert len(bench.told("event delivered")) == 1


def test_deliveries_wait_for_the_same_token(bench: Bench) -> None:
    """It is asked for once."""
    partner = Partner(bench, token("t1"))

    for _ in range(3):
        bench.events.put_events(Entries=[{"Source": "shop", "DetailType": "t", "Detail": "{}"}])
    bench.simulation.until_idle()

    assert len(partner.asked) == 1
    assert partner.authorizations == ["Bearer t1"] * 3


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((400, {"error": "invalid_client"}), "the authorization endpoint answered 400"),
        ((200, {"error": "nothing"}), "the authorization endpoint gave no access_token"),
        ((200, "hello"), "the authorization endpoint gave no access_token"),
    ],
    ids=["400", "no token", "no JSON"],
)
def test_a_refusal_deauthorizes_the_connection(bench: Bench, answer: tuple[int, Any], reason: str) -> None:
    """Its events are lost until it is changed."""
    partner = Partner(bench, answer)

    bench.put()

    described = bench.events.describe_connection(Name="c")
    assert (described["ConnectionState"], described["StateReason"]) == ("DEAUTHORIZED", reason)
    assert partner.lost()["ERROR_CODE"] == "SDK_CLIENT_ERROR"
    assert partner.outbox.requests == []


def test_an_authorization_endpoint_in_trouble_delays_events(bench: Bench) -> None:
    """A delivery without a token is an attempt that failed, and is tried again."""
    partner = Partner(bench, (503, ""), (503, ""), token("t1"))

    bench.put()

    assert partner.authorizations == ["Bearer t1"]
    assert len(bench.told("event delivery retried")) == 1
    assert partner.state == "AUTHORIZED"


def test_a_change_authorizes_anew(bench: Bench) -> None:
    """What is not given stays, within the client's parameters too."""
    partner = Partner(bench, (400, ""), token("t2"))
    bench.simulation.until_idle()

    client = {"OAuthParameters": {"ClientParameters": {"ClientSecret": "better"}}}
    state = bench.events.update_connection(Name="c", AuthParameters=client)["ConnectionState"]
    bench.put()

    assert state == "AUTHORIZING"
    assert partner.asked[-1].body == b"grant_type=client_credentials&client_id=shop&client_secret=better"
    assert partner.authorizations == ["Bearer t2"]


def test_a_connection_without_its_rights_asks_for_nothing(bench: Bench) -> None:
    """Until it is changed."""
    partner = Partner(bench, token("t1"))
    bench.simulation.until_idle()

    bench.events.deauthorize_connection(Name="c")
    bench.put()

    assert partner.state == "DEAUTHORIZED"
    assert len(partner.asked) == 1
    assert partner.lost()["ERROR_CODE"] == "SDK_CLIENT_ERROR"


def test_nobody_at_the_authorization_endpoint_means_that_all_is_well(bench: Bench) -> None:
    """In virtual time nobody outside is asked, as with deliveries; the request is kept."""
    partner = Partner(bench)

    bench.put()

    assert partner.authorizations == ["Bearer simulated"]
    assert [request.url for request in partner.outbox.token_requests] == [f"https://{TOKENS}/token"]


def test_a_connection_to_a_private_network_is_refused_by_name(bench: Bench) -> None:
    """Nothing is accepted in silence."""
    lattice = "arn:aws:vpc-lattice:us-east-1:123456789012:resourceconfiguration/rcfg-0123456789abcdef0"
    parameters = {
        "ApiKeyAuthParameters": {"ApiKeyName": "k", "ApiKeyValue": "v"},
        "ConnectivityParameters": {"ResourceParameters": {"ResourceConfigurationArn": lattice}},
    }

    with pytest.raises(ClientError, match=r"events\.CreateConnection: ConnectivityParameters is not simulated"):
        bench.events.create_connection(Name="c", AuthorizationType="API_KEY", AuthParameters=parameters)
    Partner(bench)
    with pytest.raises(ClientError, match=r"events\.UpdateConnection: ConnectivityParameters is not simulated"):
        bench.events.update_connection(Name="c", AuthorizationType="API_KEY", AuthParameters=parameters)


def test_a_connection_that_lost_its_rights_at_once_is_not_authorized(bench: Bench) -> None:
    """Its endpoint is not asked any more."""
    partner = Partner(bench, token("t1"))

    bench.events.deauthorize_connection(Name="c")
    bench.simulation.until_idle()

    assert (partner.state, partner.asked) == ("DEAUTHORIZED", [])
