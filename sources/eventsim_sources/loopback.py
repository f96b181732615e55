"""Does a host lead to this machine, and at which address? Sockets are opened to no other."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, by its name alone: nothing is looked up."""
    if _is_name_of_it(host):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def address_of(host: str) -> str:
    """Return the address of a host that is this machine; not every system resolves names below `localhost`."""
    return "127.0.0.1" if _is_name_of_it(host) else host


def _is_name_of_it(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")
