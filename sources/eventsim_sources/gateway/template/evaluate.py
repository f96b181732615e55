"""What does a template say for one request? Its tree, evaluated with what it may refer to."""

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from eventsim_sources.gateway.template.methods import TEXT_MAX, Entry, Nothing, call_method, shown
from eventsim_sources.gateway.template.reader import read_template
from eventsim_sources.gateway.template.tree import (
    Binary,
    Call,
    Foreach,
    If,
    Index,
    Interpolated,
    ListOf,
    Literal,
    MapOf,
    Member,
    Node,
    Range,
    Reference,
    SetTo,
    Stop,
    TemplateMistake,
    Unary,
)

_STEPS_MAX = 1_000_000
"""A template that goes on for longer than this has lost its way."""

_MISSING: Final = object()


class _Break(Exception):  # noqa: N818 - control flow of a template
    pass


class _Stopped(Exception):  # noqa: N818 - control flow of a template
    pass


def render(template: str, variables: Mapping[str, Any]) -> str:
    """Return what a template says.

    Args:
        variables: what it may refer to: `input`, `context`, `util`, `stageVariables`. What it sets within them stays.

    Raises:
        TemplateMistake: it cannot be read or evaluated.
    """
    evaluation = _Evaluation(variables)
    try:
        evaluation.show(read_template(template))
    except (_Stopped, _Break):  # outside of loops, a #break ends what is around it, too: the template
        pass
    except RecursionError:
        raise TemplateMistake("the template nests too deeply") from None
    return "".join(evaluation.out)


