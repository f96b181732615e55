"""How is a resource policy written? A document of statements, which may not grow beyond its bounds."""

import json
from collections.abc import Mapping
from typing import Any

from eventsim.errors import ApiError
from eventsim.limits import POLICY_BYTES_MAX

Statements = Mapping[str, Mapping[str, Any]]
"""Statement id → statement."""


def policy_text(statements: Statements) -> str:
    """Return the policy that holds these statements."""
    return json_text({"Version": "2012-10-17", "Id": "default", "Statement": list(statements.values())})


def json_text(document: object) -> str:
    """Return a statement or a policy as Lambda writes it, without blanks."""
    return json.dumps(document, separators=(",", ":"))


def check_size(statements: Statements) -> None:
    """See that a policy is not too large (AWS's words, as users report them).

    Raises:
        ApiError: it is.
    """
    size_bytes = len(policy_text(statements).encode())
    if size_bytes > POLICY_BYTES_MAX:
        message = f"The final policy size ({size_bytes}) is bigger than the limit ({POLICY_BYTES_MAX})."
        raise ApiError("PolicyLengthExceededException", message, fields={"Type": "User"})
