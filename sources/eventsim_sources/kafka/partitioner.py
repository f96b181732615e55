"""To which partition does a key lead? To that of its murmur2 hash, as Kafka's default partitioner has it."""

from typing import Final

_SEED: Final = 0x9747B28C
_FACTOR: Final = 0x5BD1E995
_SHIFT: Final = 24
_32_BITS: Final = 0xFFFFFFFF


def partition_of(key: bytes, partition_count: int) -> int:
    """Return the partition of a key, the same as Kafka's clients in Java choose."""
    return (murmur2(key) & 0x7FFFFFFF) % partition_count


def murmur2(data: bytes) -> int:
    """Return the hash of bytes as an unsigned number of 32 bits."""
    value = _SEED ^ len(data)
    whole = len(data) & ~3
    for at in range(0, whole, 4):
        word = int.from_bytes(data[at : at + 4], "little") * _FACTOR & _32_BITS
        word ^= word >> _SHIFT
        value = (value * _FACTOR & _32_BITS) ^ (word * _FACTOR & _32_BITS)
    if whole < len(data):
        value ^= int.from_bytes(data[whole:], "little")
        value = value * _FACTOR & _32_BITS
    value ^= value >> 13
    value = value * _FACTOR & _32_BITS
    return value ^ (value >> 15)
