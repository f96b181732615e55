"""Where does a record of Kafka go? To the partition that its key leads to, as Kafka's own clients have it."""

import pytest

from eventsim import ApiError, ConfigurationError, SyncSimulation
from eventsim_sources.kafka.partitioner import murmur2, partition_of


@pytest.mark.parametrize(
    ("data", "hashed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_the_hash_is_that_of_kafka(data: bytes, hashed: int) -> None:
    """The numbers stand in the tests of Kafka itself."""
    assert murmur2(data) == hashed & 0xFFFFFFFF


def test_a_key_leads_to_one_partition() -> None:
    """The sign of the hash is dropped before it is divided."""
    assert partition_of(b"21", 7) == (-973932308 & 0x7FFFFFFF) % 7


def test_records_without_key_take_turns(world: SyncSimulation) -> None:
    """A partition that is named counts, whatever the key."""
    world.add_source("clusters", "shop", topics={"orders": {"partitions": 3}})

    placed = [world.produce("orders", "x") for _ in range(4)]
    named = world.produce("orders", "x", key="k", partition=2)

    assert placed == [(0, 0), (1, 0), (2, 0), (0, 1)]
    assert named == (2, 1)


def test_a_cluster_with_topics_has_no_others(world: SyncSimulation) -> None:
    """Nor has a topic other partitions than its own."""
    world.add_source("clusters", "shop", topics={"orders": {"partitions": 2}})

    with pytest.raises(ApiError, match=r"Topic order not present in metadata: the cluster shop has orders\."):
        world.produce("order", "x")
    with pytest.raises(ApiError, match="no partition 2"):
        world.produce("orders", "x", partition=2)


def test_a_cluster_without_topics_has_any(world: SyncSimulation) -> None:
    """Each has one partition, and the trace tells of it."""
    world.add_source("clusters", "shop")

    assert world.produce("whatever", "x") == (0, 0)
    assert [entry.detail for entry in world.trace.entries(["topic begun"])] == [{"topic": "whatever"}]


def test_one_says_to_which_of_several_clusters(world: SyncSimulation) -> None:
    """The only one goes without saying."""
    with pytest.raises(ConfigurationError, match="there is no cluster of Kafka; declare one"):
        world.produce("orders", "x")
    world.add_source("clusters", "a")
    world.add_source("clusters", "b")

    with pytest.raises(ConfigurationError, match="there are a, b"):
        world.produce("orders", "x")
    with pytest.raises(ConfigurationError, match="there is no cluster of Kafka 'c'"):
        world.produce("orders", "x", cluster="c")
    assert world.produce("orders", "x", cluster="b") == (0, 0)


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"topics": {"a b": {}}}, "clusters.shop.topics.a b"),
        ({"topics": {"orders": {"partitions": 0}}}, "clusters.shop.topics.orders.partitions"),
        ({"topics": {"orders": {"retention": "x"}}}, "clusters.shop.topics.orders.retention"),
        ({"arn": "arn:aws:kafka:r:1:cluster/c/1", "bootstrap_servers": ["a:1"]}, "clusters.shop.bootstrap_servers"),
    ],
)
def test_what_cannot_be_is_refused(world: SyncSimulation, settings: dict[str, object], key: str) -> None:
    """The error names the setting."""
    with pytest.raises(ConfigurationError) as refused:
        world.add_source("clusters", "shop", **settings)

    assert refused.value.key == key
