"""The operations that list what a bucket holds."""

from typing import Any

from eventsim_sources.bucket.api.call import Call, date_of, is_version_id, url_encoded
from eventsim_sources.bucket.api.owner import owner
from eventsim_sources.bucket.archive import is_under_way, restore_header
from eventsim_sources.bucket.errors import invalid_argument
from eventsim_sources.bucket.listing import Page, count_asked, entry_of, page_of, page_of_pairs, token_of
from eventsim_sources.bucket.source import Bucket
from eventsim_sources.bucket.version import ObjectVersion, Version


def list_objects(call: Call) -> dict[str, Any]:
    """List objects by the older operation: the next page is asked for by its predecessor's last entry."""
    bucket = call.bucket()
    marker = call.text("Marker")
    count_max = count_asked(call.get("MaxKeys"), "maxKeys")
    page = _page(call, bucket, marker, count_max)
    answer = {**_about(call, bucket, page, count_max), "Marker": url_encoded(marker, call.parameters)}
    if page.is_truncated and page.last is not None and call.text("Delimiter"):
        answer["NextMarker"] = url_encoded(page.last, call.parameters)
    if page.keys:
        answer["Contents"] = [_listed(call, bucket, key, with_owner=True) for key in page.keys]
    return answer


def list_objects_v2(call: Call) -> dict[str, Any]:
    """List objects by the newer operation: the next page is asked for by an opaque token."""
    bucket = call.bucket()
    count_max = count_asked(call.get("MaxKeys"), "maxKeys")
    token = call.get("ContinuationToken")
    page = _page(call, bucket, call.text("StartAfter") if token is None else entry_of(token), count_max)
    answer = {**_about(call, bucket, page, count_max), "KeyCount": len(page.keys) + len(page.prefixes)}
    if token is not None:
        answer["ContinuationToken"] = token
    if "StartAfter" in call.parameters:
        answer["StartAfter"] = url_encoded(call.text("StartAfter"), call.parameters)
    if page.is_truncated and page.last is not None:
        answer["NextContinuationToken"] = token_of(page.last)
    if page.keys:
        with_owner = bool(call.get("FetchOwner"))
        answer["Contents"] = [_listed(call, bucket, key, with_owner=with_owner) for key in page.keys]
    return answer


def list_object_versions(call: Call) -> dict[str, Any]:
    """List all versions of all objects, the newest of each first."""
    bucket = call.bucket()
    store = bucket.store
    key_marker, id_marker = call.text("KeyMarker"), call.text("VersionIdMarker")
    if "VersionIdMarker" in call.parameters:
        _check_id_marker(key_marker, id_marker)
    count_max = count_asked(call.get("MaxKeys"), "maxKeys")
    page = page_of_pairs(
        [(key, version.version_id) for key in store.all_keys.sorted() for version in store.versions(key)],
        prefix=call.text("Prefix"),
        delimiter=call.text("Delimiter"),
        after=(key_marker, id_marker),
        count_max=count_max,
    )
    found = [store.version(*pair) for pair in page.pairs]
    listed = [(_listed_version(call, bucket, version), version) for version in found if version is not None]
    answer: dict[str, Any] = {
        "IsTruncated": page.is_truncated,
        "KeyMarker": url_encoded(key_marker, call.parameters),
        "VersionIdMarker": id_marker,
        "Name": bucket.name,
        "Prefix": url_encoded(call.text("Prefix"), call.parameters),
        "MaxKeys": count_max,
        **_encoding(call),
        **_delimiter(call),
        **_common_prefixes(call, page.prefixes),
    }
    if page.is_truncated:
        answer["NextKeyMarker"] = url_encoded(page.last[0], call.parameters)
        if page.last[1]:  # a common prefix has no versions
            answer["NextVersionIdMarker"] = page.last[1]
    versions = [each for each, version in listed if isinstance(version, ObjectVersion)]
    markers = [each for each, version in listed if not isinstance(version, ObjectVersion)]
    return {
        **answer,
        **({"Versions": versions} if versions else {}),
        **({"DeleteMarkers": markers} if markers else {}),
    }


def _check_id_marker(key_marker: str, id_marker: str) -> None:
    """See that a version is named after whose page the next one comes, and of which key."""
    if not key_marker:
        message = "A version-id marker cannot be specified without a key marker."
    elif not id_marker:
        message = "A version-id marker cannot be empty."
    elif not is_version_id(id_marker):
        message = "Invalid version id specified"
    else:
        return
    raise invalid_argument(message, "version-id-marker", id_marker)


def _page(call: Call, bucket: Bucket, after: str, count_max: int) -> Page:
    return page_of(
        bucket.store.live_keys.sorted(),
        prefix=call.text("Prefix"),
        delimiter=call.text("Delimiter"),
        after=after,
        count_max=count_max,
    )


def _about(call: Call, bucket: Bucket, page: Page, count_max: int) -> dict[str, Any]:
    return {
        "IsTruncated": page.is_truncated,
        "Name": bucket.name,
        "Prefix": url_encoded(call.text("Prefix"), call.parameters),
        "MaxKeys": count_max,
        **_encoding(call),
        **_delimiter(call),
        **_common_prefixes(call, page.prefixes),
    }


def _encoding(call: Call) -> dict[str, Any]:
    return {"EncodingType": call.get("EncodingType")} if "EncodingType" in call.parameters else {}


def _delimiter(call: Call) -> dict[str, Any]:
    delimiter = call.text("Delimiter")
    return {"Delimiter": url_encoded(delimiter, call.parameters)} if delimiter else {}


def _common_prefixes(call: Call, prefixes: tuple[str, ...]) -> dict[str, Any]:
    if not prefixes:
        return {}
    return {"CommonPrefixes": [{"Prefix": url_encoded(prefix, call.parameters)} for prefix in prefixes]}


def _listed(call: Call, bucket: Bucket, key: str, *, with_owner: bool) -> dict[str, Any]:
    version = bucket.store.latest(key)
    assert isinstance(version, ObjectVersion), "a live key has an object"
    return {**_listed_object(call, version), **({"Owner": owner(call)} if with_owner else {})}


def _listed_object(call: Call, version: ObjectVersion) -> dict[str, Any]:
    listed: dict[str, Any] = {
        "Key": url_encoded(version.key, call.parameters),
        "LastModified": date_of(version.modified_s),
        "ETag": f'"{version.etag}"',
        "Size": version.size_bytes,
        "StorageClass": version.storage_class,
    }
    restore = restore_header(version, call.now_s)
    if restore and "RestoreStatus" in call.get("OptionalObjectAttributes", ()):
        is_going_on = is_under_way(version, call.now_s)
        expires = (
            {} if is_going_on or not version.restore else {"RestoreExpiryDate": date_of(version.restore.expires_s)}
        )
        listed["RestoreStatus"] = {"IsRestoreInProgress": is_going_on, **expires}
    if version.checksum is not None:
        listed |= {"ChecksumAlgorithm": [version.checksum.algorithm], "ChecksumType": version.checksum.type}
    return listed


def _listed_version(call: Call, bucket: Bucket, version: Version) -> dict[str, Any]:
    about = {
        "VersionId": version.version_id,
        "IsLatest": bucket.store.latest(version.key) is version,
        "Owner": owner(call),
    }
    if isinstance(version, ObjectVersion):
        return {**_listed_object(call, version), **about}
    return {"Key": url_encoded(version.key, call.parameters), "LastModified": date_of(version.modified_s), **about}
