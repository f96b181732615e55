"""What do buses, archives, connections, API destinations and endpoints keep of what they are given, and tell again?"""

from typing import Any

import pytest

from tests.sources.bus.conftest import HERE, Bench

BASIC = {"BasicAuthParameters": {"Username": "u", "Password": "p"}}
MADE: dict[str, Any] = {
    "event_bus": {"Name": "x"},
    "archive": {"ArchiveName": "x", "EventSourceArn": f"arn:aws:events:{HERE}:event-bus/default"},
    "connection": {"Name": "x", "AuthorizationType": "BASIC", "AuthParameters": BASIC},
}
"""Resources with a description and a key → what else makes one."""


@pytest.mark.parametrize("kind", MADE)
def test_a_description_and_a_key_stay_until_they_are_taken_away(bench: Bench, kind: str) -> None:
    """By an empty text (documented for the key of a pipe)."""
    named = {name: value for name, value in MADE[kind].items() if name.endswith("Name")}
    told = []

    def tell() -> None:
        described = getattr(bench.events, f"describe_{kind}")(**named)
        told.append((described.get("Description"), described.get("KmsKeyIdentifier")))

    getattr(bench.events, f"create_{kind}")(**MADE[kind], Description="old", KmsKeyIdentifier="alias/old")
    tell()
    getattr(bench.events, f"update_{kind}")(**named, KmsKeyIdentifier="alias/new")
    tell()
    getattr(bench.events, f"update_{kind}")(**named, Description="", KmsKeyIdentifier="")
    tell()

    assert told == [("old", "alias/old"), ("old", "alias/new"), (None, None)]
