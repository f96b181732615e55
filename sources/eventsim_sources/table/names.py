"""What do the `#names` and `:values` of a request stand for, and is each of them used?"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from eventsim import ApiError
from eventsim_sources.table.expression.errors import invalid, refused
from eventsim_sources.table.expression.path import DocumentPath
from eventsim_sources.table.expression.tree import Alias, Parameter, Path
from eventsim_sources.table.value import AttributeValue, checked

_NAME: Final = re.compile(r"#[A-Za-z0-9_]+")
_VALUE: Final = re.compile(r":[A-Za-z0-9_]+")


class Names:
    """ExpressionAttributeNames and ExpressionAttributeValues of one request, shared by all its expressions.

    Raises:
        ApiError: ValidationException, when one of them is empty, or a key or value is not well formed.
    """

    __slots__ = ("_expressions", "_names", "_unused_names", "_unused_values", "_values")

    def __init__(
        self,
        attribute_names: Mapping[str, str] | None = None,
        attribute_values: Mapping[str, AttributeValue] | None = None,
    ) -> None:
        self._names = _checked_names(attribute_names)
        self._values = _checked_values(attribute_values)
        self._unused_names = dict.fromkeys(self._names)
        self._unused_values = dict.fromkeys(self._values)
        self._expressions = False

    def begin(self) -> None:
        """Note that the request has an expression."""
        self._expressions = True

    def path(self, path: Path, what: str) -> DocumentPath:
        """Put the names in place of the aliases of a path.

        Raises:
            ApiError: ValidationException, when an alias is not defined.
        """
        if path.plain:
            return path.elements  # type: ignore[return-value]  # a plain path holds no alias
        return tuple(self._name(each.name, what) if isinstance(each, Alias) else each for each in path.elements)

    def value(self, parameter: Parameter, what: str) -> AttributeValue:
        """Return the value of a parameter.

        Raises:
            ApiError: ValidationException, when it is not defined.
        """
        name = parameter.name
        if name not in self._values:
            raise invalid(
                what, f"An expression attribute value used in expression is not defined; attribute value: {name}"
            )
        self._unused_values.pop(name, None)
        return self._values[name]

    def check_all_used(self, expressions: Sequence[str] = ()) -> None:
        """Check that each name and value is used by an expression that was parsed with them.

        Args:
            expressions: the parameters of the operation that may hold expressions, to be named when none is given.

        Raises:
            ApiError: ValidationException, when one is not used or there is no expression at all.
        """
        if not self._expressions and self._names:
            raise refused("ExpressionAttributeNames can only be specified when using expressions")
        if not self._expressions and self._values:
            are = "is" if len(expressions) == 1 else "are"
            end = f": {' and '.join(expressions)} {are} null" if expressions else ""
            raise refused(f"ExpressionAttributeValues can only be specified when using expressions{end}")
        for kind, unused in (("Names", self._unused_names), ("Values", self._unused_values)):
            if unused:
                keys = ", ".join(unused)
                raise refused(f"Value provided in ExpressionAttribute{kind} unused in expressions: keys: {{{keys}}}")

    def _name(self, alias: str, what: str) -> str:
        if alias not in self._names:
            raise invalid(
                what, f"An expression attribute name used in the document path is not defined; attribute name: {alias}"
            )
        self._unused_names.pop(alias, None)
        return self._names[alias]


def _checked_names(given: Mapping[str, str] | None) -> dict[str, str]:
    if given is None:
        return {}
    if not given:
        raise refused("ExpressionAttributeNames must not be empty")
    for key, name in given.items():
        if not _NAME.fullmatch(key):
            raise refused(f'ExpressionAttributeNames contains invalid key: Syntax error; key: "{key}"')
        if not name:
            raise refused(
                f"ExpressionAttributeNames contains invalid value: Attribute name must not be empty for key {key}"
            )
    return dict(given)


def _checked_values(given: Mapping[str, AttributeValue] | None) -> dict[str, AttributeValue]:
    if given is None:
        return {}
    if not given:
        raise refused("ExpressionAttributeValues must not be empty")
    for key in given:
        if not _VALUE.fullmatch(key):
            raise refused(f'ExpressionAttributeValues contains invalid key: Syntax error; key: "{key}"')
    return {key: _checked_value(key, value) for key, value in given.items()}


def _checked_value(key: str, value: AttributeValue) -> AttributeValue:
    try:
        return checked(value, key)
    except ApiError as error:
        reason = f"ExpressionAttributeValues contains invalid value: {error.message} for key {key}"
        raise refused(reason) from error
