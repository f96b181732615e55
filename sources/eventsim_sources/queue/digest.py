"""Which MD5 and SHA-256 digests does SQS compute of a message?"""

from collections.abc import Mapping
from hashlib import sha256

try:
    # CPython's own: it takes half the time of OpenSSL's for a short text, and this is asked for every message.
    from _md5 import md5  # type: ignore[import-not-found]  # typeshed does not know it
except ImportError:
    from hashlib import md5

from eventsim_sources.queue.message import MessageAttribute

_IS_TEXT = b"\x01"
_IS_BINARY = b"\x02"


def body_md5(body: str) -> str:
    """Return the MD5 of a body's UTF-8 bytes in lower-case hex."""
    digest: str = md5(body.encode(), usedforsecurity=False).hexdigest()
    return digest


def attributes_md5(attributes: Mapping[str, MessageAttribute]) -> str:
    """Return the MD5 over exactly these attributes, in ascending byte order of their names."""
    digest = md5(usedforsecurity=False)
    for name_bytes, attribute in sorted((name.encode(), value) for name, value in attributes.items()):
        digest.update(_with_length(name_bytes))
        digest.update(_with_length(attribute.data_type.encode()))
        if attribute.binary_value is not None:
            digest.update(_IS_BINARY + _with_length(attribute.binary_value))
        else:
            digest.update(_IS_TEXT + _with_length((attribute.string_value or "").encode()))
    text: str = digest.hexdigest()
    return text


def content_sha256(body: str) -> str:
    """Return the deduplication id of a body under content-based deduplication; attributes do not count."""
    return sha256(body.encode()).hexdigest()


def _with_length(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value
