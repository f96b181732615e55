"""Event sources of partners, and global endpoints."""

import json
from typing import Any

from tests.sdk import refusal
from tests.sources.bus.conftest import HERE, QUEUE_ARN, Bench

NAME = "aws.partner/example.com/orders"
EVENT = {"Source": NAME, "DetailType": "paid", "Detail": '{"n": 1}'}


def test_events_of_a_partner_reach_the_bus_that_was_made_of_them(bench: Bench) -> None:
    """The bus bears the name of the event source, and rules on it take the events."""
    bench.events.create_partner_event_source(Name=NAME, Account=bench.simulation.account_id)
    before = bench.events.describe_event_source(Name=NAME)
    bench.events.create_event_bus(Name=NAME, EventSourceName=NAME)
    bench.rule("r", {"source": [{"prefix": "aws.partner/"}]}, EventBusName=NAME)
    bench.target("r", QUEUE_ARN, bus=NAME)

    answer = bench.events.put_partner_events(Entries=[EVENT, {**EVENT, "Source": "aws.partner/example.com/no"}])
    bench.simulation.until_idle()

    assert (before["State"], before["CreatedBy"]) == ("PENDING", "aws.partner/example.com")
    assert bench.events.describe_event_source(Name=NAME)["State"] == "ACTIVE"
    assert (answer["FailedEntryCount"], answer["Entries"][1]["ErrorCode"]) == (1, "ResourceNotFoundException")
    assert [json.loads(each)["detail"] for each in bench.got()] == [{"n": 1}]


def test_events_of_a_deactivated_source_are_gone(bench: Bench) -> None:
    """Until it is active again."""
    bench.events.create_partner_event_source(Name=NAME, Account=bench.simulation.account_id)
    bench.events.create_event_bus(Name=NAME, EventSourceName=NAME)
    bench.rule("r", {"detail": {"n": [1]}}, EventBusName=NAME)
    bench.target("r", QUEUE_ARN, bus=NAME)

    bench.events.deactivate_event_source(Name=NAME)
    bench.events.put_partner_events(Entries=[EVENT])
    bench.events.activate_event_source(Name=NAME)
    bench.events.put_partner_events(Entries=[EVENT])
    bench.simulation.until_idle()

    assert len(bench.got()) == 1


def test_offers_of_partners_are_listed(bench: Bench) -> None:
    """Both sides see them, until the partner takes them back."""
    account = bench.simulation.account_id
    bench.events.create_partner_event_source(Name=NAME, Account=account)

    (accounts,) = bench.events.list_partner_event_source_accounts(EventSourceName=NAME)["PartnerEventSourceAccounts"]
    offered = bench.events.list_partner_event_sources(NamePrefix="aws.partner/example.com/")["PartnerEventSources"]
    seen = bench.events.list_event_sources()["EventSources"]
    bench.events.delete_partner_event_source(Name=NAME, Account=account)

    assert (accounts["Account"], accounts["State"]) == (account, "PENDING")
    assert [each["Name"] for each in (*offered, *seen)] == [NAME, NAME]
    assert refusal(bench.events.describe_partner_event_source, Name=NAME)[0] == "ResourceNotFoundException"


def test_an_event_source_without_a_bus_is_pending(bench: Bench) -> None:
    """It cannot be activated, and is pending again when its bus is deleted (documented)."""
    bench.events.create_partner_event_source(Name=NAME, Account=bench.simulation.account_id)

    assert refusal(bench.events.activate_event_source, Name=NAME)[0] == "InvalidStateException"
    bench.events.create_event_bus(Name=NAME, EventSourceName=NAME)
    bench.events.delete_event_bus(Name=NAME)

    assert bench.events.describe_event_source(Name=NAME)["State"] == "PENDING"


def test_a_bus_outlives_its_event_source(bench: Bench) -> None:
    """Its account sees that the partner has deleted it, as long as there is the bus (documented)."""
    offer = {"Name": NAME, "Account": bench.simulation.account_id}
    bench.events.create_partner_event_source(**offer)
    bench.events.create_event_bus(Name=NAME, EventSourceName=NAME)

    bench.events.delete_partner_event_source(**offer)
    (told,) = bench.events.list_event_sources()["EventSources"]
    offered = bench.events.list_partner_event_sources(NamePrefix="aws.partner/example.com/")["PartnerEventSources"]
    answer = bench.events.put_partner_events(Entries=[EVENT])
    bench.events.delete_event_bus(Name=NAME)

    assert (told["State"], "ExpirationTime" in told) == ("DELETED", False)
    assert offered == []
    assert answer["FailedEntryCount"] == 1
    assert bench.events.list_event_sources()["EventSources"] == []


def test_a_global_endpoint_is_kept_and_told(bench: Bench) -> None:
    """Nothing goes over it: there is one region."""
    buses = [{"EventBusArn": f"arn:aws:events:{HERE}:event-bus/default"}] * 2
    failover: Any = {"Primary": {"HealthCheck": "arn:aws:route53:::healthcheck/h"}, "Secondary": {"Route": "us-west-2"}}
    routing = {"FailoverConfig": failover}

    made = bench.events.create_endpoint(Name="e", RoutingConfig=routing, EventBuses=buses)
    bench.events.update_endpoint(Name="e", Description="both")
    described = bench.events.describe_endpoint(Name="e")
    listed = bench.events.list_endpoints(NamePrefix="e")["Endpoints"]
    bench.events.delete_endpoint(Name="e")

    assert (made["State"], described["State"], described["Description"]) == ("CREATING", "ACTIVE", "both")
    assert [each["EventBuses"] for each in listed] == [buses]
    assert refusal(bench.events.describe_endpoint, Name="e")[0] == "ResourceNotFoundException"
