"""What does a scenario say of a table? The settings under `tables:`."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct

from eventsim import ApiError, ConfigurationError, Duration, World, duration_us, load_json
from eventsim_sources.table import creation
from eventsim_sources.table.limits import ITEM_BYTES_MAX
from eventsim_sources.table.plain import item_of
from eventsim_sources.table.schema import Index, Key, Schema
from eventsim_sources.table.settings import Settings
from eventsim_sources.table.source import Table
from eventsim_sources.table.value import Item, checked_item, size_of

_TYPES = ("S", "N", "B")
_TIME_TO_LIVE_DELAY = "1 s"


class KeySpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key of two attributes; ` N` or ` B` behind a name says that it is a number or binary."""

    hash: Annotated[str, Meta(description="The partition key: `customer`, `number N`.")]
    range: Annotated[str, Meta(description="The sort key: `placed_at`, `line N`.")] = ""


class ThroughputSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Provisioned throughput: what can be read and written in a second."""

    read: Annotated[int, Meta(description="Read capacity units: so often 4 KB in a second.", ge=1)]
    write: Annotated[int, Meta(description="Write capacity units: so often 1 KB in a second.", ge=1)]


class IndexSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A secondary index; it is a local one if its partition key is the table's and `local` says so."""

    hash: Annotated[
        str | list[str],
        Meta(description="The partition key of the index, up to 4 attributes; a local index has the table's."),
    ] = ""
    range: Annotated[str | list[str], Meta(description="The sort key of the index, up to 4 attributes.")] = ""
    projection: Annotated[
        Literal["all", "keys"] | list[str],
        Meta(description="What the index has of each item: `all` (the default), its `keys`, or these attributes too."),
    ] = "all"
    local: Annotated[bool, Meta(description="Whether it is a local secondary index.")] = False
    throughput: Annotated[
        ThroughputSpec | None,
        Meta(description="The throughput of a global index; every one has its own if its table has."),
    ] = None


class TableSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table."""

    precedes_templates: ClassVar[bool] = True

    key: Annotated[
        str | KeySpec,
        Meta(
            description="The primary key: one attribute (`id`, `number N`), or `{hash: customer, range: placed_at}`.",
            examples=["id"],
        ),
    ]
    indexes: Annotated[dict[str, IndexSpec], Meta(description="Secondary indexes by name.")] = {}
    throughput: Annotated[
        ThroughputSpec | None,
        Meta(
            description="Its provisioned throughput: what is beyond is throttled. Paid by request, and not throttled "
            "unless the scenario `throttles`, if it is left out."
        ),
    ] = None
    stream: Annotated[
        Literal["new_and_old_images", "new_image", "old_image", "keys_only"] | None,
        Meta(description="What the stream of changes shows; no stream if it is left out."),
    ] = None
    ttl: Annotated[
        str, Meta(description="The attribute that holds until when an item lives, in seconds since 1970.")
    ] = ""
    ttl_delay: Annotated[
        Duration,
        Meta(description="How long after its time is over an item is deleted: `1 s`; AWS takes up to days."),
    ] = _TIME_TO_LIVE_DELAY
    items: Annotated[
        list[dict[str, Any]] | str,
        Meta(description="Items that are there from the beginning, with plain values; or a JSON or JSON Lines file."),
    ] = []
    tags: Annotated[dict[str, str], Meta(description="Tags.")] = {}


class TableKind:
    """The section `tables:` of a scenario."""

    section: ClassVar[str] = "tables"
    spec: ClassVar[type[TableSpec]] = TableSpec

    def create(self, world: World, name: str, spec: TableSpec) -> Table:
        """Build a table with its initial items.

        Raises:
            ConfigurationError: AWS would refuse it, or an item does not fit.
        """
        _check_name(name, "table", "")
        table = Table(
            world,
            name,
            build_schema(spec),
            build_settings(spec),
            throttles=spec.throughput is not None,
            tags=spec.tags,
            time_to_live_delay_us=duration_us(spec.ttl_delay, key="ttl_delay"),
        )
        if spec.ttl:
            table.set_time_to_live(spec.ttl)
        table.fill(initial_items(table, spec.items, world.folder))
        if spec.stream is not None:
            table.enable_stream(spec.stream.upper())
        return table

    def connect(self, world: World, source: Table, spec: TableSpec) -> None:
        """Tie a table to others: there is nothing to tie, mappings name it themselves."""

    def restore(self, world: World) -> None:
        """Bring back the tables that an earlier server left in the database.

        Raises:
            ConfigurationError: Another server has it.
            StorageError: It cannot be read.
        """
        if world.database_path is not None:
            from eventsim_sources.table.restore import restore  # only servers need it

            restore(world)


def build_schema(spec: TableSpec) -> Schema:
    """Return the keys and indexes that a scenario describes.

    Raises:
        ConfigurationError: AWS would refuse them.
    """
    types: dict[str, str] = {}
    given = spec.key if isinstance(spec.key, KeySpec) else KeySpec(hash=spec.key)
    key = _key(given.hash, given.range, types, "key")
    indexes = {name: _index(name, each, key, types) for name, each in spec.indexes.items()}
    try:
        creation.check_counts(list(indexes.values()))
        creation.check_local(key, [index for index in indexes.values() if not index.is_global])
    except ApiError as error:
        reason = error.message.partition("invalid: ")[2] or error.message
        raise ConfigurationError(reason, key="indexes") from error
    return Schema(key=key, types=types, indexes=indexes)


def build_settings(spec: TableSpec) -> Settings:
    """Return how much throughput a scenario gives to a table.

    Raises:
        ConfigurationError: the table has some and a global index has none, or the other way round.
    """
    whole = spec.throughput
    for name, index in spec.indexes.items():
        where = f"indexes.{name}.throughput"
        if index.local and index.throughput is not None:
            raise ConfigurationError("a local index has the throughput of its table; leave this out", key=where)
        if whole is None and index.throughput is not None:
            message = "an index has throughput of its own if its table has: give `throughput` to the table, too"
            raise ConfigurationError(message, key=where)
        if whole is not None and not index.local and index.throughput is None:
            message = "the table has `throughput`, so this index needs its own: `{read: 5, write: 5}`"
            raise ConfigurationError(message, key=where)
    if whole is None:
        return Settings()
    units = {name: each.throughput for name, each in spec.indexes.items() if each.throughput is not None}
    return Settings(
        billing_mode="PROVISIONED",
        read_units=whole.read,
        write_units=whole.write,
        index_units={name: (each.read, each.write) for name, each in units.items()},
    )


def _check_name(name: str, what: str, key: str) -> None:
    try:
        creation.check_table_name(name)
    except ApiError as error:
        words = "a name has 3 to 255 letters, digits, `_`, `-` or `.`"
        raise ConfigurationError(f"{name!r} cannot be the name of this {what}: {words}", key=key) from error


def _key(hash_text: str, range_text: str, types: dict[str, str], key: str) -> Key:
    hash_name = _attribute(hash_text, types, f"{key}.hash")
    range_name = _attribute(range_text, types, f"{key}.range") if range_text else ""
    if hash_name == range_name:
        raise ConfigurationError(f"partition key and sort key are both {hash_name!r}; name two attributes", key=key)
    return Key(hash_name, range_name)


def _index_key(spec: IndexSpec, types: dict[str, str], key: str) -> Key:
    """Return the key of a global index, which may have several attributes of each kind."""
    elements = [
        {"AttributeName": _attribute(text, types, f"{key}.{part}"), "KeyType": kind}
        for part, kind, texts in (("hash", "HASH", spec.hash), ("range", "RANGE", spec.range))
        for text in ([texts] if isinstance(texts, str) else texts)
        if text
    ]
    try:
        return creation.read_index_key(elements)
    except ApiError as error:
        raise ConfigurationError(error.message, key=key) from error


def _index(name: str, spec: IndexSpec, key: Key, types: dict[str, str]) -> Index:
    where = f"indexes.{name}"
    _check_name(name, "index", where)
    if not spec.hash and not spec.local:
        raise ConfigurationError("a global index has a partition key of its own: `hash`", key=f"{where}.hash")
    for part, text in (("hash", spec.hash), ("range", spec.range)):
        if spec.local and not isinstance(text, str):
            raise ConfigurationError("only a global index has several; name one attribute", key=f"{where}.{part}")
    listed = isinstance(spec.projection, list)
    return Index(
        name=name,
        key=_key(str(spec.hash or key.hash_name), str(spec.range), types, where)
        if spec.local
        else _index_key(spec, types, where),
        projection="INCLUDE" if listed else "ALL" if spec.projection == "all" else "KEYS_ONLY",
        included=tuple(spec.projection) if listed else (),
        is_global=not spec.local,
    )


def _attribute(text: str, types: dict[str, str], key: str) -> str:
    """Read `name` or `name N`; the same attribute has one type wherever it stands."""
    name, _, kind = text.rpartition(" ") if text[-2:-1] == " " else (text, "", types.get(text, "S"))
    if kind not in _TYPES:
        raise ConfigurationError(f"{text!r} ends in {kind!r}; a key is S (text), N (number) or B (binary)", key=key)
    if types.setdefault(name, kind) != kind:
        raise ConfigurationError(f"{name!r} is {types[name]} elsewhere, and {kind} here; keep one", key=key)
    return name


def initial_items(table: Table, given: list[dict[str, Any]] | str, folder: Path) -> list[Item]:
    """Return the items that a table begins with.

    Raises:
        ConfigurationError: the file cannot be read, or an item does not fit the table.
    """
    plain = given if isinstance(given, list) else _read_items(folder / given, given)
    items = []
    for number, each in enumerate(plain, 1):
        try:
            item = checked_item(item_of(each, table.schema.key))
            table.schema.check_item(item)
            if size_of(item) > ITEM_BYTES_MAX:
                raise ValueError("it is larger than 400 KB")
        except (ApiError, ValueError) as error:
            reason = error.message if isinstance(error, ApiError) else str(error)
            raise ConfigurationError(f"item {number} does not fit: {reason}", key="items") from error
        items.append(item)
    return items


def _read_items(path: Path, given: str) -> Iterable[Mapping[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
        is_lines = path.suffix in (".jsonl", ".ndjson")
        items = [load_json(line) for line in text.splitlines() if line.strip()] if is_lines else load_json(text)
    except OSError as error:
        raise ConfigurationError(f"{given} cannot be read: {error.strerror}", key="items") from error
    except ValueError as error:
        raise ConfigurationError(f"{given} is no JSON: {error}", key="items") from error
    if not isinstance(items, list) or not all(isinstance(each, dict) for each in items):
        raise ConfigurationError(f"{given} must hold a list of objects", key="items")
    return items
