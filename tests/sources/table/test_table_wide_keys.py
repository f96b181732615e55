"""Global indexes with several hash and range attributes: the former are all equal, the latter count from the left."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from boto3.dynamodb.conditions import Attr, ConditionBase, Key
from botocore.exceptions import ClientError

from eventsim import ConfigurationError, SyncSimulation

NewTable = Callable[..., Any]
INDEX = {"matches": {"hash": ["league", "season N"], "range": ["round", "court N"]}}
HERE = Key("league").eq("a") & Key("season").eq(1)
ROUNDS = ("final", "first", "second")


def match(number: int, league: str, season: int, stage: str, court: int) -> dict[str, Any]:
    return {"id": f"m{number:02}", "league": league, "season": season, "round": stage, "court": court}


MATCHES = [
    match(number, *facts) for number, facts in enumerate(itertools.product("ab", (1, 2), ROUNDS, (2, 10, 1)), start=1)
]


@pytest.fixture
def table(new_table: NewTable) -> Any:
    """A table of matches, some of which lack an attribute of the index's key."""
    lacking = [
        {name: value for name, value in MATCHES[0].items() if name != left_out} for left_out in ("season", "court")
    ]
    incomplete = [{**each, "id": f"x{number}"} for number, each in enumerate(lacking)]
    return new_table("matches", items=[*MATCHES, *incomplete], indexes=INDEX)


def found(table: Any, condition: ConditionBase, **more: Any) -> list[tuple[str, int]]:
    """Return round and court of what a query of the index finds, page by page."""
    items: list[dict[str, Any]] = []
    after: dict[str, Any] = {}
    while True:
        answer = table.query(IndexName="matches", KeyConditionExpression=condition, Limit=2, **after, **more)
        items += answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return [(each["round"], int(each["court"])) for each in items]
        after = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


@pytest.mark.parametrize(
    ("condition", "is_within"),
    [
        (None, lambda stage, court: True),
        (Key("round").eq("first"), lambda stage, court: stage == "first"),
        (Key("round").lt("first"), lambda stage, court: stage < "first"),
        (Key("round").gt("first"), lambda stage, court: stage > "first"),
        (Key("round").begins_with("fi"), lambda stage, court: stage.startswith("fi")),
        (Key("round").between("final", "first"), lambda stage, court: stage != "second"),
        *(
            (Key("round").eq("first") & condition, lambda stage, court, is_it=is_it: stage == "first" and is_it(court))
            for condition, is_it in [
                (Key("court").eq(2), lambda court: court == 2),
                (Key("court").lt(2), lambda court: court < 2),
                (Key("court").lte(2), lambda court: court <= 2),
                (Key("court").gt(1), lambda court: court > 1),
                (Key("court").gte(2), lambda court: court >= 2),
                (Key("court").between(2, 9), lambda court: 2 <= court <= 9),
            ]
        ),
    ],
)
@pytest.mark.parametrize("is_forward", [True, False], ids=["forward", "backward"])
def test_a_query_compares_range_attributes_from_the_left(
    table: Any, condition: Any, is_within: Callable[[str, int], bool], is_forward: bool
) -> None:
    """Each in the order of its type; pages go on where the last one ended."""
    expected = sorted(
        ((stage, court) for stage, court in itertools.product(ROUNDS, (2, 10, 1)) if is_within(stage, court)),
        reverse=not is_forward,
    )

    asked = HERE if condition is None else HERE & condition

    assert found(table, asked, ScanIndexForward=is_forward) == expected


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (Key("league").eq("a"), "Query condition missed key schema element: season"),
        (Key("league").eq("a") & Key("season").gt(1), "Query key condition not supported"),
        (HERE & Key("court").eq(1), "Query condition missed key schema element: round"),
        (HERE & Key("round").gt("a") & Key("court").eq(1), "Query key condition not supported"),
        (HERE & Key("round").eq("a") & Key("other").eq(1), "Query condition missed key schema element: court"),
        (HERE & Key("round").eq(1), "Condition parameter type does not match schema type"),
        (HERE & Key("round").eq("a") & Key("court").begins_with("1"), "type does not match"),
    ],
    ids=["half a partition", "partition range", "gap", "range before the end", "other", "type", "no text"],
)
def test_a_query_names_what_it_must(table: Any, condition: ConditionBase, message: str) -> None:
    """A partition whole, and no range attribute without those before it (documented)."""
    with pytest.raises(ClientError, match=message):
        table.query(IndexName="matches", KeyConditionExpression=condition)


