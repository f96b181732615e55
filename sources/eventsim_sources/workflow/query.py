"""What does a JSONata expression come to? The library `jsonata-python` says; it is loaded when an expression needs it.

Luck and time come from the simulation. `$partition`, `$range`, `$hash`, `$uuid` and `$parse` are the service's own.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.util import find_spec
from random import Random  # noqa: TID251 - the type of a stream; streams come from chance
from typing import Any

from eventsim import Clock, load_json
from eventsim_sources.json_text import json_text
from eventsim_sources.workflow.failure import QUERY, StateFailed
from eventsim_sources.workflow.limits import ARRAY_LENGTH_MAX, QUERY_STEPS_MAX
from eventsim_sources.workflow.payload import Luck

_HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


def is_available() -> bool:
    """Tell whether the library is installed."""
    return find_spec("jsonata") is not None


def is_expression(value: object) -> bool:
    """Tell whether a value of a definition is an expression: `{% $states.input.price * 2 %}`."""
    return isinstance(value, str) and value.startswith("{%") and value.rstrip().endswith("%}")


def fault(expression: str) -> str:
    """Return what is wrong with an expression as a text, "" if it can be read."""
    try:
        _compiled(_inside(expression))
    except Exception as error:  # noqa: BLE001 - whatever the library says of a text
        return str(error) or type(error).__name__
    return ""


def misfit(given: Any, field: str, wanted: str, value: Any) -> StateFailed:
    """Return the failure of a field that comes to something else than is wanted (wording of expressions recorded).

    Args:
        given: what the field holds: an expression, or a value.
        wanted: a type of JSON.
    """
    shown = json_text(value)
    told = f"specified for the field '{field}'"
    if is_expression(given):
        told = f"The JSONata expression '{_inside(given)}' {told} returned an unexpected result type."
    else:
        told = f"The value {told} has an unexpected type."
    return StateFailed(
        QUERY, f"{told} Expected '{wanted}', but was '{_type(value)}' for value: {shown}", location=field
    )


def _type(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


class Queries:
    """Evaluates expressions for one execution.

    Args:
        steps_max: steps that one evaluation may take.
    """

    def __init__(self, luck: Luck, clock: Clock, *, steps_max: int = QUERY_STEPS_MAX) -> None:
        self._steps_max = steps_max
        self._luck = luck
        self._clock = clock

    def filled(self, template: Any, field: str, states: Mapping[str, Any], variables: Mapping[str, Any]) -> Any:
        """Return a template with its expressions evaluated.

        Args:
            field: the template's place in the state, for messages: `Output`.
            states: `$states`.
            variables: what states before have assigned.

        Raises:
            StateFailed: `States.QueryEvaluationError`.
        """
        if isinstance(template, list):
            return [self.filled(each, f"{field}[{at}]", states, variables) for at, each in enumerate(template)]
        if isinstance(template, dict):
            return {name: self.filled(each, f"{field}/{name}", states, variables) for name, each in template.items()}
        return self._evaluated(template, field, states, variables) if is_expression(template) else template

    def _evaluated(self, text: str, field: str, states: Mapping[str, Any], variables: Mapping[str, Any]) -> Any:
        from jsonata import Jsonata
        from jsonata.utils import Utils

        inside = _inside(text)
        told = f"The JSONata expression '{inside}' specified for the field '{field}'"
        try:
            own = {name: Jsonata.JLambda(function) for name, function in self._functions().items()}
            bindings = {**own, **variables, "states": states, "__evaluate_entry": _bounded(self._steps_max)}
            found = _compiled(inside).evaluate(None, bindings)
            if found is None:
                raise StateFailed(QUERY, f"{told} returned nothing (undefined).", location=field)
            value = Utils.convert_nulls(found)
        except StateFailed:
            raise
        except Exception as error:
            reason = f"{told} threw an error during evaluation. {_reason(error)}"
            raise StateFailed(QUERY, reason, location=field) from error
        try:
            return load_json(json.dumps(value))
        except TypeError as error:  # a function, say
            raise StateFailed(QUERY, f"{told} returned an unsupported result type.", location=field) from error

    def _functions(self) -> dict[str, Callable[..., Any]]:
        """Return the functions that the library has not, or would answer from outside of the simulation."""
        from jsonata.functions import Functions

        luck, clock = self._luck, self._clock

        def random(seed: Any = None) -> float:
            own: Random = luck.random if seed is None else type(luck.random)(seed)
            return own.random()

        def shuffle(items: list[Any]) -> list[Any]:
            return luck.random.sample(items, len(items))

        def now(*picture: Any) -> Any:
            return Functions.datetime_from_millis(clock.epoch_ms(), *(*picture, None, None)[:2])

        return {
            "random": random,
            "shuffle": shuffle,
            "now": now,
            "millis": clock.epoch_ms,
            "uuid": luck.uuid,
            "parse": load_json,
            "partition": _partition,
            "range": _range,
            "hash": _hash,
            "eval": _no_eval,
        }


@lru_cache(maxsize=256)
def _compiled(inside: str) -> Any:
    """Return an expression as the library reads it."""
    from jsonata import Jsonata

    query = Jsonata(inside)
    query.set_output_convert_nulls(False)
    return query


def _bounded(steps_max: int) -> Callable[..., None]:
    """Return what the library calls at every step of an evaluation, and what ends one that runs away."""
    steps = 0

    def count(*_: object) -> None:
        nonlocal steps
        steps += 1
        if steps > steps_max:
            raise ValueError(f"the evaluation takes more than {steps_max} steps")

    return count


def _inside(text: str) -> str:
    return text.strip()[2:-2].strip()


def _reason(error: Exception) -> str:
    code = getattr(error, "error", "")
    return f"{code}: {error}" if code else str(error)


def _partition(items: list[Any], size: float) -> list[list[Any]]:
    if size < 1:
        raise ValueError("the size of a part is at least 1")
    return [list(items[at : at + int(size)]) for at in range(0, len(items), int(size))]


def _range(first: float, last: float, step: float) -> list[float]:
    if step == 0 or abs((last - first) / step) >= ARRAY_LENGTH_MAX:
        raise ValueError(f"a range has a step that is not 0, and at most {ARRAY_LENGTH_MAX} elements")
    count = int((last - first) / step) + 1
    return [first + step * at for at in range(max(0, count))]


def _hash(text: str, algorithm: str) -> str:
    return hashlib.new(_HASHES[algorithm], text.encode(), usedforsecurity=False).hexdigest()


def _no_eval(*_: Any) -> Any:
    raise ValueError("the function $eval is not supported; use $parse")  # documented, unconfirmed words
