"""How does DynamoDB refuse an expression? Every error of the expressions' text, with AWS's words."""

from eventsim import ApiError


def refused(message: str) -> ApiError:
    """The request is invalid, in words of its own."""
    return ApiError("ValidationException", message)


def invalid(what: str, reason: str) -> ApiError:
    """An expression is invalid; `what` is the name of the parameter that holds it."""
    return refused(f"Invalid {what}: {reason}")


def syntax_error(what: str, token: str, near: str) -> ApiError:
    """The text does not follow the grammar, from this token on."""
    return invalid(what, f'Syntax error; token: "{token}", near: "{near}"')


def operand_type(what: str, operator: str, kind: str) -> ApiError:
    """An operand has a type that this operator or function does not take."""
    return invalid(
        what,
        f"Incorrect operand type for operator or function; operator or function: {operator}, operand type: {kind}",
    )


def operand_count(operator: str, count: int) -> str:
    """An operator or function has too few or too many operands; without the parameter's name."""
    return (
        "Incorrect number of operands for operator or function; "
        f"operator or function: {operator}, number of operands: {count}"
    )
