"""Who hands out the code that was uploaded? The door at the addresses that GetFunction and GetLayerVersion tell."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from eventsim.wire.http import HttpRequest, HttpResponse

_HOST: Final = re.compile(r"awslambda-[a-z0-9-]+-(?:layers|tasks)\.s3\.")
_PATH: Final = re.compile(r"(?:/snapshots/\d{12}|(/_code))/([0-9a-f]{64})")
"""AWS's path, and the one below which a server shows the code to those who cannot reach AWS's host."""


class CodeDoor:
    """The front door of uploaded archives; code that lies in a folder has none.

    Args:
        archive: returns an archive by its identifier, None if there is none.
    """

    def __init__(self, archive: Callable[[str], bytes | None]) -> None:
        self._archive = archive

    def addresses(self) -> Mapping[str, str]:
        """Return none: whoever wants code is told where it is."""
        return {}

    def answers(self, request: HttpRequest) -> bool:
        """Tell whether this is the address of an archive that is here."""
        return self._archive_at(request) is not None

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Hand out an archive."""
        archive = self._archive_at(request)
        assert archive is not None, "it was asked whether it is here"
        return HttpResponse(status=200, headers=(("Content-Type", "application/zip"),), body=archive)

    def _archive_at(self, request: HttpRequest) -> bytes | None:
        found = _PATH.fullmatch(request.path)
        if found is None or not (found[1] or _HOST.match(request.headers.get("host").lower())):
            return None
        return self._archive(found[2])