class _Evaluation:
    """One rendering."""

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self._given = frozenset(variables)
        self._variables = dict(variables)
        self._steps = 0
        self._length = 0
        self.out: list[str] = []

    def show(self, nodes: tuple[Node, ...]) -> None:
        """Add what these parts say."""
        for node in nodes:
            self._step()
            match node:
                case str():
                    self._add(node)
                case Literal(value=text):
                    self._add(text)
                case Reference():
                    self._add(self._shown(node))
                case SetTo(target=target, value=value):
                    self._set(target, self.value(value))
                case If(branches=branches):
                    self._branch(branches)
                case Foreach():
                    self._loop(node)
                case Stop(is_break=is_break):
                    raise _Break if is_break else _Stopped

    def _add(self, text: str) -> None:
        self._length += len(text)
        if self._length > TEXT_MAX:
            raise TemplateMistake(f"the text grows beyond {TEXT_MAX:,} characters")
        self.out.append(text)

    def _step(self) -> None:
        self._steps += 1
        if self._steps > _STEPS_MAX:
            raise TemplateMistake(f"the template has not ended after {_STEPS_MAX:,} steps")

    def _shown(self, reference: Reference) -> str:
        value, escapes = self._find(reference), reference.escapes
        if value is _MISSING and escapes:
            return "\\" * escapes + reference.source
        if value is _MISSING:
            return "" if reference.is_quiet or reference.name in self._given else reference.source
        return "\\" * (escapes // 2) + (reference.source if escapes % 2 else shown(value))

    def _branch(self, branches: tuple[tuple[Any, tuple[Node, ...]], ...]) -> None:
        for condition, body in branches:
            if condition is None or _is_true(self.value(condition)):
                self.show(body)
                return

    def _loop(self, node: Foreach) -> None:
        items = self.value(node.items)
        if isinstance(items, dict):
            items = list(items.values())
        if not isinstance(items, list):
            return
        outer = {name: self._variables.get(name, _MISSING) for name in (node.name, "foreach", "velocityCount")}
        try:
            for at, item in enumerate(items):
                self._variables[node.name] = item
                self._variables["velocityCount"] = at + 1
                self._variables["foreach"] = {
                    "index": at,
                    "count": at + 1,
                    "hasNext": at + 1 < len(items),
                    "first": at == 0,
                    "last": at + 1 == len(items),
                    "parent": outer["foreach"] if outer["foreach"] is not _MISSING else None,
                }
                self.show(node.body)
        except _Break:
            pass
        for name, value in outer.items():
            if value is _MISSING:
                self._variables.pop(name, None)
            else:
                self._variables[name] = value

    def _set(self, target: Reference, value: Any) -> None:
        if not target.steps:
            self._variables[target.name] = value
            return
        holder = self._find(Reference(name=target.name, steps=target.steps[:-1], source=""))
        match target.steps[-1]:
            case Member(name=key):
                pass
            case Index(at=at):
                key = self.value(at)
            case _:
                raise TemplateMistake(f"{target.source} cannot be set")
        if (isinstance(holder, list) and isinstance(key, int) and key < len(holder)) or isinstance(holder, dict):
            holder[key] = value
        else:
            raise TemplateMistake(f"{target.source} cannot be set: there is nothing before its last dot")

    # --- values ------------------------------------------------------------------------------------------

    def value(self, expression: Any) -> Any:
        """Return the value of an expression."""
        self._step()
        match expression:
            case Literal(value=value):
                return value
            case Reference():
                found = self._find(expression)
                return None if found is _MISSING else found
            case Interpolated(parts=parts):
                inner = _Evaluation(self._variables)
                inner._given, inner._steps = self._given, self._steps
                inner.show(parts)
                return "".join(inner.out)
            case ListOf(items=items):
                return [self.value(item) for item in items]
            case MapOf(items=pairs):
                return {shown(self.value(name)): self.value(item) for name, item in pairs}
            case Range(first=first, last=last):
                return self._range(self.value(first), self.value(last))
            case Unary(operator=sign, operand=operand):
                value = self.value(operand)
                return not _is_true(value) if sign == "!" else -_number(value)
            case Binary():
                return self._binary(expression)
        raise TemplateMistake("an expression is missing")

    def _range(self, first: Any, last: Any) -> list[int]:
        if not isinstance(first, int) or not isinstance(last, int) or abs(last - first) > _STEPS_MAX:
            raise TemplateMistake("a range goes from one whole number to another")
        return list(range(first, last + 1)) if last >= first else list(range(first, last - 1, -1))

    def _binary(self, expression: Binary) -> Any:
        left = self.value(expression.left)
        match expression.operator:
            case "||":
                return _is_true(left) or _is_true(self.value(expression.right))
            case "&&":
                return _is_true(left) and _is_true(self.value(expression.right))
        right = self.value(expression.right)
        match expression.operator:
            case "==":
                return _equal(left, right)
            case "!=":
                return not _equal(left, right)
            case "+" if isinstance(left, str) or isinstance(right, str):
                return shown(left) + shown(right)
        if expression.operator in _COMPARE:
            return _is_alike(left, right) and _COMPARE[expression.operator](left, right)
        if left is None or right is None:
            return None
        return _compute(expression.operator, _number(left), _number(right))

    # --- references --------------------------------------------------------------------------------------

    def _find(self, reference: Reference) -> Any:
        value = self._variables.get(reference.name, _MISSING)
        for step in reference.steps:
            if value is _MISSING or value is None:
                return _MISSING
            self._step()
            match step:
                case Member(name=name):
                    value = _member(value, name)
                case Call(name=name, arguments=arguments):
                    value = call_method(value, name, tuple(self.value(argument) for argument in arguments))
                    value = _MISSING if value is None else value
                case Index(at=at):
                    value = _item(value, self.value(at))
        return value


def _member(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        if name in value:
            return value[name]
        return _MISSING
    if isinstance(value, Entry) and name in ("key", "value"):
        return getattr(value, name)
    if isinstance(value, list | str) and name in ("size", "length", "empty"):
        return not value if name == "empty" else len(value)
    members: Mapping[str, Any] = getattr(value, "members", {})
    return members.get(name, _MISSING)


def _item(value: Any, at: Any) -> Any:
    if isinstance(value, list):
        return value[at] if isinstance(at, int) and -len(value) <= at < len(value) else _MISSING
    return value.get(at, _MISSING) if isinstance(value, dict) else _MISSING


def _is_true(value: Any) -> bool:
    """Tell what counts as true: neither null, nor false, nor empty, nor zero (Velocity 2, unconfirmed for empty)."""
    return value is True or (value is not None and value is not False and value != "" and value != 0 and value != [])


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right
    if type(left) is type(right):
        return bool(left == right)
    if left is None or right is None:
        return left is right or isinstance(left, Nothing) or isinstance(right, Nothing)
    return shown(left) == shown(right)


def _is_alike(left: Any, right: Any) -> bool:
    """Tell whether two values can be compared: numbers, or texts; of others Velocity says no to all that is asked."""
    return all(isinstance(each, str) for each in (left, right)) or all(_is_number(each) for each in (left, right))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: Any) -> Any:
    if not _is_number(value):
        raise TemplateMistake(f"{shown(value)[:80]!r} is no number")
    return value


def _compute(sign: str, left: Any, right: Any) -> Any:
    if sign in "/%" and right == 0:
        raise TemplateMistake("nothing can be divided by zero")
    match sign:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            is_whole = isinstance(left, int) and isinstance(right, int)
            return int(left / right) if is_whole else left / right
        case _:
            return left - right * int(left / right)


_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
