"""The operations on the tags of an object."""

from typing import Any

from msgspec.structs import replace

from eventsim_sources.bucket.api.call import Call, find_object, version_members
from eventsim_sources.bucket.api.properties import checked_tags


def put_object_tagging(call: Call) -> dict[str, Any]:
    """Replace the tags."""
    tags = checked_tags(call.parameters["Tagging"]["TagSet"])
    bucket, version = find_object(call, "PUT")
    version = replace(version, tags=tags)
    bucket.store.amend(version)
    call.notify(bucket, "ObjectTagging:Put", version)
    return dict(version_members(bucket, version))


def get_object_tagging(call: Call) -> dict[str, Any]:
    """Return the tags."""
    bucket, version = find_object(call, "GET")
    tag_set = [{"Key": key, "Value": value} for key, value in version.tags.items()]
    return {"TagSet": tag_set, **version_members(bucket, version)}


def delete_object_tagging(call: Call) -> dict[str, Any]:
    """Remove all tags."""
    bucket, version = find_object(call, "DELETE")
    version = replace(version, tags={})
    bucket.store.amend(version)
    call.notify(bucket, "ObjectTagging:Delete", version)
    return dict(version_members(bucket, version))
