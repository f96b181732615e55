"""What does an export put into a bucket? Lines of DynamoDB's JSON, packed, and the manifests that tell of them.

    AWSDynamoDB/ID/_started, manifest-summary.json, manifest-files.json, each manifest with its .md5
    AWSDynamoDB/ID/data/NAME.json.gz of a full export, AWSDynamoDB/data/NAME.json.gz of an incremental one

(DynamoDB developer guide, "DynamoDB table export output format".)
"""

import gzip
import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from eventsim_sources.json_text import json_text
from eventsim_sources.table.recovery import NetChange
from eventsim_sources.table.schema import Schema
from eventsim_sources.table.stream_record import as_json
from eventsim_sources.table.value import Item

_VERSION = "2020-06-30"


class Place(Struct, frozen=True, kw_only=True):
    """Where an export goes.

    Attributes:
        prefix: what its keys begin with, "" for nothing.
        identifier: the last part of its ARN.
        is_incremental: whether it tells of changes.
    """

    prefix: str
    identifier: str
    is_incremental: bool

    @property
    def root(self) -> str:
        """What all of its keys begin with."""
        return f"{self.prefix}/AWSDynamoDB" if self.prefix else "AWSDynamoDB"

    @property
    def folder(self) -> str:
        """Where its manifests are."""
        return f"{self.root}/{self.identifier}"

    @property
    def manifest(self) -> str:
        """The key of the summary."""
        return f"{self.folder}/manifest-summary.json"

    def data(self, name: str) -> str:
        """Return the key of a file of data."""
        return f"{self.root if self.is_incremental else self.folder}/data/{name}.json.gz"


def item_lines(items: Sequence[Item]) -> list[str]:
    """Return a line for each item of a full export."""
    return [json_text({"Item": as_json(item)}) for item in items]


def change_lines(changes: Sequence[NetChange], schema: Schema, epoch_us: int, *, shows_old: bool) -> list[str]:
    """Return a line for each item of an incremental export: its keys, and what it was and is, as far as it was there.

    Args:
        epoch_us: the instant at which the run began, since 1970.
    """
    lines = []
    for change in changes:
        told: dict[str, Any] = {
            "Metadata": {"WriteTimestampMicros": {"N": str(epoch_us + change.at_us)}},
            "Keys": as_json(schema.key_of(change.item)),
        }
        if change.old is not None and shows_old:
            told["OldImage"] = as_json(change.old)
        if change.new is not None:
            told["NewImage"] = as_json(change.new)
        lines.append(json_text(told))
    return lines


def files_of(place: Place, name: str, lines: Sequence[str], summary: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the contents of an export by key, in the order in which they are written.

    Args:
        name: of the file of data.
        summary: what the summary says of table and time.
    """
    data = gzip.compress("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass"), mtime=0)
    checksum = hashlib.md5(data, usedforsecurity=False)
    listed = {
        "itemCount": len(lines),
        "md5Checksum": b64encode(checksum.digest()).decode(),
        "etag": checksum.hexdigest(),
        "dataFileS3Key": place.data(name),
    }
    files_key = f"{place.folder}/manifest-files.json"
    told = {"version": _VERSION, **summary, "manifestFilesS3Key": files_key, "itemCount": len(lines)}
    return {
        f"{place.folder}/_started": b"",
        place.data(name): data,
        **_with_checksum(files_key, f"{json_text(listed)}\n"),
        **_with_checksum(place.manifest, json_text(told)),
    }


def _with_checksum(key: str, text: str) -> dict[str, bytes]:
    content = text.encode()
    checksum = b64encode(hashlib.md5(content, usedforsecurity=False).digest())
    return {key: content, f"{key.removesuffix('.json')}.md5": checksum}
