"""Is this text an IP address, and does it lie in that block?"""

import ipaddress
from collections.abc import Callable

from eventsim.pattern.notation import Fault

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def address_of(text: str) -> Address | None:
    """Read an address in any of its spellings."""
    if "%" in text:  # a scope is Python's idea, not AWS's
        return None
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def same_address(address: Address) -> Callable[[object], bool]:
    """Accept the address in every spelling."""
    return lambda value: type(value) is str and address_of(value) == address


def inside_block(block: str) -> Callable[[object], bool]:
    """Accept the addresses of a block such as `10.0.0.0/24`; the host bits of the given address do not count."""
    text, slash, mask = block.partition("/")
    if not slash or "/" in mask:
        raise Fault("Malformed CIDR, one '/' required")
    if not mask.removeprefix("-").removeprefix("+").isdecimal():
        raise Fault("Malformed CIDR, mask bits must be an integer")
    address = address_of(text)
    if address is None:
        raise Fault(f"Nonstandard IP address: {text}")
    _check_mask(address, int(mask))
    network = ipaddress.ip_network((address, int(mask)), strict=False)

    def test(value: object) -> bool:
        # An address of the other family is in no network of this one.
        return type(value) is str and (found := address_of(value)) is not None and found in network

    return test


def _check_mask(address: Address, mask_bits: int) -> None:
    """Refuse the masks that the published engine refuses: a block of one address among them (unconfirmed)."""
    if mask_bits < 0:
        raise Fault("Malformed CIDR, mask bits must not be negative")
    if mask_bits >= address.max_prefixlen:
        raise Fault(f"IPv{address.version} mask bits must be < {address.max_prefixlen}")
