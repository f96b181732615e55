"""The same random operations through boto3, here and at moto: whoever answers otherwise is judged by AWS's pages.

moto is no authority, but a second reading of the same documentation: where the two differ, one of them is mistaken.
The differences that are moto's stand in `JUDGED`, and the ledger says of each what AWS does; any other fails the test.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from eventsim import SyncSimulation
from tests import sdk

moto = pytest.importorskip("moto", reason="needs moto, which `pip install 'eventsim[moto]'` brings")

Call = tuple[str, dict[str, Any]]
Answer = dict[str, Any]

LEDGER = Path(__file__).parents[3] / "docs/reference/fidelity.toml"
TABLE: dict[str, Any] = {
    "TableName": "orders",
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": kind}
        for name, kind in {"pk": "S", "sk": "N", "x": "S", "y": "N"}.items()
    ],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by_x",
            "KeySchema": [{"AttributeName": "x", "KeyType": "HASH"}, {"AttributeName": "y", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["s"]},
        }
    ],
    "LocalSecondaryIndexes": [
        {
            "IndexName": "by_y",
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "y", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
}

# --- what is asked ----------------------------------------------------------------------------------------

scalars: dict[str, list[Any]] = {
    "N": [{"N": "0"}, {"N": "2"}, {"N": "-1"}, {"N": "1.5"}, {"N": "100"}],
    "S": [{"S": "a"}, {"S": "b"}, {"S": "ab"}, {"S": ""}],
    "B": [{"B": b"a"}, {"B": b"ab"}],
    "BOOL": [{"BOOL": True}, {"BOOL": False}],
    "NULL": [{"NULL": True}],
    "SS": [{"SS": ["b", "a"]}, {"SS": ["a"]}],
    "NS": [{"NS": ["2", "1"]}, {"NS": ["2"]}],
    "L": [{"L": []}, {"L": [{"N": "2"}, {"S": "a"}]}],
}
"""Values of each type."""

VALUES: dict[str, list[str]] = {
    ":n": ["N"],
    ":o": ["N"],
    ":s": ["S"],
    ":ordered": ["N", "S", "B"],
    ":start": ["S", "B"],
    ":one": ["N", "S", "B"],
    ":list": ["L"],
    ":set": ["SS", "NS"],
    ":any": list(scalars),
}
"""The values that expressions refer to, and of which types each may be."""

MAP = {"M": {"a": {"N": "1"}, "b": {"L": [{"S": "x"}, {"S": "y"}]}, "c": {"S": "ab"}}}


def value_of(kinds: Sequence[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from([value for kind in kinds for value in scalars[kind]])


keys = st.builds(
    lambda pk, sk: {"pk": {"S": pk}, "sk": {"N": sk}}, st.sampled_from(["p", "q"]), st.sampled_from(["1", "2", "10"])
)
extras = st.fixed_dictionaries(
    {},
    optional={
        "x": st.sampled_from([{"S": "a"}, {"S": "b"}]),
        "y": st.sampled_from([{"N": "1"}, {"N": "2"}, {"N": "-3"}]),
        "n": value_of(["N"]),
        "s": value_of(["S"]),
        "t": value_of(["SS", "NS"]),
        "m": st.just(MAP),
        "l": value_of(["L"]),
        "any": value_of(list(scalars)),
    },
)
items = st.builds(lambda key, extra: {**key, **extra}, keys, extras)

paths = st.sampled_from(
    ["pk", "sk", "x", "y", "n", "#s", "t", "m", "l", "#any", "m.a", "m.b[0]", "m.b[5]", "l[0]", "gone"]
)
settable = st.sampled_from(["n", "#s", "t", "m", "l", "#any", "m.a", "m.b[0]", "m.b[5]", "l[0]", "l[9]", "m.d"])
comparators = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
tests = st.one_of(
    st.builds("{} {} {}".format, paths, st.sampled_from(["=", "<>"]), st.just(":any")),
    st.builds("{} {} :ordered".format, paths, comparators),
    st.builds("{} {} {}".format, st.sampled_from(["n", "y"]), comparators, st.sampled_from(["sk", "m.a"])),
    st.builds("attribute_exists({})".format, paths),
    st.builds("attribute_not_exists({})".format, paths),
    st.builds("begins_with({}, :start)".format, paths),
    st.builds("contains({}, :one)".format, paths),
    st.builds("attribute_type({}, :type)".format, paths),
    st.builds("size({}) {} :n".format, paths, comparators),
    st.builds("{} BETWEEN :low AND :high".format, paths),
    st.builds("{} IN (:any, :one)".format, paths),
)
conditions = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.builds("({}) AND {}".format, inner, inner),
        st.builds("{} OR {}".format, inner, inner),
        st.builds("NOT ({})".format, inner),
    ),
    max_leaves=3,
)
sums = st.one_of(
    paths,
    st.sampled_from([":any", ":n", "n + :n", ":n - n", "m.a + n", "list_append(l, :list)", "list_append(:list, l)"]),
    st.builds("if_not_exists({}, :any)".format, paths),
    st.builds("if_not_exists({}, :n) + :o".format, paths),
    st.builds("list_append(if_not_exists({}, :list), :list)".format, paths),
)
changes = st.lists(
    st.one_of(
        st.builds("SET {} = {}".format, settable, sums),
        st.builds("SET {} = {}, x = :s".format, settable, sums),
        st.builds("REMOVE {}".format, settable),
        st.builds("REMOVE {}, y".format, settable),
        st.builds("ADD {} :n".format, settable),
        st.builds("ADD {} :set".format, settable),
        st.builds("DELETE {} :set".format, settable),
    ),
    min_size=1,
    max_size=2,
    unique_by=lambda text: text.split()[0],
).map(" ".join)
key_conditions = {
    "": st.one_of(
        st.just("pk = :p"),
        st.builds("pk = :p AND sk {} :n".format, st.sampled_from(["=", "<", "<=", ">", ">="])),
        st.just("pk = :p AND sk BETWEEN :low AND :high"),
    ),
    "by_x": st.sampled_from(["x = :p", "x = :p AND y > :n", "x = :p AND y <= :n"]),
    "by_y": st.sampled_from(["pk = :p", "pk = :p AND y = :n", "pk = :p AND y >= :n"]),
}
projections = st.lists(paths, min_size=1, max_size=3, unique_by=lambda path: path.partition(".")[0][:1]).map(", ".join)


@st.composite
def expressed(draw: st.DrawFn, given: dict[str, Any], values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Add the names and values that the expressions use to a request."""
    text = " ".join(str(each) for name, each in given.items() if name.endswith("Expression"))
    words = set(re.findall(r"[:#]\w+", text))
    request = {"TableName": "orders", **given}
    names = {word: word[1:] for word in sorted(words) if word[0] == "#"}
    used = {name: value for name, value in (values or {}).items() if name in words}
    for name in sorted(words & set(VALUES)):
        used[name] = draw(value_of(VALUES[name]))
    if ":type" in words:
        used[":type"] = {"S": draw(st.sampled_from(list(scalars)))}
    if ":low" in words:
        used |= {":low": {"N": "-1"}, ":high": draw(value_of(["N"]).filter(lambda value: value["N"] != "-1"))}
    return request | _given(ExpressionAttributeNames=names, ExpressionAttributeValues=used)


