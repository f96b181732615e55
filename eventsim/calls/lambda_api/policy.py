"""What does a resource policy say, and how is it written? A document of statements, with bounds.

Of a request the source's ARN and its account are known; any other condition is taken as met where it allows, and as
not met where it denies.
"""

import json
from collections.abc import Mapping
from typing import Any

from eventsim.errors import ApiError
from eventsim.limits import POLICY_BYTES_MAX
from eventsim.resource_policy import PolicyRequest, judge_policy, names_of

Statements = Mapping[str, Mapping[str, Any]]
"""Statement id → statement."""

HEAD: Mapping[str, Any] = {"Version": "2012-10-17", "Id": "default"}
"""How a policy begins that was made statement by statement."""


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
    known = {"aws:sourcearn": source_arn, "lambda:invokedviafunctionurl": "false"}
    account = source_arn.split(":")[4:5]
    if account != [""]:  # the ARN of a bucket names no account
        known["aws:sourceaccount"] = "".join(account)
    names = names_of(principal, "".join(source_arn.split(":")[3:4]))
    return _allows(statements, "lambda:invokefunction", names, known)


def lets_everybody_call(statements: Statements) -> bool:
    """Tell whether a policy lets everybody call its function by its URL, without a signature."""
    return _allows(statements, "lambda:invokefunctionurl", ("*",), {"lambda:functionurlauthtype": "NONE"})


def _allows(statements: Statements, action: str, principals: tuple[str, ...], known: Mapping[str, str]) -> bool:
    asked = PolicyRequest(action=action, resource="", is_from=principals.__contains__, known=known)
    return judge_policy(list(statements.values()), asked) == "allow"
