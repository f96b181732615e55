"""What becomes of the versions under a key by the lifecycle rules of their bucket, and when? Pure.

An age counts from the last change of an object, or, for a version that is no longer current, from the day on which
another came after it; it is rounded up to a midnight (documented). One thing a day becomes of a version: to go for good
comes before a move to another storage class, and that before a delete marker; of several classes the cheapest is meant
(documented). Classes are a waterfall: nothing moves up again. What a lock protects stays until the lock ends.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from msgspec import Struct

from eventsim_sources.bucket.version import DeleteMarker, ObjectVersion, Version

DAY_S: Final = 86_400
SMALL_BYTES: Final = 128 * 1024
"""What is smaller moves nowhere, unless its rule has a size in its filter (documented)."""
LEAST_SIZES: Final = ("all_storage_classes_128K", "varies_by_storage_class")
"""How small an object may be that moves to another storage class; the first is meant if nothing is said."""

_WATERFALL: Final = (
    *("STANDARD", "STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"),
)
_ARCHIVES: Final = frozenset({"GLACIER", "DEEP_ARCHIVE"})


class Action(Struct, frozen=True, kw_only=True, gc=False):
    """What a rule does to a version.

    Attributes:
        days: at which age.
        date_s: from which midnight on, in seconds since 1970, None if an age is meant.
        newer_count: how many newer versions that are not current must be there.
        storage_class: where the version moves, "" if it goes.
    """

    days: int = 0
    date_s: int | None = None
    newer_count: int = 0
    storage_class: str = ""

    def due_s(self, since_s: int) -> int:
        """Return the midnight from which on this is done."""
        return midnight_after(since_s + self.days * DAY_S) if self.date_s is None else self.date_s


class Rule(Struct, frozen=True, kw_only=True, gc=False):
    """A lifecycle rule that is enabled, made ready for looking through many versions.

    Attributes:
        size_bytes_above: objects must be larger than that.
        size_bytes_below: objects must be smaller than that, None for any size.
        current: what becomes of the current version.
        noncurrent: what becomes of the others.
        removes_lone_markers: whether delete markers go that cover nothing.
        abort_days: the age at which uploads that were not completed go, None if they stay.
        small_moves_to: the storage classes to which small objects move.
    """

    id: str
    prefix: str = ""
    tags: Mapping[str, str] = {}
    size_bytes_above: int = -1
    size_bytes_below: int | None = None
    current: tuple[Action, ...] = ()
    noncurrent: tuple[Action, ...] = ()
    removes_lone_markers: bool = False
    abort_days: int | None = None
    small_moves_to: frozenset[str] = frozenset()

    def is_about(self, version: Version) -> bool:
        """Tell whether a version is one of those that the rule means; a marker has no tags and no bytes."""
        if not version.key.startswith(self.prefix):
            return False
        tags, size_bytes = (version.tags, version.size_bytes) if isinstance(version, ObjectVersion) else ({}, 0)
        return (
            all(tags.get(key) == value for key, value in self.tags.items())
            and size_bytes > self.size_bytes_above
            and (self.size_bytes_below is None or size_bytes < self.size_bytes_below)
        )

    def moves(self, version: ObjectVersion, storage_class: str) -> bool:
        """Tell whether a version can move to a class: down the waterfall, and if it is small only where it may."""
        way = (version.storage_class, storage_class)
        if version.storage_class in _WATERFALL:
            before, after = (_WATERFALL.index(each) for each in way)
            if before >= after or way == ("ONEZONE_IA", "GLACIER_IR"):
                return False
        return version.size_bytes >= SMALL_BYTES or storage_class in self.small_moves_to


class Due(Struct, frozen=True, kw_only=True, gc=False):
    """What becomes of a version, and from when on.

    Attributes:
        at_s: the instant in seconds since 1970.
        storage_class: where it moves, "" if it goes.
        is_final: whether it goes for good, and not under a delete marker.
    """

    at_s: int
    version: Version
    storage_class: str = ""
    is_final: bool = False


def rules_of(configuration: Mapping[str, Any] | None) -> tuple[Rule, ...]:
    """Return the enabled rules of a lifecycle configuration in botocore's shape, as it is kept."""
    configuration = configuration or {}
    varies = configuration.get("TransitionDefaultMinimumObjectSize") == LEAST_SIZES[1]
    given = configuration.get("Rules", ())
    return tuple(_rule(each, varies=varies) for each in given if each["Status"] == "Enabled")


def dues(rules: Sequence[Rule], versions: Sequence[Version], *, is_versioned: bool) -> Iterator[Due]:
    """Yield all that becomes of the versions under a key if nothing else happens to them.

    Args:
        versions: newest first.
        is_versioned: whether what goes leaves a delete marker.
    """
    for index, version in enumerate(versions):
        for rule in rules:
            if not rule.is_about(version):
                continue
            if index:
                yield from _of_noncurrent(rule, version, versions[index - 1], newer_count=index - 1)
            elif isinstance(version, ObjectVersion):
                yield from _of_current(rule, version, is_versioned=is_versioned)
            elif len(versions) == 1:
                yield from _of_lone_marker(rule, version)


def chosen(due: Collection[Due]) -> list[Due]:
    """Return what happens of all that is due: one thing for each version."""
    first: dict[str, Due] = {}
    for each in sorted(due, key=_precedence):
        first.setdefault(each.version.version_id, each)
    return list(first.values())


