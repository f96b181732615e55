"""What does a resource policy say, and how is it written? A document of statements, with bounds.

A denial beats everything, and silence is no permission. Conditions on the source's ARN and its account are looked at;
any other is taken as met where it allows, and as not met where it denies.
"""

import fnmatch
import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from eventsim.errors import ApiError
from eventsim.limits import POLICY_BYTES_MAX

Statements = Mapping[str, Mapping[str, Any]]
"""Statement id → statement."""

HEAD: Mapping[str, Any] = {"Version": "2012-10-17", "Id": "default"}
"""How a policy begins that was made statement by statement."""
_INVOKE = ("*", "lambda:*", "lambda:invokefunction")
_CALL_URL = ("*", "lambda:*", "lambda:invokefunctionurl")
_LIKE = frozenset({"arnlike", "arnequals", "stringlike", "stringequals"})


def policy_text(statements: Statements, head: Mapping[str, Any] = HEAD) -> str:
    """Return the policy that holds these statements."""
    return json_text({**head, "Statement": list(statements.values())})


def json_text(document: object) -> str:
    """Return a statement or a policy as Lambda writes it, without blanks."""
    return json.dumps(document, separators=(",", ":"))


def check_size(statements: Statements, head: Mapping[str, Any] = HEAD) -> None:
    """See that a policy is not too large (AWS's words, as users report them).

    Raises:
        ApiError: it is.
    """
    size_bytes = len(policy_text(statements, head).encode())
    if size_bytes > POLICY_BYTES_MAX:
        message = f"The final policy size ({size_bytes}) is bigger than the limit ({POLICY_BYTES_MAX})."
        raise ApiError("PolicyLengthExceededException", message, fields={"Type": "User"})


def lets_invoke(statements: Statements, principal: str, source_arn: str) -> bool:
    """Tell whether a policy lets a service invoke its function on behalf of a source."""
    known = {"aws:sourcearn": source_arn}
    account = source_arn.split(":")[4:5]
    if account != [""]:  # the ARN of a bucket names no account
        known["aws:sourceaccount"] = "".join(account)
    return _verdict(statements, "Service", {"*", principal}, _INVOKE, known)


def lets_everybody_call(statements: Statements) -> bool:
    """Tell whether a policy lets everybody call its function by its URL, without a signature."""
    return _verdict(statements, "AWS", {"*"}, _CALL_URL, {"lambda:functionurlauthtype": "NONE"})


def _verdict(
    statements: Statements, kind: str, who: Collection[str], actions: Collection[str], known: Mapping[str, str]
) -> bool:
    effects = {
        statement.get("Effect")
        for statement in statements.values()
        if not _principals(statement, kind).isdisjoint(who)
        and any(str(action).lower() in actions for action in _all(statement.get("Action")))
        and _holds(statement.get("Condition") or {}, known, unknown=statement.get("Effect") == "Allow")
    }
    return effects == {"Allow"}


def _principals(statement: Mapping[str, Any], kind: str) -> set[str]:
    named = statement.get("Principal", {})
    return set(map(str, _all(named.get(kind) if isinstance(named, Mapping) else named)))


def _holds(conditions: Mapping[str, Mapping[str, Any]], known: Mapping[str, str], *, unknown: bool) -> bool:
    for operator, keys in conditions.items():
        for key, wanted in keys.items():
            value = known.get(key.lower())
            if value is None or operator.lower() not in _LIKE:
                if not unknown:
                    return False
            elif not any(fnmatch.fnmatchcase(value, str(each)) for each in _all(wanted)):
                return False
    return True


def _all(value: Any) -> Iterable[Any]:
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)
