"""How does a scenario come out of its file?"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from eventsim.errors import ConfigurationError, ScenarioError
from eventsim.marks import Mistakes, read, resolve
from eventsim.scenario.load import Scenario, load, loads, locate

SHOP = """\
functions:
  charge: {handler: charges.handler, timeout: 10 s, memory: 512 MB}
queues:
  orders: {visibility_timeout: 30 s, dead_letter: {queue: orders-dlq, max_receive_count: 3}}
  orders-dlq:
mappings:
  - {source: orders, function: charge, batch_size: 10}
workload:
  - every: 1 s
    times: 100
    send: {queue: orders, body: {order: "{n}"}}
expect:
  - every message sent to orders is deleted or in orders-dlq
  - {of: function charge, count: errors, at_most: 3}
"""


def test_a_scenario_is_read_into_the_settings_of_its_parts() -> None:
    """Sections of sources come from the registry, the others from the core; what is not said has its default."""
    scenario = loads(SHOP, path=Path("shops/shop.yaml"))

    assert scenario.name == "shop"
    assert scenario.folder == Path("shops")
    assert scenario.spec.functions["charge"].timeout == "10 s"
    assert list(scenario.sources["queues"]) == ["orders", "orders-dlq"]
    assert scenario.spec.mappings[0].batch_size == 10
    assert scenario.spec.workload[0].times == 100
    assert scenario.spec.seed == 0


def test_a_name_with_nothing_behind_it_has_every_default() -> None:
    """`orders-dlq:` is the shortest way to say that there is a queue."""
    scenario = loads("queues:\n  orders-dlq:\n  other: {}\n")

    assert scenario.sources["queues"]["orders-dlq"] == scenario.sources["queues"]["other"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"), ("on", "on"), ("No", "No"), ("012", 12), ("0o17", 15), ("0x1F", 31), ("12:30:45", "12:30:45"),
        ("2026-01-31", "2026-01-31"), ("1e3", 1000.0), ("1e999", "1e999"), (".inf", ".inf"), ("~", None), ("", None),
        ("true", True), ("1_000", "1_000"), ("-7", -7), ("+.5", 0.5), ("=", "="), ("9" * 500, "9" * 500),
    ],
)  # fmt: skip
def test_plain_scalars_mean_what_yaml_1_2_says(text: str, value: object) -> None:
    """No Norway problem, no octal numbers by accident, no dates; text that is no number of JSON stays text."""
    assert resolve(text) == value


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("account: 012345678901", "012345678901"),
        ("name: on", "on"),
        ("name: 1.10", "1.10"),
        ("description: 2026-01-31", "2026-01-31"),
        ("seed: 1_000_000", 1_000_000),
        ("seed: 0x10", 16),
        ("until: 90", 90),
        ("until: 90 s", "90 s"),
    ],
)
def test_the_type_that_is_wanted_decides_how_a_scalar_is_read(setting: str, value: object) -> None:
    """Text keeps what was written, digit for digit."""
    scenario = loads(setting)

    assert getattr(scenario.spec, setting.partition(":")[0]) == value


def test_an_instant_is_read_where_one_is_wanted() -> None:
    """Text that is none is refused with an example."""
    text = "queues: {q: }\nschedules: {s: {expression: rate(1 hour), queue: q, start: %s}}\n"

    scenario = loads(text % "2026-03-01T12:00:00Z")

    assert scenario.sources["schedules"]["s"].start == datetime(2026, 3, 1, 12, tzinfo=UTC)
    with pytest.raises(ScenarioError, match="must be an instant like 2026-03-01T12:00:00Z, not the text 'noon'"):
        loads(text % "noon")


@pytest.mark.parametrize(
    ("text", "value"),
    [("on", "on"), ("01234", "01234"), ("1.10", "1.10"), ("5", 5), ("1.5", 1.5), ("true", True), ("'5'", "5")],
)
def test_where_text_would_do_nothing_is_lost(text: str, value: object) -> None:
    """An environment variable may be a number, but not one with other digits than were written."""
    scenario = loads(f"functions:\n  f: {{handler: a.b, environment: {{X: {text}}}}}\n")

    assert scenario.spec.functions["f"].environment == {"X": value}


@pytest.mark.parametrize("word", ["yes", "on", "true", "True"])
def test_a_boolean_may_be_written_as_people_do(word: str) -> None:
    """Where a boolean is wanted, nobody means the text."""
    scenario = loads(f"workload:\n  - {{rate: 1, times: 1, poisson: {word}, call: {{service: a, operation: b}}}}\n")

    assert scenario.spec.workload[0].poisson is True


def test_aliases_and_merges_share_settings() -> None:
    """What a mapping says itself goes before what it merges."""
    scenario = loads(
        "functions:\n  a: &common {handler: a.handler, timeout: 5 s}\n  b: {<<: *common, handler: b.handler}\n"
    )

    b = scenario.spec.functions["b"]
    assert (b.handler, b.timeout) == ("b.handler", "5 s")


def test_settings_can_be_overridden_from_outside() -> None:
    """Values are YAML, tables on the way are made, and the file's own places stay right."""
    scenario = loads(
        SHOP, overrides={"seed": "7", "functions.charge.environment.STAGE": "on", "queues.orders-dlq": "{delay: 1 s}"}
    )

    assert scenario.spec.seed == 7
    assert scenario.spec.functions["charge"].environment == {"STAGE": "on"}
    assert scenario.spec.functions["charge"].timeout == "10 s"
    assert scenario.sources["queues"]["orders-dlq"] == loads("queues: {q: {delay: 1 s}}").sources["queues"]["q"]


