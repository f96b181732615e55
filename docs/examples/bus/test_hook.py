"""A web hook that is down for a while: the bus tries again, and every request is kept."""

import boto3

from eventsim import SyncSimulation
from eventsim_sources.bus.api_destination import Outbox


def test_a_hook_hears_of_an_order_when_it_is_back():
    with SyncSimulation(seed=1) as simulation:
        answers = iter([503, 503, 200])
        simulation.share(Outbox).answer("crm", lambda request: next(answers))
        keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
        events = boto3.client("events", region_name="us-east-1", **keys)
        connection = events.create_connection(
            Name="crm",
            AuthorizationType="API_KEY",
            AuthParameters={"ApiKeyAuthParameters": {"ApiKeyName": "x-key", "ApiKeyValue": "secret"}},
        )
        destination = events.create_api_destination(
            Name="crm",
            ConnectionArn=connection["ConnectionArn"],
            InvocationEndpoint="https://crm.example/orders",
            HttpMethod="POST",
        )
        events.put_rule(Name="tell-crm", EventPattern='{"source": ["shop"]}')
        target = {"Id": "crm", "Arn": destination["ApiDestinationArn"], "InputPath": "$.detail"}
        events.put_targets(Rule="tell-crm", Targets=[target])

        events.put_events(Entries=[{"Source": "shop", "DetailType": "order placed", "Detail": '{"id": 7}'}])
        simulation.until_idle()

        requests = simulation.share(Outbox).requests
        assert [request.body for request in requests] == ['{"id":7}'] * 3
        assert requests[0].headers["x-key"] == "secret"