def _given(**parameters: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if value}


@st.composite
def writes(draw: st.DrawFn, *, in_transaction: bool = False) -> Call:
    """Put, update or delete one item."""
    kind = draw(st.sampled_from(["put_item", "update_item", "update_item", "delete_item"]))
    given: dict[str, Any] = {"Item": draw(items)} if kind == "put_item" else {"Key": draw(keys)}
    shown = ["NONE", "ALL_OLD"]
    if kind == "update_item":
        given["UpdateExpression"] = draw(changes)
        shown += ["ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"]
    if draw(st.integers(0, 2)) == 0:
        given["ConditionExpression"] = draw(conditions)
        given["ReturnValuesOnConditionCheckFailure"] = draw(st.sampled_from(["NONE", "ALL_OLD"]))
    if not in_transaction:
        given["ReturnValues"] = draw(st.sampled_from(shown))
    return kind, draw(expressed(given))


@st.composite
def transactions(draw: st.DrawFn) -> Call:
    """Write several items at once."""
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        if draw(st.integers(0, 3)) == 0:
            check = {"Key": draw(keys), "ConditionExpression": draw(conditions)}
            parts.append({"ConditionCheck": draw(expressed(check))})
        else:
            kind, request = draw(writes(in_transaction=True))
            parts.append({kind.partition("_")[0].capitalize(): request})
    return "transact_write_items", {"TransactItems": parts}


