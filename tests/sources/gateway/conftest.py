"""Clients of API Gateway, and functions that tell what they got."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from eventsim import SyncSimulation
from tests import sdk

Handler = Callable[[Any, Any], Any]


class Aws:
    """A simulation with the clients and functions that tests of front doors need."""

    def __init__(self, simulation: SyncSimulation) -> None:
        self.simulation = simulation
        self.rest = self.client("apigateway")
        self.web = self.client("apigatewayv2")

    def client(self, service: str, **settings: Any) -> Any:
        """Return a boto3 client."""
        if not settings:
            return sdk.client(service, self.simulation.region)
        keys = {"aws_access_key_id": "none", "aws_secret_access_key": "none", "region_name": self.simulation.region}
        return boto3.client(service, **{**keys, **settings})

    def function(self, name: str, handler: Handler, **settings: Any) -> str:
        """Add a function and return its ARN."""
        self.simulation.add_function(name, handler=handler, **settings)
        return f"arn:aws:lambda:{self.simulation.region}:{self.simulation.account_id}:function:{name}"

    def uri(self, arn: str) -> str:
        """Return the URI by which an integration leads to a function."""
        return f"arn:aws:apigateway:{self.simulation.region}:lambda:path/2015-03-31/functions/{arn}/invocations"

    def make_rest(self, methods: dict[str, dict[str, Any]], **settings: Any) -> "Rest":
        """Make a REST API: `{"GET /orders": {"type": "AWS_PROXY", …}}`, deployed to the stage `prod`."""
        return Rest(self, methods, settings)

    def refusals(self) -> list[str]:
        """Return why requests were refused."""
        entries = self.simulation.trace.entries(kinds=["request refused"])
        return [entry.detail["reason"] for entry in entries]


class Rest:
    """A REST API made by operations."""

    def __init__(self, aws: Aws, methods: dict[str, dict[str, Any]], settings: dict[str, Any]) -> None:
        self.aws = aws
        made = aws.rest.create_rest_api(name="shop", **settings)
        self.id, self.root = made["id"], made["rootResourceId"]
        self.resources = {"/": self.root}
        for key, integration in methods.items():
            self.add(key, **integration)

    def add(self, key: str, *, method: dict[str, Any] | None = None, responses: Any = (), **integration: Any) -> None:
        """Add a method with its integration and its responses."""
        verb, _, path = key.partition(" ")
        where = {"restApiId": self.id, "resourceId": self.resource(path), "httpMethod": verb}
        self.aws.rest.put_method(**where, **{"authorizationType": "NONE", **(method or {})})
        self.aws.rest.put_integration(**where, **integration)
        for response in responses:
            declared = dict.fromkeys(response.get("responseParameters", {}), False)
            self.aws.rest.put_method_response(**where, statusCode=response["statusCode"], responseParameters=declared)
            self.aws.rest.put_integration_response(**where, **response)

    def resource(self, path: str) -> str:
        """Return the id of a resource, made if it is new."""
        if path not in self.resources:
            above, _, part = path.rpartition("/")
            parent = self.resource(above or "/")
            made = self.aws.rest.create_resource(restApiId=self.id, parentId=parent, pathPart=part)
            self.resources[path] = made["id"]
        return str(self.resources[path])

    def deploy(self, **settings: Any) -> None:
        """Let the stage `prod` serve the API as it is now."""
        self.aws.rest.create_deployment(restApiId=self.id, stageName="prod", **settings)


@pytest.fixture
def aws(world: SyncSimulation) -> Aws:
    """Return clients of a simulation without anything in it."""
    return Aws(world)


def echo(event: Any, _: Any) -> Any:
    """Answer with the event."""
    return {"statusCode": 200, "body": json.dumps(event)}
