"""Which expectation does an English sentence mean?"""

import pytest

from eventsim.errors import ConfigurationError
from eventsim.expectation.expectation import Answered, Claim, Count, Logged, Object, Place, Python, Settled, Within, say
from eventsim.expectation.sentence import parse

S = 1_000_000
ORDERS = Place("queue", "orders")
CHARGE = Place("function", "charge")

SENTENCES: dict[str, Claim] = {
    "every message sent to orders is deleted": Settled(queue="orders"),
    "every message sent to orders is deleted or in its dead-letter queue": Settled(queue="orders", dead_letter=""),
    "every message sent to orders is deleted or in orders-dlq": Settled(queue="orders", dead_letter="orders-dlq"),
    "queue orders has 1 messages": Count(of=ORDERS, noun="messages", least=1, most=1),
    "function charge has at least 3 cold starts": Count(of=CHARGE, noun="cold starts", least=3),
    "function charge has at most 3 errors": Count(of=CHARGE, noun="errors", most=3),
    "function charge has between 3 and 5 throttles": Count(of=CHARGE, noun="throttles", least=3, most=5),
    "bucket photos has object resized/cat.jpg": Object(bucket="photos", key="resized/cat.jpg"),
    'bucket photos has no object "my cat.jpg"': Object(bucket="photos", key="my cat.jpg", is_there=False),
    'bucket photos has object a.txt containing "x  y"': Object(bucket="photos", key="a.txt", contains="x  y"),
    'function hello logs "done"': Logged(function="hello", text="done"),
    'function hello never logs "Trace\\"back"': Logged(function="hello", text='Trace"back', is_there=False),
    "function hello logs /order \\d+/": Logged(function="hello", text="order \\d+", is_regex=True),
    'function hello returns {"a":[1,2]}': Answered(function="hello", answer={"a": [1, 2]}),
    "99.9 % of messages to orders are settled within 5 s": Within(of=ORDERS, percentile=99.9, within_us=5 * S),
    "95 % of invocations of charge end within 0.25 s": Within(of=CHARGE, percentile=95, within_us=S // 4),
    "python checks.no_double_charge": Python(function="checks.no_double_charge"),
}


@pytest.mark.parametrize(("sentence", "claim"), SENTENCES.items(), ids=str)
def test_a_sentence_means_a_claim_and_a_claim_says_that_sentence(sentence: str, claim: Claim) -> None:
    """What the report says of an expectation can be written into a scenario as it stands."""
    assert parse(sentence).claim == claim
    assert say(claim) == sentence


@pytest.mark.parametrize(
    ("sentence", "claim"),
    [
        ("queue orders has no messages", Count(of=ORDERS, noun="messages", least=0, most=0)),
        ("queue orders has 1 message.", Count(of=ORDERS, noun="message", least=1, most=1)),
        (
            "queue  orders has\nexactly 1,000 messages sent",
            Count(of=ORDERS, noun="messages sent", least=1000, most=1000),
        ),
        ("function charge has more than 3 errors", Count(of=CHARGE, noun="errors", least=4)),
        ("function charge has fewer than 3 errors", Count(of=CHARGE, noun="errors", most=2)),
        ("every message sent to orders is deleted or dead-lettered", Settled(queue="orders", dead_letter="")),
        ("all messages to orders are settled within 2 minutes", Within(of=ORDERS, percentile=100, within_us=120 * S)),
        ("every invocation of charge ends within 1 s", Within(of=CHARGE, percentile=100, within_us=S)),
        ("queue orders.fifo has 0 messages", Count(of=Place("queue", "orders.fifo"), noun="messages", most=0)),
    ],
    ids=str,
)
def test_there_are_other_words_for_the_same(sentence: str, claim: Claim) -> None:
    """Nobody should have to look up the grammar for a plain sentence."""
    assert parse(sentence).claim == claim


@pytest.mark.parametrize(
    "sentence", ["at 90 s, queue orders has 3 messages", "at 1.5 minutes: queue orders has 3 messages"]
)
def test_a_sentence_may_name_an_instant(sentence: str) -> None:
    """Without one it is held against the end of the run."""
    expectation = parse(sentence)

    assert expectation.at_us == 90 * S
    assert expectation.text == sentence


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        (
            "queue orders hs 1 message",
            "is not a sentence that is understood here; write it like `queue orders has 1 mess",
        ),
        ("every message in orders is deleted", "write it like `every message sent to orders is deleted`"),
        ("all is well", "is not a sentence that is understood here; write it like"),
        ("function hello returns {a: 1}", "is not JSON"),
        ("function hello logs /(/", "is not a regular expression"),
        ("120 % of messages to orders are settled within 5 s", "more than there are"),
        ("99 % of messages to orders are settled within a while", "not a span of time"),
    ],
    ids=str,
)
def test_what_is_not_understood_is_answered_with_the_nearest_sentence(sentence: str, message: str) -> None:
    """The key leads to its line."""
    with pytest.raises(ConfigurationError, match=message) as caught:
        parse(sentence, key="expect[2]")

    assert caught.value.key == "expect[2]"
