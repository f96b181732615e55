"""By what are a table's items found? Its key, the keys of its indexes, and what an item must have for them."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from eventsim import ApiError
from eventsim_sources.table import errors
from eventsim_sources.table.limits import HASH_KEY_BYTES_MAX, RANGE_KEY_BYTES_MAX

Value = Mapping[str, Any]


class Key(Struct, frozen=True, gc=False):
    """The attributes that make a key.

    Attributes:
        hash_name: what is equal stands together.
        range_name: the order within; "" if nothing orders it.
        more_hash_names: of a global index, what else must be equal.
        more_range_names: of a global index, the order within that order.
    """

    hash_name: str
    range_name: str = ""
    more_hash_names: tuple[str, ...] = ()
    more_range_names: tuple[str, ...] = ()

    @property
    def hash_names(self) -> tuple[str, ...]:
        """The attributes that must be equal."""
        return (self.hash_name, *self.more_hash_names)

    @property
    def range_names(self) -> tuple[str, ...]:
        """The attributes that order, the first before the others."""
        return (self.range_name, *self.more_range_names) if self.range_name else ()

    @property
    def names(self) -> tuple[str, ...]:
        """The attributes' names."""
        return (*self.hash_names, *self.range_names)


class Index(Struct, frozen=True, kw_only=True):
    """A secondary index.

    Attributes:
        projection: `ALL`, `KEYS_ONLY` or `INCLUDE`.
        included: with `INCLUDE`, which attributes beside the keys.
        is_global: whether its hash attribute is its own.
    """

    name: str
    key: Key
    projection: str = "ALL"
    included: tuple[str, ...] = ()
    is_global: bool = True


class Schema(Struct, frozen=True, kw_only=True):
    """What is fixed about a table's items.

    Attributes:
        types: the type (`S`, `N`, `B`) of every attribute of a key.
        indexes: by name.
    """

    key: Key
    types: Mapping[str, str]
    indexes: Mapping[str, Index] = {}

    def key_of(self, item: Mapping[str, Value]) -> dict[str, Any]:
        """Return the key attributes of an item, as values of the caller's own."""
        return {name: dict(item[name]) for name in self.key.names}

    def projected_names(self, index: Index) -> frozenset[str] | None:
        """Return the attributes that an index has, None for all."""
        if index.projection == "ALL":
            return None
        return frozenset((*self.key.names, *index.key.names, *index.included))

    def check_item(self, item: Mapping[str, Value]) -> None:
        """Check the key attributes of a whole item.

        Raises:
            ApiError: one is missing, empty, too long or of another type.
        """
        for name in self.key.names:
            value = item.get(name)
            if value is None:
                raise errors.parameters_invalid(f"Missing the key {name} in the item")
            self._check_type(name, value)
            self._check_content(name, value)
        for index in self.indexes.values():
            self._check_index_key(index, item)

    def check_updated(self, item: Mapping[str, Value]) -> None:
        """Check the attributes of an updated item that indexes have as keys.

        Raises:
            ApiError: one is empty, too long or of another type.
        """
        for index in self.indexes.values():
            for name in index.key.names:
                value = item.get(name)
                if value is None or name in self.key.names:
                    continue
                ((actual, content),) = value.items()
                if actual != self.types[name]:
                    raise errors.invalid(
                        "The update expression attempted to update the secondary index key to unsupported type"
                    )
                if not content:
                    raise errors.invalid(
                        "One or more parameter values are not valid. The update expression attempted to update a "
                        f"secondary index key to a value that is not supported. {_empty(value)}"
                    )
                if _excess(index.key, name, content):
                    raise errors.invalid(
                        "The update expression attempted to update the secondary index key beyond allowed size limits"
                    )

    def check_key(self, key: Mapping[str, Value]) -> None:
        """Check a key that is given to find an item.

        Raises:
            ApiError: it has other attributes than the table's key, or one is empty or too long.
        """
        names = self.key.names
        if len(key) != len(names):
            raise errors.key_mismatch()
        for name in names:
            value = key.get(name)
            if value is None or self.types[name] not in value:
                raise errors.key_mismatch()
        for name in names:
            self._check_content(name, key[name])

    def check_wanted(self, index: Index | None, values: Iterable[tuple[str, Value]]) -> None:
        """Check what a query looks for in key attributes.

        Args:
            values: names of key attributes, and the values that they shall have.

        Raises:
            ApiError: one is empty, as no key is.
        """
        for name, value in values:
            (content,) = value.values()
            if content:
                continue
            if index is None:
                raise errors.invalid(f"One or more parameter values are not valid. {_empty(value)} Key: {name}")
            raise _empty_index_key(index, name, value)

    def _check_type(self, name: str, value: Value) -> None:
        (actual,) = value
        if actual != self.types[name]:
            raise errors.parameters_invalid(
                f"Type mismatch for key {name} expected: {self.types[name]} actual: {actual}"
            )

    def _check_content(self, name: str, value: Value) -> None:
        (content,) = value.values()
        if not content:
            raise errors.invalid(f"One or more parameter values are not valid. {_empty(value)} Key: {name}")
        if excess := _excess(self.key, name, content):
            raise errors.parameters_invalid(excess)

    def _check_index_key(self, index: Index, item: Mapping[str, Value]) -> None:
        for name in index.key.names:
            value = item.get(name)
            if value is None or name in self.key.names:
                continue
            ((actual, content),) = value.items()
            expected = self.types[name]
            if actual != expected:
                raise errors.parameters_invalid(
                    f"Type mismatch for Index Key {name} Expected: {expected} Actual: {actual} IndexName: {index.name}"
                )
            if not content:
                raise _empty_index_key(index, name, value)
            if excess := _excess(index.key, name, content):
                raise errors.parameters_invalid(excess)  # unconfirmed: the words for a key of the table


def _excess(key: Key, name: str, content: str | bytes) -> str:
    """Tell that an attribute of a key is too long, "" if it is not."""
    if len(content) * 3 <= RANGE_KEY_BYTES_MAX:  # even if each character takes three bytes; most have one
        return ""
    size_bytes = len(content.encode("utf-8", "surrogatepass")) if isinstance(content, str) else len(content)
    if name in key.hash_names and size_bytes > HASH_KEY_BYTES_MAX:
        return f"Size of hashkey has exceeded the maximum size limit of{HASH_KEY_BYTES_MAX} bytes"
    if name in key.range_names and size_bytes > RANGE_KEY_BYTES_MAX:
        return f"Aggregated size of all range keys has exceeded the size limit of {RANGE_KEY_BYTES_MAX} bytes"
    return ""


def _empty_index_key(index: Index, name: str, value: Value) -> ApiError:
    return errors.invalid(
        "One or more parameter values are not valid. A value specified for a secondary index key is not "
        f"supported. {_empty(value)} IndexName: {index.name}, IndexKey: {name}"
    )


def _empty(value: Value) -> str:
    kind = "binary" if "B" in value else "string"
    return f"The AttributeValue for a key attribute cannot contain an empty {kind} value."
