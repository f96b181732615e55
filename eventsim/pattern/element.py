"""Which values does a leaf of a pattern accept?  A leaf is an array of elements, any of which may accept."""

import operator
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import msgspec

from eventsim.pattern.address import address_of, inside_block, same_address
from eventsim.pattern.dialect import Dialect
from eventsim.pattern.notation import NUMBER_TYPES, Fault, Members, Number, as_double, in_json, number_text
from eventsim.pattern.numeric import compile_numeric
from eventsim.pattern.wildcard import compile_wildcard

Test = Callable[[object], bool]

UNREADABLE: Final = object()
"""The value of a field that is there but that no element accepts, such as a malformed string array."""


class Leaf(msgspec.Struct, frozen=True, kw_only=True):
    """What the pattern asks of one key.

    Attributes:
        test: accepts a value: a string, a number, true, false or null.
        accepts_absence: the key may be missing.
        wanted: the same in words.
        strings: if it accepts these strings and nothing else, they; else empty.
    """

    test: Test
    accepts_absence: bool
    wanted: str
    strings: frozenset[str] = frozenset()


class _Element(msgspec.Struct, frozen=True):
    test: Test
    wanted: str
    accepts_absence: bool = False


def compile_leaf(values: Sequence[object], dialect: Dialect) -> Leaf:
    """Compile the array of a leaf."""
    if not values:
        raise Fault("Empty arrays are not allowed")
    elements = [_compile_element(value, dialect) for value in values]
    # Equal strings, by far the most frequent elements, are one look into a set.
    strings = frozenset(value for value in values if isinstance(value, str))
    tests = [element.test for value, element in zip(values, elements, strict=True) if not isinstance(value, str)]
    tests += [same_address(address) for text in sorted(strings) if (address := address_of(text))]
    if strings:
        tests.insert(0, strings.__contains__)
    return Leaf(
        test=tests[0] if len(tests) == 1 else _any_of(tuple(tests)),
        accepts_absence=any(element.accepts_absence for element in elements),
        wanted=_listed([element.wanted for element in elements]),
        strings=strings if len(tests) == 1 else frozenset(),
    )


def _any_of(tests: Sequence[Test]) -> Test:
    def test(value: object) -> bool:
        for accepts in tests:  # noqa: SIM110 - a third of any()'s time
            if accepts(value):
                return True
        return False

    return test


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _compile_element(value: object, dialect: Dialect) -> _Element:
    match value:
        case str():
            return _Element(frozenset({value}).__contains__, in_json(value))
        case Number():
            return _Element(_same_number([value], dialect), value.text)
        case None | True | False:
            return _Element(partial(operator.is_, value), in_json(value))
        case Members():
            return _compile_operator(value, dialect)
        case _:
            raise Fault("Match value must be String, number, true, false, or null")


def _compile_operator(members: Members, dialect: Dialect) -> _Element:
    if not members:
        raise Fault("Match expression name not found")
    name, argument = members[0]
    if name not in dialect.operators:
        raise Fault(f"Unrecognized match type {name}")
    element = _COMPILERS[name](argument, dialect)
    if len(members) > 1:
        raise Fault("Only one key allowed in match expression")
    return element


def _same_number(numbers: Sequence[Number], dialect: Dialect) -> Test:
    """Accept numbers of equal value, or of equal spelling where the dialect compares text.

    That spelling counts inside `anything-but` as well is unconfirmed.
    """
    if dialect.compares_number_text:
        texts = frozenset(number.text for number in numbers)
        return lambda value: isinstance(value, int | float) and type(value) is not bool and number_text(value) in texts
    values = frozenset(number.value for number in numbers)
    return lambda value: type(value) in NUMBER_TYPES and as_double(value) in values


def _equal_folding_case(text: str) -> str:
    """Write the regular expression for text whose every character may stand in upper or lower form."""
    forms = (dict.fromkeys((character.lower(), character.upper())) for character in text)
    return "".join(f"(?:{'|'.join(map(re.escape, form))})" for form in forms)


def _string_argument(name: str, argument: object) -> str:
    if not isinstance(argument, str):
        raise Fault(f"{name} match pattern must be a string")
    return argument


def _ignored_case_argument(name: str, members: Members) -> str:
    """Read the `{"equals-ignore-case": "x"}` inside a prefix or suffix."""
    if not members:
        raise Fault(f"{name.capitalize()} expression name not found")
    inner, argument = members[0]
    if inner != "equals-ignore-case":
        raise Fault(f"Unsupported {name} pattern: {inner}")
    text = _string_argument(inner, argument)
    if len(members) > 1:
        raise Fault("Only one key allowed in match expression")
    return text


def _begins(text: str) -> Test:
    return lambda value: type(value) is str and value.startswith(text)


def _ends(text: str) -> Test:
    return lambda value: type(value) is str and value.endswith(text)


def _fits(expression: str) -> Test:
    match = re.compile(rf"{expression}\Z", re.DOTALL).match
    return lambda value: type(value) is str and match(value) is not None


