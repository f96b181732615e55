"""A table against a dictionary, and its indexes against a table that is sorted anew each time."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventsim import ApiError, SyncSimulation

KEY = {"hash": "pk", "range": "sk N"}
INDEX = {"by_x": {"hash": "x", "range": "y N"}}

names = st.sampled_from(["a", "b"])
counts = st.integers(-2, 2)
extras = st.fixed_dictionaries({}, optional={"x": names, "y": counts})
steps = st.lists(
    st.tuples(st.sampled_from(["put", "put new", "delete", "add"]), names, counts, extras), min_size=1, max_size=25
)


def values(item: dict[str, Any]) -> dict[str, Any]:
    """Write plain values as attribute values."""
    return {name: {"S": value} if isinstance(value, str) else {"N": str(value)} for name, value in item.items()}


def plain(item: dict[str, Any]) -> dict[str, Any]:
    """Read them again."""
    return {name: value["S"] if "S" in value else int(value["N"]) for name, value in item.items()}


def do(simulation: SyncSimulation, step: tuple[str, str, int, dict[str, Any]]) -> None:
    """Carry out a step by the operations."""
    kind, pk, sk, extra = step
    key = values({"pk": pk, "sk": sk})
    common: dict[str, Any] = {"TableName": "orders"}
    if kind == "put":
        simulation.request("dynamodb", "PutItem", {**common, "Item": {**key, **values(extra)}})
    elif kind == "put new":
        new = {"ConditionExpression": "attribute_not_exists(pk)"}
        simulation.request("dynamodb", "PutItem", {**common, "Item": {**key, **values(extra)}, **new})
    elif kind == "delete":
        simulation.request("dynamodb", "DeleteItem", {**common, "Key": key})
    else:
        update = {"UpdateExpression": "ADD y :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
        simulation.request("dynamodb", "UpdateItem", {**common, "Key": key, **update})


def predict(model: dict[tuple[str, int], dict[str, Any]], step: tuple[str, str, int, dict[str, Any]]) -> bool:
    """Do the same to a dictionary; tell whether it is allowed."""
    kind, pk, sk, extra = step
    if kind == "put new" and (pk, sk) in model:
        return False
    if kind == "delete":
        model.pop((pk, sk), None)
    elif kind == "add":
        before = model.get((pk, sk), {"pk": pk, "sk": sk})
        model[pk, sk] = {**before, "y": before.get("y", 0) + 1}
    else:
        model[pk, sk] = {"pk": pk, "sk": sk, **extra}
    return True


def everything(simulation: SyncSimulation, operation: str, **parameters: Any) -> list[dict[str, Any]]:
    """Read all pages, two items each."""
    found: list[dict[str, Any]] = []
    after: dict[str, Any] = {}
    while True:
        page: Any = simulation.request(
            "dynamodb", operation, {"TableName": "orders", "Limit": 2, **parameters, **after}
        )
        found += map(plain, page["Items"])
        if "LastEvaluatedKey" not in page:
            return found
        after = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


@settings(max_examples=60)
@given(steps)
def test_a_table_is_a_dictionary_with_sorted_views(todo: list[tuple[str, str, int, dict[str, Any]]]) -> None:
    """After any writes: what is there, in which order, in which index, and how many changes the stream told of."""
    with SyncSimulation(seed=1) as simulation:
        simulation.add_source("tables", "orders", key=KEY, indexes=INDEX, stream="keys_only")
        model: dict[tuple[str, int], dict[str, Any]] = {}
        changes = 0
        for step in todo:
            before = dict(model)
            if predict(model, step):
                do(simulation, step)
            else:
                with pytest.raises(ApiError, match="The conditional request failed"):
                    do(simulation, step)
            changes += model != before

        by_key = {":v": {"S": "a"}}
        query = {"KeyConditionExpression": "pk = :v", "ExpressionAttributeValues": by_key}
        indexed = {"KeyConditionExpression": "x = :v", "ExpressionAttributeValues": by_key, "IndexName": "by_x"}
        scanned = everything(simulation, "Scan")
        queried = everything(simulation, "Query", **query)
        backward = everything(simulation, "Query", **query, ScanIndexForward=False)
        of_index = everything(simulation, "Query", **indexed)
        stream: Any = simulation.sources("table streams")["orders"]

    def by_range(items: list[dict[str, Any]]) -> list[Any]:
        return sorted((item["pk"], item["sk"]) for item in items)

    assert {(item["pk"], item["sk"]): item for item in scanned} == model
    assert len(scanned) == len(model)
    assert queried == [item for place, item in sorted(model.items()) if place[0] == "a"]
    assert backward == queried[::-1]
    in_index = [item for item in model.values() if item.get("x") == "a" and "y" in item]
    assert by_range(of_index) == by_range(in_index)
    assert [item["y"] for item in of_index] == sorted(item["y"] for item in in_index)
    assert stream.summary() == {"records": changes}
