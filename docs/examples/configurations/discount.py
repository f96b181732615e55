"""A function that asks AppConfig whether there is a sale."""

import json
from typing import Any

import boto3

client = boto3.client("appconfigdata")
token = client.start_configuration_session(
    ApplicationIdentifier="shop", EnvironmentIdentifier="prod", ConfigurationProfileIdentifier="flags"
)["InitialConfigurationToken"]
flags: dict[str, Any] = {}


def price(event: dict[str, Any], context: object) -> float:
    """Return a price, less what the sale takes off."""
    global token, flags
    told = client.get_latest_configuration(ConfigurationToken=token)
    token = told["NextPollConfigurationToken"]
    flags = json.loads(told["Configuration"].read() or json.dumps(flags))
    sale = flags["sale"]
    paid = event["net"] * (1 - sale["percent"] / 100) if sale["enabled"] else event["net"]
    print(paid)
    return float(paid)
