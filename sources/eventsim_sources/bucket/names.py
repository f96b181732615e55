"""May a bucket be called so? The rules for names of buckets, and for keys; pure."""

import re

from eventsim import ApiError
from eventsim_sources.bucket.keys import KEY_BYTES_MAX

_FORM = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ADDRESS = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+")
_RESERVED_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


def check_bucket_name(name: str) -> None:
    """See that a new bucket may have this name (recorded).

    Raises:
        ApiError: it may not.
    """
    if (
        _FORM.fullmatch(name) is None
        or ".." in name
        or _ADDRESS.fullmatch(name) is not None
        or name.startswith(_RESERVED_STARTS)
        or name.endswith(_RESERVED_ENDS)
    ):
        raise ApiError("InvalidBucketName", "The specified bucket is not valid.", fields={"BucketName": name})


def check_key(key: str) -> None:
    """See that an object may have this key.

    Raises:
        ApiError: it has no UTF-8, or more than 1,024 bytes of it.
    """
    try:
        size_bytes = len(key.encode())
    except UnicodeEncodeError:
        raise ApiError("InvalidURI", "Couldn't parse the specified URI.", fields={"URI": repr(key)}) from None
    if size_bytes > KEY_BYTES_MAX:
        raise ApiError(
            "KeyTooLongError",
            "Your key is too long",
            fields={"MaxSizeAllowed": str(KEY_BYTES_MAX), "Size": str(size_bytes)},
        )