@st.composite
def reads(draw: st.DrawFn) -> Call:
    """Get, query or scan."""
    kind = draw(st.sampled_from(["get_item", "query", "query", "scan"]))
    given: dict[str, Any] = {"Key": draw(keys)} if kind == "get_item" else {}
    partition = {"S": "p"}
    if kind != "get_item":
        index = draw(st.sampled_from(["", "", "by_x", "by_y"]))
        given |= {"IndexName": index} if index else {}
        if draw(st.booleans()):
            given["FilterExpression"] = draw(conditions)
    if kind == "query":
        given["KeyConditionExpression"] = draw(key_conditions[index])
        given["ScanIndexForward"] = draw(st.booleans())
        partition = {"S": draw(st.sampled_from(["a", "b"] if index == "by_x" else ["p", "q"]))}
        if draw(st.booleans()):
            given["Limit"] = draw(st.integers(1, 3))
    if draw(st.integers(0, 2)) == 0:
        given["ProjectionExpression"] = draw(projections)
    return kind, draw(expressed(given, {":p": partition}))


@st.composite
def batches(draw: st.DrawFn) -> Call:
    """Write or get several items, each for itself."""
    if draw(st.booleans()):
        wanted = draw(st.lists(keys, min_size=1, max_size=3, unique_by=str))
        return "batch_get_item", {"RequestItems": {"orders": {"Keys": wanted}}}
    put = items.map(lambda item: {"PutRequest": {"Item": item}})
    delete = keys.map(lambda key: {"DeleteRequest": {"Key": key}})
    return "batch_write_item", {"RequestItems": {"orders": draw(st.lists(put | delete, min_size=1, max_size=3))}}


calls = st.one_of(writes(), writes(), reads(), reads(), transactions(), batches())

# --- what is answered -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client() -> Any:
    """Return a client, which asks moto or a simulation, whichever is open."""
    return boto3.client("dynamodb", **sdk.KEYS)


@contextmanager
def here() -> Iterator[None]:
    """Answer by a simulation."""
    with SyncSimulation(seed=1) as simulation:
        yield
    simulation.trace.close()


def answers(client: Any, todo: Sequence[Call]) -> list[Answer]:
    """Make the table, carry the calls out, and return what can be compared of their answers."""
    client.create_table(**TABLE)
    return [answer(client, *call) for call in todo]


def answer(client: Any, operation: str, request: dict[str, Any]) -> Answer:
    try:
        result = getattr(client, operation)(**request)
    except ClientError as error:
        refusal = error.response["Error"]
        told = {name: error.response[name] for name in ("Item", "CancellationReasons") if name in error.response}
        return comparable({"raised": refusal["Code"], "words": refusal["Message"], **told})
    except Exception as error:  # noqa: BLE001 - moto's own mistakes are no refusals
        return {"broke": type(error).__name__}
    del result["ResponseMetadata"]
    if operation in ("scan", "batch_get_item"):  # these come in no order that AWS tells
        for found in (result.get("Items", []), *result.get("Responses", {}).values()):
            found.sort(key=str)
    return comparable(result)


def comparable(value: Any) -> Any:
    """Sort the members of sets, which have no order."""
    if isinstance(value, list):
        return [comparable(each) for each in value]
    if isinstance(value, dict):
        return {name: sorted(each) if name in ("SS", "NS", "BS") else comparable(each) for name, each in value.items()}
    return value


# --- who is right -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Judged:
    """A difference that is moto's mistake, or nobody's; `moto.NAME` in the ledger tells what AWS does.

    Attributes:
        is_it: whether the answers to a call, ours and moto's, differ by this.
        asked: a call that shows it.
        ours: what is answered to that call here.
        before: calls that come first.
    """

    name: str
    is_it: Callable[[Call, Answer, Answer], bool]
    asked: Call
    ours: Answer
    before: Sequence[Call] = ()


def call(operation: str, **parameters: Any) -> Call:
    return operation, {"TableName": "orders", **parameters}


