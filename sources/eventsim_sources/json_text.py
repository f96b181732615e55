"""How is JSON written where AWS writes it? Without white space, and with letters as they are."""

import json
from typing import Any


def json_text(value: Any) -> str:
    """Return a value as JSON text."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
