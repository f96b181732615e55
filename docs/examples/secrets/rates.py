"""A function that asks for its settings."""

import json
from typing import Any

import boto3

ssm = boto3.client("ssm")
partner = json.loads(boto3.client("secretsmanager").get_secret_value(SecretId="shop/partner")["SecretString"])


def quote(event: dict[str, Any], context: object) -> float:
    """Return a price with VAT."""
    told = ssm.get_parameters_by_path(Path="/shop")["Parameters"]
    settings = {each["Name"]: each["Value"] for each in told}
    gross = round(event["net"] * (1 + float(settings["/shop/vat"])), 2)
    print(f"{gross} for {partner['user']} in {len(settings['/shop/regions'].split(','))} regions")
    return gross