def test_an_override_may_name_an_element_of_a_list() -> None:
    """`--set workload[0].times=5` makes a short run of a long one."""
    scenario = loads(SHOP, overrides={"workload[0].times": "5", "workload.0.send.body.order": "7"})

    feed = scenario.spec.workload[0]
    assert feed.times == 5
    assert feed.send is not None
    assert feed.send.body == {"order": 7}


def test_an_override_that_is_wrong_names_itself() -> None:
    """There is no line to show: the mistake stands on the command line."""
    with pytest.raises(ScenarioError, match=r"^--set seed=x: `seed` must be a whole number, not the text 'x'"):
        loads(SHOP, overrides={"seed": "x"})


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    """Editors on Windows write one."""
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfseed: 3\r\n")

    assert load(path).spec.seed == 3


def scenario_with(text: str) -> Scenario:
    return loads(text, path=Path("a.yaml"))


@pytest.mark.parametrize(
    ("key", "line", "column"),
    [
        ("queues.orders.fifo.delay", 3, 12),
        ("queues.orders.fifo", 2, 3),
        ("queues.orders.fifo.dead_letter.queue", 2, 3),
        ("workload[0].send.body.b", 6, 38),
        ("workload.0.send.queue", 6, 19),
        ("workload[7].send", 5, 1),
        ("nowhere", 1, 1),
        ("", 1, 1),
    ],
)
def test_a_key_leads_to_its_place(key: str, line: int, column: int) -> None:
    """Names may hold dots; of a key that goes too far, the last step that is there counts."""
    text = "queues:\n  orders.fifo:\n    delay: 5 s\n\nworkload:\n  - {send: {queue: orders.fifo, body: {b: 1}}}\n"
    root = read(text, Mistakes("a.yaml", text))
    assert root is not None

    place = locate(root, key)[1]

    column_of = {"workload[0].send.body.b": text.splitlines()[5].index("b: 1") + 4, "workload.0.send.queue": 20}
    assert (place.line, place.column) == (line, column_of.get(key, column))


@pytest.mark.parametrize(
    ("key", "within", "shown"),
    [
        ("delay", "queues.orders", "a.yaml:2:19: `queues.orders.delay`: too long"),
        ("queues.orders.delay", "queues.orders", "a.yaml:2:19: `queues.orders.delay`: too long"),
        ("", "queues.orders", "a.yaml:2:3: `queues.orders`: too long"),
        ("", "", "a.yaml:1:1: too long"),
    ],
)
def test_an_error_of_a_setting_is_shown_at_its_place(key: str, within: str, shown: str) -> None:
    """Rooms name the setting, relative or in full; the scenario knows the line."""
    scenario = scenario_with("queues:\n  orders: {delay: 5 s}\n")
    mistakes = scenario.mistakes()

    scenario.note(mistakes, ConfigurationError("too long", key=key), within)

    assert str(mistakes.error()).splitlines()[0] == shown


def test_anything_may_stand_where_data_is_wanted() -> None:
    """Bodies and events are JSON of any shape."""
    body: Any = {"a": [1, 2.5, None, True, "yes"], "b": {}}

    scenario = loads("workload:\n  - {send: {queue: q, body: {a: [1, 2.5, ~, true, yes], b: {}}}}\n")

    send = scenario.spec.workload[0].send
    assert send is not None
    assert send.body == body
