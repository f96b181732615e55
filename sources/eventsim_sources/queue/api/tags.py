"""Operations on the tags of a queue."""

from collections.abc import Mapping

from eventsim import Request, Result
from eventsim_sources.parameters import listed, mapping
from eventsim_sources.queue import errors
from eventsim_sources.queue.api.directory import Directory
from eventsim_sources.queue.limits import TAG_KEY_LENGTH_MAX, TAG_VALUE_LENGTH_MAX, TAGS_MAX


def tag_queue(directory: Directory, request: Request) -> Result:
    """Set tags; a repeated key overwrites."""
    queue = directory.of(request)
    tags = mapping(request, "Tags")
    if not tags:
        raise errors.parameter_missing("Tags")
    queue.retag(checked_tags(queue.name, {**queue.tags, **tags}))
    return {}


def untag_queue(directory: Directory, request: Request) -> Result:
    """Take tags away; an absent key is no error."""
    queue = directory.of(request)
    keys = listed(request, "TagKeys")
    if not keys:
        raise errors.parameter_missing("TagKeys")
    queue.retag({key: value for key, value in queue.tags.items() if key not in keys})
    return {}


def list_queue_tags(directory: Directory, request: Request) -> Result:
    """Return the tags; with none, the member is absent (recorded)."""
    tags = directory.of(request).tags
    return {"Tags": dict(tags)} if tags else {}


def checked_tags(queue_name: str, tags: Mapping[str, str]) -> Mapping[str, str]:
    """Return the tags that a queue is to have.

    Raises:
        ApiError: there are too many, or one is too long; the words are emulated for keys, unconfirmed for the others.
    """
    if len(tags) > TAGS_MAX:
        raise errors.parameter_invalid(f"Too many tags added for queue {queue_name}.")
    for key, value in tags.items():
        if not 1 <= len(key) <= TAG_KEY_LENGTH_MAX:
            raise errors.parameter_invalid(f"Tag keys must be between 1 and {TAG_KEY_LENGTH_MAX} characters in length.")
        if len(value) > TAG_VALUE_LENGTH_MAX:
            raise errors.parameter_invalid(
                f"Tag values must be between 0 and {TAG_VALUE_LENGTH_MAX} characters in length."
            )
    return tags
