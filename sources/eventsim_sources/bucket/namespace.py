"""Whose is a bucket's name? A name is one bucket in all accounts and regions, wherever it lies (documented).

S3 sends a client that asks in another region on to the bucket's own (301), and SDKs follow. Here it is answered.
"""

from collections.abc import Iterator, Mapping
from itertools import chain

from eventsim import World
from eventsim_sources.bucket.source import Bucket


def buckets_of_account(world: World) -> Mapping[str, Bucket]:
    """Return the buckets of a world's account in all regions, by name."""
    beside = (each for each in world.neighbours() if each.account_id == world.account_id)
    return dict(sorted((bucket.name, bucket) for each in chain([world], beside) for bucket in _buckets(each)))


def find_bucket(world: World, name: str) -> Bucket | None:
    """Return a bucket of a world's account, wherever it lies."""
    own = world.sources(Bucket.kind).get(name)
    return own if isinstance(own, Bucket) else buckets_of_account(world).get(name)


def find_bucket_of_anybody(world: World, name: str) -> Bucket | None:
    """Return a bucket, wherever it lies and whose it is."""
    everywhere = chain([world], world.neighbours())
    found = next((each.sources(Bucket.kind)[name] for each in everywhere if name in each.sources(Bucket.kind)), None)
    return found if isinstance(found, Bucket) else None


def is_taken(world: World, name: str) -> bool:
    """Tell whether another account has a bucket of this name."""
    return any(name in each.sources(Bucket.kind) for each in world.neighbours() if each.account_id != world.account_id)


def _buckets(world: World) -> Iterator[Bucket]:
    return (each for each in world.sources(Bucket.kind).values() if isinstance(each, Bucket))
