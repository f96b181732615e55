"""What do Lambda's own APIs, of runtimes and of extensions, reply in one form?"""

import json

from eventsim.wire.http import HttpResponse

TEXT = (("Content-Type", "text/plain"),)
JSON = (("Content-Type", "application/json"),)
ACCEPTED = HttpResponse(status=202, headers=JSON, body=b'{"status":"OK"}\n')
NOT_FOUND = HttpResponse(status=404, headers=TEXT, body=b"404 page not found\n")


def refusal(status: int, error_type: str, message: str) -> HttpResponse:
    """Return the reply to what may not be."""
    body = json.dumps({"errorMessage": message, "errorType": error_type}, separators=(",", ":"))
    return HttpResponse(status=status, headers=JSON, body=f"{body}\n".encode())
