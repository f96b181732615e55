"""boto3 in process: put an item and get it, beside moto. Each run has a process of its own, as in `sdk`."""

import statistics
import subprocess
import sys
import time
from typing import Any

import boto3

from benchmarks.measure import table
from benchmarks.sdk import WORLDS


def work(client: Any, name: str, count: int) -> None:
    """Make a table, put items and get them."""
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for number in range(count):
        item = {"id": {"S": str(number)}, "amount": {"N": str(number)}, "lines": {"L": [{"S": "x"}, {"S": "y"}]}}
        client.put_item(TableName=name, Item=item)
        assert client.get_item(TableName=name, Key={"id": item["id"]})["Item"] == item


def rate(world: str, count: int) -> float:
    """Return calls a second of processor time, in this process, after one item to warm up."""
    with WORLDS[world]():
        keys = {"aws_access_key_id": "none", "aws_secret_access_key": "none"}
        client = boto3.client("dynamodb", region_name="us-east-1", **keys)
        work(client, "first", 1)
        began_s = time.process_time()
        work(client, "work", count)
        return 2 * count / (time.process_time() - began_s)


def rate_in_new_process(world: str, count: int) -> float:
    """Return the same, measured in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.tables", world, str(count)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main(*, is_quick: bool) -> None:
    """Print the ratios."""
    rounds, count = (3, 300) if is_quick else (5, 1_000)
    rates: dict[str, list[float]] = {world: [] for world in WORLDS}
    for _ in range(rounds):
        for world, of_world in rates.items():
            of_world.append(rate_in_new_process(world, count))
    medians = {world: statistics.median(of_world) for world, of_world in rates.items()}
    table(f"boto3 in process, put and get of {count} items (goal: 3 x)", "calls/s", medians, "moto")


if __name__ == "__main__":
    print(rate(sys.argv[1], int(sys.argv[2])))
