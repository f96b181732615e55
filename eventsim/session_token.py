"""Whose credentials are these? A function finds a session token that names it, as a token of AWS's does for AWS.

So a call is the function's whoever makes it: a subprocess, a tool, somebody who follows a link that it has signed.
"""

import base64
import functools
import json

from eventsim.json_text import load_json


def token_of(function_arn: str) -> str:
    """Return the session token that a function finds."""
    return base64.b64encode(json.dumps({"Function": function_arn}).encode()).decode()


@functools.lru_cache(maxsize=256)  # a function's calls all bear the same
def function_of(token: str) -> str:
    """Return the ARN of the function whose token this is, "" for any other."""
    try:
        told = load_json(base64.b64decode(token, validate=True))
        return str(told["Function"])
    except (ValueError, KeyError, TypeError):
        return ""