def updating(expression: str, **parameters: Any) -> Call:
    return call("update_item", Key=KEY, UpdateExpression=expression, **parameters)


def transacting(**part: Call) -> Call:
    return "transact_write_items", {"TransactItems": [{kind: request} for kind, (_, request) in part.items()]}


def refused(words: str, code: str = "ValidationException") -> Answer:
    return {"raised": code, "words": words}


def is_refusal(pattern: str) -> Callable[[Call, Answer, Answer], bool]:
    """Return what tells whether we refuse in such words what moto answers otherwise."""
    return lambda asked, ours, motos: re.match(pattern, ours.get("words", "")) is not None


def adds_keys(asked: Call, ours: Answer, motos: Answer) -> bool:
    shown = str(asked[1].get("ReturnValues"))
    return shown.startswith("UPDATED") and without(motos.get("Attributes", {}), *KEY) == ours.get("Attributes", {})


def without(answer: Answer, *names: str) -> Answer:
    return {name: value for name, value in answer.items() if name not in names}


KEY = {"pk": {"S": "p"}, "sk": {"N": "1"}}
UNASKED = ("ConsumedCapacity", "ItemCollectionMetrics")
FAILED = refused("The conditional request failed", "ConditionalCheckFailedException")
DISTINCT = "The first operand must be distinct from the remaining operands for this operator or function"
OVERLAP = (
    "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths"
)
MINE: dict[str, Any] = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "p"}}}
HIS: dict[str, Any] = {"KeyConditionExpression": "x = :p", "ExpressionAttributeValues": {":p": {"S": "p"}}}
NUMBER: dict[str, Any] = {"ExpressionAttributeValues": {":n": {"N": "1"}}}

JUDGED = [
    Judged(
        "unasked",
        lambda asked, ours, motos: ours == without(motos, *UNASKED),
        ("batch_write_item", {"RequestItems": {"orders": [{"PutRequest": {"Item": KEY}}]}}),
        {"UnprocessedItems": {}},
    ),
    Judged(
        "crashes",
        lambda asked, ours, motos: "broke" in motos or bool(re.search("(Type|Value|Assertion)Error", str(motos))),
        call("put_item", Item=KEY, ConditionExpression="size(gone) > :n", **NUMBER),
        FAILED,
    ),
    Judged(
        "bad-filter",
        lambda asked, ours, motos: motos.get("words", "").startswith("Bad Filter Expression"),
        call("scan", FilterExpression="size(gone) > :n", **NUMBER),
        {"Items": [], "Count": 0, "ScannedCount": 1},
        [call("put_item", Item=KEY)],
    ),
    Judged(
        "absent",
        lambda asked, ours, motos: re.search(r"\b[ny] (=|<>|<=?|>=?) (sk|m\.a)|NULL.: True", str(asked)) is not None,
        call("put_item", Item=KEY, ConditionExpression="y = sk"),
        FAILED,
    ),
    Judged(
        "cancelled",
        lambda asked, ours, motos: "ValidationError" in str(ours) and motos.get("raised") == "ValidationException",
        transacting(Update=updating("REMOVE m.a")),
        {
            **refused(
                "Transaction cancelled, please refer cancellation reasons for specific reasons [ValidationError]",
                "TransactionCanceledException",
            ),
            "CancellationReasons": [
                {
                    "Code": "ValidationError",
                    "Message": "The document path provided in the update expression is invalid for update",
                }
            ],
        },
    ),
    Judged(
        "keys-read",
        lambda asked, ours, motos: "Cannot update attribute" in motos.get("words", ""),
        updating("SET t = pk", ReturnValues="UPDATED_NEW"),
        {"Attributes": {"t": {"S": "p"}}},
    ),
    Judged(
        "duplicates",
        is_refusal("Provided list of item keys contains duplicates"),
        (
            "batch_write_item",
            {"RequestItems": {"orders": [{"PutRequest": {"Item": KEY}}, {"DeleteRequest": {"Key": KEY}}]}},
        ),
        refused("Provided list of item keys contains duplicates"),
    ),
    Judged(
        "page-end",
        lambda asked, ours, motos: without(ours, "LastEvaluatedKey") == without(motos, "LastEvaluatedKey"),
        call("query", Limit=1, **MINE),
        {"Items": [KEY], "Count": 1, "ScannedCount": 1, "LastEvaluatedKey": KEY},
        [call("put_item", Item=KEY)],
    ),
    Judged(
        "not-projected",
        is_refusal("One or more parameter values were invalid: Global secondary index by_x does not project"),
        call("query", IndexName="by_x", ProjectionExpression="m", **HIS),
        refused("One or more parameter values were invalid: Global secondary index by_x does not project [m]"),
    ),
    Judged(
        "fetched",
        lambda asked, ours, motos: asked[1].get("IndexName") == "by_y",
        call("query", IndexName="by_y", ProjectionExpression="x", **MINE),
        {"Items": [{"x": {"S": "a"}}], "Count": 1, "ScannedCount": 1},
        [call("put_item", Item={**KEY, "x": {"S": "a"}, "y": {"N": "1"}})],
    ),
    Judged(
        "filtered-keys",
        is_refusal("Filter Expression can only contain non-primary key attributes"),
        call("query", FilterExpression="attribute_exists(sk)", **MINE),
        refused("Filter Expression can only contain non-primary key attributes: Primary key attribute: sk"),
    ),
    Judged(
        "overlap",
        is_refusal("Invalid UpdateExpression: Two document paths overlap"),
        updating("REMOVE l[0], l[0]"),
        refused(f"{OVERLAP}; path one: [l, [0]], path two: [l, [0]]"),
    ),
    Judged(
        "updated",
        adds_keys,
        updating("SET n = :n", ReturnValues="UPDATED_NEW", **NUMBER),
        {"Attributes": {"n": {"N": "1"}}},
    ),
    Judged(
        "distinct",
        is_refusal(f"Invalid .*: {DISTINCT}"),
        call("put_item", Item=KEY, ConditionExpression="n = n"),
        refused(f"Invalid ConditionExpression: {DISTINCT}; operator: =, first operand: [n]"),
    ),
    Judged(
        "operand-types",
        is_refusal("Invalid .*: Incorrect operand type for operator or function"),
        call("scan", FilterExpression="begins_with(n, :n)", **NUMBER),
        refused(
            "Invalid FilterExpression: Incorrect operand type for operator or function; "
            "operator or function: begins_with, operand type: N"
        ),
    ),
    Judged(
        "several",
        lambda asked, ours, motos: ours.get("raised") == motos.get("raised") == "ValidationException",
        updating("SET m.a = gone"),
        refused("The provided expression refers to an attribute that does not exist in the item"),
    ),
]


