"""By which names may clients call us? Pages of other sites must not lead browsers here under names of theirs.

What a name says is worked out once: clients come by the same few again and again.
"""

from functools import lru_cache
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from eventsim.front_door import leads_to_front_door

_LOCAL_NAMES: Final = (".localhost", ".localhost.localstack.cloud", ".docker.internal")
"""Names that nobody else can have: of this machine, and of it as containers see it."""
_HOST_NAMES: Final = (*_LOCAL_NAMES, ".amazonaws.com")
"""Names by which we may be called: AWS's too, which somebody has pointed at us. Pages there are anybody's, though."""


class Host(Struct, frozen=True, kw_only=True, gc=False):
    """What a host says by itself.

    Attributes:
        is_ours: whether it is a name of this server, or a number of this machine.
        may_be_given: whether it may be a name that somebody has given to an API.
    """

    is_ours: bool
    may_be_given: bool


@lru_cache(maxsize=100)
def read_host(host: str) -> Host:
    """Return what the header `Host` says."""
    name = host.partition(":")[0]
    is_machine = name in ("localhost", "127.0.0.1", "[", "")
    return Host(
        is_ours=_leads_to(f"//{host}", _HOST_NAMES),
        may_be_given=not (is_machine or leads_to_front_door(host, "/") or name.endswith(".amazonaws.com")),
    )


@lru_cache(maxsize=100)
def is_own_page(origin: str) -> bool:
    """Tell whether a page comes from this machine."""
    return _leads_to(origin, _LOCAL_NAMES)


def _leads_to(url: str, names: tuple[str, ...]) -> bool:
    """Tell whether a URL leads to this machine, by its number or by one of these names."""
    try:
        name = urlsplit(url).hostname or ""
        return f".{name}".endswith(names) or (not name and url == "//") or ip_address(name).is_loopback
    except ValueError:
        return False