def test_only_items_with_the_whole_key_are_there(table: Any) -> None:
    """An index is sparse: one attribute that is missing is enough."""
    assert table.scan(IndexName="matches")["Count"] == len(MATCHES)


def test_an_item_moves_with_any_attribute_of_the_key(table: Any) -> None:
    """And leaves the index when one goes."""
    where = {"Key": {"id": "m01"}, "ExpressionAttributeNames": {"#s": "season"}}

    table.update_item(**where, UpdateExpression="SET #s = :s", ExpressionAttributeValues={":s": 2})
    moved = found(table, HERE)
    table.update_item(**where, UpdateExpression="REMOVE #s")

    assert len(moved) == 8
    assert table.scan(IndexName="matches")["Count"] == len(MATCHES) - 1


def test_statements_find_the_same(table: Any, dynamodb: Any) -> None:
    """PartiQL reads such an index, too."""
    statement = "SELECT * FROM matches.matches WHERE league = 'a' AND season = 1 AND \"round\" = 'first'"

    items = dynamodb.execute_statement(Statement=statement)["Items"]

    assert sorted(int(each["court"]["N"]) for each in items) == [1, 2, 10]


def test_a_filter_is_not_about_the_key(table: Any) -> None:
    """None of its attributes (as for keys of two)."""
    with pytest.raises(ClientError, match="Primary key attribute: court"):
        table.query(IndexName="matches", KeyConditionExpression=HERE, FilterExpression=Attr("court").eq(1))


def test_an_index_tells_its_key(table: Any, dynamodb: Any) -> None:
    """Hash attributes first."""
    (told,) = dynamodb.describe_table(TableName="matches")["Table"]["GlobalSecondaryIndexes"]

    assert [(each["AttributeName"], each["KeyType"]) for each in told["KeySchema"]] == [
        ("league", "HASH"),
        ("season", "HASH"),
        ("round", "RANGE"),
        ("court", "RANGE"),
    ]


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        ("HHHHH", "more than 4"),
        ("HRRRRR", "more than 4"),
        ("HRH", "HASH key types must come first"),
        ("RR", "The first KeySchemaElement is not a HASH"),
    ],
)
def test_a_key_that_no_index_can_have_is_refused(dynamodb: Any, kinds: str, message: str) -> None:
    """Up to four attributes of each kind, in order (documented; words unconfirmed)."""
    names = [f"a{number}" for number in range(len(kinds))]
    schema = [
        {"AttributeName": name, "KeyType": "HASH" if kind == "H" else "RANGE"}
        for name, kind in zip(names, kinds, strict=True)
    ]

    with pytest.raises(ClientError, match=message):
        dynamodb.create_table(
            TableName="orders",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", *names)],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            GlobalSecondaryIndexes=[
                {"IndexName": "wide", "KeySchema": schema, "Projection": {"ProjectionType": "ALL"}}
            ],
        )


def test_a_local_index_has_no_more_attributes(world: SyncSimulation) -> None:
    """Nor has a table; the scenario says where the mistake is."""
    local = {"hash": ["a", "b"], "range": "c", "local": True}

    with pytest.raises(ConfigurationError, match="only a global index") as refused:
        world.add_source("tables", "orders", key={"hash": "a", "range": "r"}, indexes={"own": local})

    assert refused.value.key == "tables.orders.indexes.own.hash"