def _prefix(argument: object, dialect: Dialect) -> _Element:
    if isinstance(argument, Members) and dialect.ignores_case_inside:
        text = _ignored_case_argument("prefix", argument)
        return _Element(
            _fits(f"{_equal_folding_case(text)}.*"), f"a string that begins with {in_json(text)} in any case"
        )
    text = _string_argument("prefix", argument)
    return _Element(_begins(text), f"a string that begins with {in_json(text)}")


def _suffix(argument: object, dialect: Dialect) -> _Element:
    if isinstance(argument, Members) and dialect.ignores_case_inside:
        text = _ignored_case_argument("suffix", argument)
        return _Element(_fits(f".*{_equal_folding_case(text)}"), f"a string that ends with {in_json(text)} in any case")
    text = _string_argument("suffix", argument)
    return _Element(_ends(text), f"a string that ends with {in_json(text)}")


def _equals_ignore_case(argument: object, _dialect: Dialect) -> _Element:
    text = _string_argument("equals-ignore-case", argument)
    return _Element(_fits(_equal_folding_case(text)), f"{in_json(text)} in any case")


def _exactly(argument: object, _dialect: Dialect) -> _Element:
    text = _string_argument("exact", argument)
    return _Element(frozenset({text}).__contains__, in_json(text))


def _wildcard(argument: object, _dialect: Dialect) -> _Element:
    text = _string_argument("wildcard", argument)
    return _Element(compile_wildcard(text), f"a string like {in_json(text)}")


def _cidr(argument: object, _dialect: Dialect) -> _Element:
    text = _string_argument("prefix", argument)  # the wrong operator's name is AWS's (recorded)
    return _Element(inside_block(text), f"an address in {text}")


def _exists(argument: object, _dialect: Dialect) -> _Element:
    if argument is True:
        return _Element(lambda value: value is not UNREADABLE, "any value")
    if argument is False:
        return _Element(lambda _: False, "no value at all", accepts_absence=True)
    raise Fault("exists match pattern must be either true or false.")


def _numeric(argument: object, _dialect: Dialect) -> _Element:
    test, wanted = compile_numeric(argument)
    return _Element(test, wanted)


def _anything_but(argument: object, dialect: Dialect) -> _Element:
    """Accept any value that is there and that the argument does not accept, null included."""
    match argument:
        case Members():
            refused = _refused_by_operator(argument, dialect)
        case str() | Number():
            refused = _refused_values([argument], dialect)
        case list():
            refused = _refused_values(argument, dialect)
        case _:
            raise Fault("Value of anything-but must be an array or single string/number value.")
    refuses = refused.test
    return _Element(lambda value: not refuses(value) and value is not UNREADABLE, f"any value but {refused.wanted}")


def _refused_values(values: Sequence[object], dialect: Dialect) -> _Element:
    if any(not isinstance(value, str | Number) for value in values):
        raise Fault("Inside anything but list, start|null|boolean is not supported.")
    strings = [value for value in values if isinstance(value, str)]
    numbers = [value for value in values if isinstance(value, Number)]
    if bool(strings) == bool(numbers):
        raise Fault("Inside anything but list, either all values are number or string, mixed type is not supported")
    wanted = _listed([in_json(text) for text in strings] or [n.text for n in numbers])
    return _Element(frozenset(strings).__contains__ if strings else _same_number(numbers, dialect), wanted)


def _refused_by_operator(members: Members, dialect: Dialect) -> _Element:
    if not members:
        raise Fault("Anything-But expression name not found")
    name, argument = members[0]
    if name not in dialect.anything_but:
        raise Fault(f"Unsupported anything-but pattern: {name}")
    texts = _refused_texts(name, argument)
    if len(members) > 1:
        raise Fault("Only one key allowed in match expression")
    elements = [_COMPILERS[name](text, dialect) for text in texts]
    return _Element(_any_of([element.test for element in elements]), _listed([e.wanted for e in elements]))


def _refused_texts(name: str, argument: object) -> list[str]:
    """Read the string or the list of strings that `anything-but` refuses by an operator."""
    is_affix = name in {"prefix", "suffix"}
    if is_affix and isinstance(argument, Members):
        raise Fault("Value of anything-but must be an array or single string/number value.")
    arguments = argument if isinstance(argument, list) else [argument]
    texts = [text for text in arguments if isinstance(text, str)]
    if len(texts) < len(arguments):
        raise Fault(_NOT_A_STRING[name])
    if not texts:
        raise Fault("Inside anything but list, either all values are number or string, mixed type is not supported")
    if is_affix and "" in texts:
        raise Fault("Null prefix/suffix not allowed")
    return texts


_NOT_A_STRING: Final = {
    "prefix": "prefix/suffix match pattern must be a string",
    "suffix": "prefix/suffix match pattern must be a string",
    "wildcard": "wildcard match pattern must be a string",
    "equals-ignore-case": "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
}

_COMPILERS: Final[dict[str, Callable[[object, Dialect], _Element]]] = {
    "anything-but": _anything_but,
    "cidr": _cidr,
    "equals-ignore-case": _equals_ignore_case,
    "exactly": _exactly,
    "exists": _exists,
    "numeric": _numeric,
    "prefix": _prefix,
    "suffix": _suffix,
    "wildcard": _wildcard,
}
