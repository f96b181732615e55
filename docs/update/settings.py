"""What may be set in a section of the scenario? Tables made from the structs that read it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from eventsim.function.spec import AliasSpec, EventInvokeSpec, FunctionSpec, VersionSpec
from eventsim_sources.bucket.spec import (
    BucketSpec,
    LifecycleSpec,
    NoncurrentTransitionSpec,
    NotificationSpec,
    TransitionSpec,
)
from eventsim_sources.queue.spec import DeadLetterSpec, QueueSpec

TABLES: Mapping[str, type[Struct]] = {
    "function_settings": FunctionSpec,
    "version_settings": VersionSpec,
    "alias_settings": AliasSpec,
    "event_invoke_settings": EventInvokeSpec,
    "queue_settings": QueueSpec,
    "dead_letter_settings": DeadLetterSpec,
    "bucket_settings": BucketSpec,
    "notification_settings": NotificationSpec,
    "lifecycle_settings": LifecycleSpec,
    "transition_settings": TransitionSpec,
    "noncurrent_transition_settings": NoncurrentTransitionSpec,
}
"""The tables of settings that pages may show, each by the struct that it is made from."""


def rows(spec: type[Struct]) -> Iterator[tuple[str, str]]:
    """Yield each setting that a struct adds to those it inherits, and what it means, defaults included."""
    _, definitions = msgspec.json.schema_components([spec])
    definition = definitions[spec.__name__]
    for name in (each for each in spec.__annotations__ if each in spec.__struct_fields__):
        needed = name in definition["required"]
        yield f"`{name}`", _meaning(definition["properties"][name], needed=needed)


def _meaning(setting: Mapping[str, Any], *, needed: bool) -> str:
    sentences = [setting["description"]]
    choices = [f"`{each}`" for kind in (setting, *setting.get("anyOf", ())) for each in kind.get("enum", ())]
    if not all(choice in sentences[0] for choice in choices):
        sentences.append(f"One of {', '.join(choices)}.")
    default = setting.get("default")
    if needed:
        sentences.append("Must be given.")
    elif default not in (None, "", [], {}):
        text = default if isinstance(default, str) else json.dumps(default)
        sentences.append(f"`{text}` if not given.")
    return " ".join(sentences)
