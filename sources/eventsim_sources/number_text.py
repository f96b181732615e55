"""Is this text a number? As queues and topics take numbers in message attributes, and tables in items."""

import re

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def is_number(text: str) -> bool:
    """Tell whether a text is a decimal number, with an exponent or without."""
    return _NUMBER.fullmatch(text) is not None