def expiration_of(rules: Sequence[Rule], version: ObjectVersion) -> tuple[int, str] | None:
    """Return when a rule lets the current version of an object go, and the rule's id; None for never."""
    ends = [
        (action.due_s(version.modified_s), rule.id)
        for rule in rules
        for action in rule.current
        if not action.storage_class and rule.is_about(version)
    ]
    return min(ends, default=None)


def abortion_of(rules: Sequence[Rule], key: str, initiated_s: int) -> tuple[int, str] | None:
    """Return when a rule lets an upload go that is not completed, and the rule's id; None for never."""
    ends = [
        (midnight_after(initiated_s + rule.abort_days * DAY_S), rule.id)
        for rule in rules
        if rule.abort_days is not None and key.startswith(rule.prefix)
    ]
    return min(ends, default=None)


def midnight_after(epoch_s: int) -> int:
    """Return an instant if it is midnight, and else the midnight that follows (unconfirmed for midnight itself)."""
    return -(-epoch_s // DAY_S) * DAY_S


def _of_current(rule: Rule, version: ObjectVersion, *, is_versioned: bool) -> Iterator[Due]:
    for action in rule.current:
        at_s = action.due_s(version.modified_s)
        if not action.storage_class:
            yield Due(at_s=at_s, version=version, is_final=not is_versioned)
        elif rule.moves(version, action.storage_class):
            yield Due(at_s=at_s, version=version, storage_class=action.storage_class)


def _of_lone_marker(rule: Rule, marker: Version) -> Iterator[Due]:
    """Yield when a delete marker goes that covers nothing: at once, or when an object of its age would."""
    if rule.removes_lone_markers:
        yield Due(at_s=marker.modified_s, version=marker, is_final=True)
    for action in rule.current:
        if not action.storage_class:
            yield Due(at_s=action.due_s(marker.modified_s), version=marker, is_final=True)


def _of_noncurrent(rule: Rule, version: Version, successor: Version, *, newer_count: int) -> Iterator[Due]:
    for action in rule.noncurrent:
        if newer_count < action.newer_count:
            continue
        at_s = action.due_s(successor.modified_s)
        if not action.storage_class:
            free_s = _free_from_s(version)
            if free_s is not None:
                yield Due(at_s=max(at_s, midnight_after(free_s)), version=version, is_final=True)
        elif isinstance(version, ObjectVersion) and rule.moves(version, action.storage_class):
            yield Due(at_s=at_s, version=version, storage_class=action.storage_class)


def _free_from_s(version: Version) -> int | None:
    """Return from when on no lock protects a version, None if a legal hold does until somebody ends it."""
    if isinstance(version, DeleteMarker):
        return 0
    if version.properties.get("ObjectLockLegalHoldStatus") == "ON":
        return None
    until = version.properties.get("ObjectLockRetainUntilDate")
    return 0 if until is None else int(datetime.fromisoformat(until).timestamp())


def _precedence(due: Due) -> tuple[bool, bool, int]:
    rank = _WATERFALL.index(due.storage_class) if due.storage_class else 0
    return not due.is_final, not due.storage_class, -rank


# --- as clients put them ------------------------------------------------------------------------------------


def _rule(given: Mapping[str, Any], *, varies: bool) -> Rule:
    conditions = conditions_of(given)
    has_size = "ObjectSizeGreaterThan" in conditions or "ObjectSizeLessThan" in conditions
    expiration = given.get("Expiration") or {}
    ends = [_action(expiration)] if "Days" in expiration or "Date" in expiration else []
    noncurrent = [given["NoncurrentVersionExpiration"]] if given.get("NoncurrentVersionExpiration") else []
    return Rule(
        id=given["ID"],
        prefix=conditions.get("Prefix") or "",
        tags={tag["Key"]: tag["Value"] for tag in tags_of(conditions)},
        size_bytes_above=conditions.get("ObjectSizeGreaterThan", -1),
        size_bytes_below=conditions.get("ObjectSizeLessThan"),
        current=(*ends, *(_action(each) for each in given.get("Transitions") or ())),
        noncurrent=tuple(_action(each) for each in (*noncurrent, *(given.get("NoncurrentVersionTransitions") or ()))),
        removes_lone_markers=bool(expiration.get("ExpiredObjectDeleteMarker")),
        abort_days=(given.get("AbortIncompleteMultipartUpload") or {}).get("DaysAfterInitiation"),
        small_moves_to=frozenset(_WATERFALL) if has_size else _ARCHIVES if varies else frozenset(),
    )


def _action(given: Mapping[str, Any]) -> Action:
    date = given.get("Date")
    return Action(
        days=given.get("Days", given.get("NoncurrentDays", 0)),
        date_s=None if date is None else int(date.astimezone(UTC).timestamp()),
        newer_count=given.get("NewerNoncurrentVersions", 0),
        storage_class=given.get("StorageClass", ""),
    )


def conditions_of(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a rule demands of objects, whether within `And` or not."""
    conditions: Mapping[str, Any] = rule.get("Filter", {"Prefix": rule.get("Prefix", "")})
    inner: Mapping[str, Any] = conditions.get("And", conditions)
    return inner


def tags_of(conditions: Mapping[str, Any]) -> list[Mapping[str, str]]:
    """Return the tags among the conditions of a rule, of which one may stand alone."""
    return [*conditions.get("Tags", ()), *([conditions["Tag"]] if "Tag" in conditions else ())]