def judgement(asked: Call, ours: Answer, motos: Answer) -> str:
    """Name the judgement of two answers to a call: "" if they are equal, "unjudged" if there is none."""
    if ours == motos:
        return ""
    return next((each.name for each in JUDGED if each.is_it(asked, ours, motos)), "unjudged")


@settings(max_examples=40, derandomize=True, deadline=None)
@given(st.lists(calls, min_size=5, max_size=10))
def test_random_operations_are_answered_as_by_moto(client: Any, todo: list[Call]) -> None:
    """Item by item and word by word, up to the first call that only one of the two refuses."""
    with moto.mock_aws():
        motos = answers(client, todo)
    with here():
        ours = answers(client, todo)

    for asked, mine, other in zip(todo, ours, motos, strict=True):
        assert judgement(asked, mine, other) != "unjudged", f"{asked}\nhere:    {mine}\nat moto: {other}"
        if ("raised" in mine) != ("raised" in other):
            break


@pytest.mark.parametrize("judged", JUDGED, ids=lambda judged: judged.name)
def test_a_difference_from_moto_is_judged(client: Any, judged: Judged) -> None:
    """We answer as AWS's pages say, and moto otherwise, or by now as we do; the ledger has the judgement."""
    todo = [*judged.before, judged.asked]
    with here():
        ours = answers(client, todo)[-1]
    with moto.mock_aws():
        motos = answers(client, todo)[-1]
    ledger = tomllib.loads(LEDGER.read_text(encoding="utf-8"))

    assert ours == judged.ours
    assert judgement(judged.asked, ours, motos) in (judged.name, "")
    assert f"moto.{judged.name}" in [fact["id"] for fact in ledger["Tables beside moto"]]
