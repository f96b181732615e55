"""What does a pattern ask, key by key?

A pattern is a tree of keys with arrays at its leaves, but the engine knows only *alternatives*: each a flat table from
dotted path to leaf, all of which must hold. `$or` multiplies the alternatives; any of them may match. Where a path is
given twice the last one wins, also across `$or` (the published engine's tests; its documentation has an error there).
"""

from collections.abc import Sequence
from typing import Final, TypeGuard

from eventsim.pattern.dialect import Dialect
from eventsim.pattern.element import Leaf, compile_leaf
from eventsim.pattern.notation import Fault, Members

ALTERNATIVES_MAX: Final = 1_000
"""The most alternatives of one pattern (unconfirmed, and so are the words of the refusal)."""

Alternative = dict[str, Leaf]

_OR: Final = "$or"
_RESERVED: Final = frozenset(
    {
        *("exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr"),
        *("=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case"),
        *("date-after", "date-on-or-after", "date-before", "date-on-or-before", "in-date-range"),
        *("ip-address-in-range", "ip-address-not-in-range"),
    }
)


def compile_alternatives(pattern: object, dialect: Dialect) -> tuple[Alternative, ...]:
    """Compile a pattern that has been read; raise `Fault` where it breaks the rules."""
    if not isinstance(pattern, Members):
        raise Fault("Filter is not an object")
    if not pattern and dialect.is_empty_allowed:
        return ({},)
    alternatives = _read_object([{}], pattern, (), dialect)
    if dialect.keys_max is not None and len(dict(pattern)) > dialect.keys_max:
        raise Fault(f"Filter policy can not have more than {dialect.keys_max} keys")
    if dialect.combinations_max is not None and _combinations(pattern, depth=1) > dialect.combinations_max:
        raise Fault("Filter policy is too complex")
    return tuple(alternatives)


def _read_object(
    alternatives: list[Alternative], members: Members, path: tuple[str, ...], dialect: Dialect
) -> list[Alternative]:
    """Add what an object asks to every alternative."""
    if not members:
        raise Fault("Empty objects are not allowed", path=".".join(path))
    for key, value in members:
        inner = (*path, key)
        if key == _OR and _is_choice(value):
            alternatives = _read_choice(alternatives, value, path, dialect)
        elif isinstance(value, Members):
            if not dialect.is_nesting_allowed:
                raise Fault("Filter policy scope MessageAttributes does not support nested filter policy", path=key)
            alternatives = _read_object(alternatives, value, inner, dialect)
        elif isinstance(value, list):
            leaf = _read_leaf(value, ".".join(inner), dialect)
            for alternative in alternatives:
                alternative[".".join(inner)] = leaf
        else:
            raise Fault(f'"{key}" must be an object or an array', path=".".join(inner))
    return alternatives


def _read_leaf(values: Sequence[object], path: str, dialect: Dialect) -> Leaf:
    try:
        return compile_leaf(values, dialect)
    except Fault as fault:
        raise Fault(fault.reason, path=path) from None


def _is_choice(value: object) -> TypeGuard[Sequence[Members]]:
    """Tell whether the value of `$or` makes it more than an ordinary key."""
    if not isinstance(value, list) or not value:
        return False
    return all(isinstance(branch, Members) and not _RESERVED & dict(branch).keys() for branch in value)


def _read_choice(
    alternatives: list[Alternative], branches: Sequence[Members], path: tuple[str, ...], dialect: Dialect
) -> list[Alternative]:
    """Continue every alternative with every branch."""
    grown: list[Alternative] = []
    for branch in branches:
        grown += _read_object([dict(alternative) for alternative in alternatives], branch, path, dialect)
        if len(grown) > ALTERNATIVES_MAX:
            raise Fault(f"Rule is too complex - more than {ALTERNATIVES_MAX} combinations of $or", path=".".join(path))
    if len(branches) < 2:
        raise Fault("There must have at least 2 Objects in $or relationship.", path=".".join((*path, _OR)))
    return grown


def _combinations(members: Members, depth: int) -> int:
    """Multiply the number of values of each key by its depth; the branches of `$or` add up."""
    product = 1
    for key, value in dict(members).items():
        if key == _OR and _is_choice(value):
            product *= sum(_combinations(branch, depth) for branch in value)
        elif isinstance(value, Members):
            product *= _combinations(value, depth + 1)
        elif isinstance(value, list):
            product *= len(value) * depth
    return product
