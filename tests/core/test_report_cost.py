"""What would it have cost? Usage counted from a trace, times the prices of the list."""

from pathlib import Path
from typing import Any

import pytest

from eventsim.errors import ConfigurationError
from eventsim.report.cost import Rating, a_day_usd, cost_of, price_list
from eventsim.report.usage import Usage, count_usage
from eventsim.trace import Trace

KB = 1_024
S = 1_000_000


class Tale:
    """A trace that a test tells entry by entry."""

    def __init__(self) -> None:
        self.now_us = 0
        self.trace = Trace(self)

    def happens(self, kind: str, place: str, *, cause: int = 0, value: int = 0, detail: Any = None) -> int:
        """Record a fact at a place, given by its full name."""
        where = self.trace.subject(*place.split(" ", 1))
        return self.trace.record(self.trace.kind(kind, ""), 0, where, cause, value, detail)

    def usage(self) -> Usage:
        """Return what was used until now."""
        return count_usage(self.trace, self.now_us)


@pytest.fixture
def tale() -> Tale:
    """An empty trace."""
    return Tale()


# --- usage -------------------------------------------------------------------------------------------------


def test_lambda_is_billed_by_memory_and_time(tale: Tale) -> None:
    """GB-seconds are memory times billed milliseconds, attempt by attempt."""
    tale.happens("reported", "function f", value=100, detail={"memory_mb": 512})
    tale.happens("reported", "function f", value=50, detail={"memory_mb": 1024})

    usage = tale.usage()

    assert (usage.attempts["f"], usage.mb_ms["f"], usage.billed_ms["f"]) == (2, 100 * 512 + 50 * 1024, 150)


@pytest.mark.parametrize(
    ("size_bytes", "requests"),
    [(256 * KB, 0), (256 * KB + 1, 1), (320 * KB, 1), (320 * KB + 1, 2), (1024 * KB, 12)],
)
def test_a_large_asynchronous_event_counts_more_requests(tale: Tale, size_bytes: int, requests: int) -> None:
    """The first 256 KB are one request, each further 64 KB one more (documented)."""
    tale.happens("queued", "function f", value=size_bytes)

    assert tale.usage().further_requests == requests


@pytest.mark.parametrize(("size_bytes", "requests"), [(0, 1), (1, 1), (64 * KB, 1), (64 * KB + 1, 2), (1024 * KB, 16)])
def test_a_message_counts_a_request_for_each_64_kb(tale: Tale, size_bytes: int, requests: int) -> None:
    """So does one that no call sent (documented)."""
    tale.happens("sent", "queue q", value=size_bytes)

    assert tale.usage().queue_requests["queue q"] == requests


def test_a_call_that_sends_little_is_one_request(tale: Tale) -> None:
    """Ten small messages in one SendMessageBatch cost as much as one."""
    call = tale.happens("called", "operation sqs.SendMessageBatch")
    for _ in range(10):
        tale.happens("sent", "queue q", cause=call, value=KB)

    usage = tale.usage()

    assert usage.calls == {"sqs.SendMessageBatch": 1}
    assert usage.queue_requests.total() == 0


def test_a_call_that_sends_much_counts_by_all_its_bytes(tale: Tale) -> None:
    """Ten messages of 30 KB are 300 KB: five requests, one of which is the call."""
    call = tale.happens("called", "operation sqs.SendMessageBatch")
    for _ in range(10):
        tale.happens("sent", "queue q", cause=call, value=30 * KB)

    assert tale.usage().queue_requests["queue q"] == 4


def test_a_mapping_deletes_ten_messages_with_one_request(tale: Tale) -> None:
    """Its receives and deletes are billed as anybody's."""
    ended = tale.happens("succeeded", "function f")
    for _ in range(25):
        tale.happens("deleted", "queue q", cause=ended)
    tale.happens("batched", "mapping q -> f", value=10)

    assert tale.usage().queue_requests == {"queue q": 3, "mapping q -> f": 1}


def test_a_gathered_batch_counts_by_its_receives(tale: Tale) -> None:
    """Each receive that was not a batch by itself has its own entry."""
    for _ in range(2):
        tale.happens("polled", "mapping q -> f", value=5)
    tale.happens("batched", "mapping q -> f", value=10, detail={"received": [*range(1, 11)]})

    assert tale.usage().queue_requests == {"mapping q -> f": 2}


def test_a_mapping_pays_for_long_polls_that_come_back_empty(tale: Tale) -> None:
    """Five pollers that ask every 20 seconds make 15 requests a minute (documented)."""
    tale.happens("mapping changed", "mapping q -> f", detail={"state": "Enabled"})
    tale.now_us = 60 * S
    tale.happens("mapping changed", "mapping q -> f", detail={"state": "Disabling"})
    tale.now_us = 3_600 * S

    assert tale.usage().empty_polls == 15


# --- prices ------------------------------------------------------------------------------------------------


def test_the_worked_example_of_the_price_page_comes_out() -> None:
    """3 million requests of 120 ms with 1,536 MB on x86: 540,000 GB-seconds (documented)."""
    usage = Usage()
    usage.attempts["f"] = 3_000_000
    usage.mb_ms["f"] = 3_000_000 * 120 * 1_536

    cost = cost_of(usage, {}, price_list())

    assert cost.total_usd == pytest.approx(0.60 + 540_000 * 1.66667e-5)


