"""What is a number to DynamoDB: which texts are one, how is it written, and what do two of them make?"""

from decimal import Context, Decimal, InvalidOperation
from typing import Final

from eventsim import ApiError
from eventsim_sources.number_text import is_number

DIGITS_MAX: Final = 38
"""Significant digits of a number (DynamoDB developer guide, "Supported data types": Number)."""

MAGNITUDE_MAX: Final = 125
"""The decimal exponent of the greatest number, 9.99…E+125 (same page)."""

MAGNITUDE_MIN: Final = -130
"""The decimal exponent of the smallest number that is not zero, 1E-130 (same page)."""

_EXACT: Final = Context(prec=2 * (MAGNITUDE_MAX - MAGNITUDE_MIN) + DIGITS_MAX)
"""Wide enough for the exact sum of the greatest and the smallest number."""


def canonical(text: str) -> str:
    """Write a number as DynamoDB gives it back: in full, without exponent or needless zeros.

    Raises:
        ApiError: ValidationException, when it is no number, has too many digits or is out of range.
    """
    if len(text) <= DIGITS_MAX and text.isascii() and text.isdigit() and text[0] != "0":
        return text
    return written(_decimal(text))


def written(number: Decimal) -> str:
    """Check the bounds of a number and write it.

    Raises:
        ApiError: ValidationException, when it has too many digits or is out of range.
    """
    _, digits, exponent = number.as_tuple()
    significant = "".join(map(str, digits)).strip("0")
    if not significant or not isinstance(exponent, int):
        return "0"
    if number.adjusted() > MAGNITUDE_MAX:
        raise _refused("Number overflow. Attempting to store a number with magnitude larger than supported range")
    if number.adjusted() < MAGNITUDE_MIN:
        raise _refused("Number underflow. Attempting to store a number with magnitude smaller than supported range")
    if len(significant) > DIGITS_MAX:
        raise _refused("Attempting to store more than 38 significant digits in a Number")
    plain = format(number, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def plus(left: str, right: str) -> str:
    """Add two canonical numbers, exactly."""
    return written(_EXACT.add(Decimal(left), Decimal(right)))


def minus(left: str, right: str) -> str:
    """Subtract a canonical number from another, exactly."""
    return written(_EXACT.subtract(Decimal(left), Decimal(right)))


def size_of_number(text: str) -> int:
    """Tell how many bytes a canonical number takes: one, one for two significant digits, one for a minus sign."""
    digits = text.lstrip("-").replace(".", "").strip("0")
    return 1 + (len(digits) + 1) // 2 + text.startswith("-")


def _decimal(text: str) -> Decimal:
    if not is_number(text):
        raise _refused(f"The parameter cannot be converted to a numeric value{text and ': '}{text}")
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent beyond what Decimal holds
        mantissa, _, exponent = text.lower().partition("e")
        if not mantissa.strip("+-0."):
            return Decimal(0)
        return Decimal(f"1E{'-' if exponent.startswith('-') else '+'}{10 * MAGNITUDE_MAX}")


def _refused(message: str) -> ApiError:
    return ApiError("ValidationException", message)
