"""Does a topic deliver to exactly those whose filters match, in order? Random policies and messages."""

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from eventsim import ApiError, Envelope, SyncSimulation
from eventsim_sources.topic.message import drafted
from eventsim_sources.topic.settings import created
from eventsim_sources.topic.source import Topic

KEYS = st.sampled_from(["kind", "price", "tags"])
WORDS = st.sampled_from(["order", "refund", "orange"])
NUMBERS = st.integers(0, 3)
CONDITIONS = st.one_of(
    WORDS,
    NUMBERS,
    WORDS.map(lambda word: {"anything-but": word}),
    st.just({"prefix": "or"}),
    st.just({"exists": False}),
    NUMBERS.map(lambda number: {"numeric": [">=", number]}),
)
POLICIES = st.none() | st.dictionaries(KEYS, st.lists(CONDITIONS, min_size=1, max_size=3), max_size=2)
VALUES = WORDS | NUMBERS | st.lists(WORDS | NUMBERS, max_size=2)
MESSAGES = st.lists(st.tuples(st.dictionaries(KEYS, VALUES), st.sampled_from("ab")), max_size=8)


class Endpoint:
    """A queue that is in trouble for a while, and then keeps what it is given."""

    kind = "queues"

    def __init__(self, name: str, troubles: int) -> None:
        self.name = name
        self.arn = f"arn:aws:sqs:us-east-1:123456789012:{name}"
        self.troubles = troubles
        self.taken: list[Envelope] = []

    def accept(self, envelope: Envelope) -> None:
        """Take it, or refuse."""
        if self.troubles:
            self.troubles -= 1
            raise ApiError("ServiceUnavailable", "down", status=503)
        self.taken.append(envelope)

    def summary(self) -> Mapping[str, int]:
        """Return nothing worth knowing."""
        return {}


def attribute(value: Any) -> dict[str, str]:
    """Return a value as a message attribute."""
    if isinstance(value, list):
        return {"DataType": "String.Array", "StringValue": json.dumps(value)}
    return {"DataType": "String" if isinstance(value, str) else "Number", "StringValue": str(value)}


def holds(condition: Any, values: list[Any] | None) -> bool:
    """Tell whether a condition holds for a key's values: the rules once more, by hand. Without values it is absent."""
    if condition == {"exists": False}:
        return not values
    for value in values or []:
        match condition:
            case {"anything-but": word}:
                fits = value != word
            case {"prefix": start}:
                fits = isinstance(value, str) and value.startswith(start)
            case {"numeric": [_, least]}:
                fits = isinstance(value, int) and value >= least
            case _:
                fits = type(value) is type(condition) and value == condition
        if fits:
            return True
    return False


def wanted(policy: Mapping[str, list[Any]] | None, message: Mapping[str, Any]) -> bool:
    """Tell whether a policy takes a message."""
    for key, conditions in (policy or {}).items():
        value = message.get(key)
        values = None if key not in message else value if isinstance(value, list) else [value]
        if not any(holds(condition, values) for condition in conditions):
            return False
    return True


@settings(max_examples=50)
@given(st.lists(st.tuples(POLICIES, st.integers(0, 6)), max_size=4), MESSAGES, st.booleans())
def test_exactly_those_who_want_a_message_get_it_in_order(
    subscribers: list[tuple[Any, int]], messages: list[tuple[Any, str]], is_fifo: bool
) -> None:
    """Each once, whatever trouble endpoints have; on a FIFO topic in the order of each group."""
    with SyncSimulation(seed=1) as simulation:
        end = ".fifo" if is_fifo else ""
        topic = Topic(simulation, f"t{end}", created({"FifoTopic": "true"} if is_fifo else {}))
        endpoints = []
        for number, (policy, troubles) in enumerate(subscribers):
            endpoint = Endpoint(f"q{number}{end}", troubles)
            simulation.add(endpoint)
            endpoints.append(endpoint)
            attributes = {"RawMessageDelivery": "true"}
            if policy is not None:
                attributes["FilterPolicy"] = json.dumps(policy)
            topic.subscribe("sqs", endpoint.arn, attributes)

        for number, (message, group) in enumerate(messages):
            fifo = {"MessageGroupId": group, "MessageDeduplicationId": str(number)} if is_fifo else {}
            attributes = {name: attribute(value) for name, value in message.items()}
            topic.publish(drafted({"Message": str(number), "MessageAttributes": attributes, **fifo}))
        simulation.until_idle()

        for (policy, _), endpoint in zip(subscribers, endpoints, strict=True):
            expected = [str(number) for number, (message, _) in enumerate(messages) if wanted(policy, message)]
            got = [envelope.body for envelope in endpoint.taken]
            assert sorted(got, key=int) == expected
            for group in "ab" if is_fifo else "":
                of_group = [int(envelope.body) for envelope in endpoint.taken if envelope.group == group]
                assert of_group == sorted(of_group)
    simulation.trace.close()