def test_the_free_tier_comes_off_if_asked_for() -> None:
    """The same example with the free million requests and 400,000 GB-seconds: $0.40 and $2.33 (documented)."""
    usage = Usage()
    usage.attempts["f"] = 3_000_000
    usage.mb_ms["f"] = 3_000_000 * 120 * 1_536

    cost = cost_of(usage, {}, price_list({"free_tier": 1}))

    assert cost.total_usd == pytest.approx(0.40 + 140_000 * 1.66667e-5)


def test_arm_has_a_price_of_its_own() -> None:
    """And both architectures share the free tier."""
    usage = Usage()
    usage.mb_ms["f"] = 1024 * 1000

    cost = cost_of(usage, {"f": Rating(architecture="arm64")}, price_list())

    assert cost.total_usd == pytest.approx(1.33334e-5)


def test_ephemeral_storage_beyond_512_mb_costs() -> None:
    """It is billed for the same time as the memory."""
    usage = Usage()
    usage.mb_ms["f"] = 1024 * 1000

    cost = cost_of(usage, {"f": Rating(storage_share=0.5)}, price_list())

    assert cost.total_usd == pytest.approx(1.66667e-5 + 0.5 * 3.09e-8)


@pytest.mark.parametrize(
    ("call", "price"),
    [
        pytest.param("s3.PutObject", 5e-6, id="writes"),
        pytest.param("s3.ListObjectsV2", 5e-6, id="lists count as writes"),
        pytest.param("s3.GetObject", 4e-7, id="reads"),
        pytest.param("s3.DeleteObject", 0, id="deletes are free"),
        pytest.param("sqs.ReceiveMessage", 4e-7, id="every call of a queue"),
        pytest.param("sns.Publish", 5e-7, id="every call of a topic"),
        pytest.param("lambda.Invoke", 0, id="billed when it runs"),
        pytest.param("ses.SendEmail", 0, id="a stub has no price"),
    ],
)
def test_every_call_has_the_price_of_its_kind(call: str, price: float) -> None:
    """The list names them."""
    usage = Usage()
    usage.calls[call] = 1

    assert cost_of(usage, {}, price_list()).total_usd == pytest.approx(price)


def test_fifo_queues_cost_more() -> None:
    """$0.50 a million instead of $0.40 (documented)."""
    usage = Usage()
    usage.queue_requests["queue orders.fifo"] = 1_000_000

    assert cost_of(usage, {}, price_list()).total_usd == pytest.approx(0.50)


def test_a_price_may_be_replaced() -> None:
    """A region may be dearer, a contract cheaper."""
    usage = Usage()
    usage.attempts["f"] = 1

    assert cost_of(usage, {}, price_list({"lambda_request": 3})).total_usd == 3


def test_another_price_list_may_be_given(tmp_path: Path) -> None:
    """A part of one will do; the settings of a scenario win over it."""
    file = tmp_path / "frankfurt.toml"
    file.write_text("as_of = 2027-01-01\n[prices]\nsqs_request = 5\nlambda_request = 6\n")

    prices = price_list({"lambda_request": 7}, file=file)

    assert (prices.as_of.year, prices.prices["sqs_request"], prices.prices["lambda_request"]) == (2027, 5, 7)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("nonsense", "is no price list", id="not TOML"),
        pytest.param("[prices]\nsqs_request = 'much'", "a price is a number", id="not a number"),
    ],
)
def test_a_broken_price_list_is_told(tmp_path: Path, text: str, message: str) -> None:
    """With its name."""
    file = tmp_path / "prices.toml"
    file.write_text(text)

    with pytest.raises(ConfigurationError, match=message):
        price_list(file=file)


@pytest.mark.parametrize(
    ("prices", "message"),
    [
        pytest.param({"lambda_reqest": 1}, "did you mean `lambda_request`", id="misspelt"),
        pytest.param({"sqs_request": -1}, "not negative", id="negative"),
    ],
)
def test_a_wrong_price_is_refused(prices: dict[str, float], message: str) -> None:
    """Nothing is silently ignored."""
    with pytest.raises(ConfigurationError, match=message):
        price_list(prices)


def test_what_costs_a_cent_a_second_costs_864_dollars_a_day() -> None:
    """So one sees what a function does that sets itself off."""
    assert a_day_usd(0.01, 1) == pytest.approx(864)
    assert a_day_usd(0.01, 0) == 0


def test_events_on_a_bus_count_by_64_kb_unless_they_are_of_aws(tale: Tale) -> None:
    """Documented: custom events cost a dollar a million, those of AWS's services nothing."""
    for source, size_bytes in (("shop", 100), ("shop", 64 * KB + 1), ("aws.s3", 100)):
        tale.happens("event put", "bus default", value=size_bytes, detail={"source": source})

    usage = tale.usage()

    assert usage.events == 3
    assert cost_of(usage, {}, price_list()).parts == {"events": pytest.approx(3e-6)}
