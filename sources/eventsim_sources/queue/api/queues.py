"""Operations on queues: make, find, list, set up, purge and delete them."""

from typing import Any

from eventsim import Request, Result
from eventsim_sources.arns import arn_of
from eventsim_sources.paging import page_by_name
from eventsim_sources.parameters import listed, mapping, number, text
from eventsim_sources.queue import errors
from eventsim_sources.queue.api.directory import Directory
from eventsim_sources.queue.api.tags import checked_tags
from eventsim_sources.queue.attributes import (
    COMPUTED,
    NAMES,
    asks_for_fifo,
    changed,
    created,
    described,
    first_difference,
)
from eventsim_sources.queue.limits import LIST_RESULTS_MAX
from eventsim_sources.queue.names import check_queue_name
from eventsim_sources.queue.redrive import check_redrive
from eventsim_sources.queue.source import Queue


def create_queue(directory: Directory, request: Request) -> Result:
    """Make a queue, or return the one that is there if it has no other attributes than those given."""
    name = text(request, "QueueName")
    given = mapping(request, "Attributes")
    check_queue_name(name, is_fifo=asks_for_fifo(given))
    queue = directory.find(name)
    if queue is not None:
        difference = first_difference(queue.settings, given)
        if difference is not None:
            raise errors.queue_exists(difference)
        return {"QueueUrl": queue.url}
    settings = created(given)
    if directory.is_resting(name):
        raise errors.queue_deleted_recently()
    if settings.redrive is not None:
        arn = arn_of(directory.world, "queue", name)
        given_redrive = given["RedrivePolicy"]
        check_redrive(arn, settings.redrive, directory.by_arn, is_fifo=settings.is_fifo, given=given_redrive)
    queue = Queue(directory.world, name, settings, tags=checked_tags(name, mapping(request, "tags")))
    directory.world.add(queue)
    return {"QueueUrl": queue.url}


def delete_queue(directory: Directory, request: Request) -> Result:
    """Delete a queue at once (AWS takes up to a minute)."""
    queue = directory.of(request)
    queue.delete_queue()
    directory.rest(queue.name)
    return {}


def get_queue_url(directory: Directory, request: Request) -> Result:
    """Return the URL of a queue by its name."""
    return {"QueueUrl": directory.named(text(request, "QueueName"), text(request, "QueueOwnerAWSAccountId")).url}


def list_queues(directory: Directory, request: Request) -> Result:
    """List the URLs of queues whose names begin with a prefix."""
    prefix = text(request, "QueueNamePrefix")
    named = [(name, queue.url) for name, queue in sorted(directory.queues().items()) if name.startswith(prefix)]
    return _listed("QueueUrls", named, request)


def list_dead_letter_source_queues(directory: Directory, request: Request) -> Result:
    """List the URLs of queues whose dead letters come here."""
    target = directory.of(request)
    named = [
        (name, queue.url)
        for name, queue in sorted(directory.queues().items())
        if queue.settings.redrive is not None and queue.settings.redrive.target_arn == target.arn
    ]
    return {"queueUrls": [], **_listed("queueUrls", named, request)}


def get_queue_attributes(directory: Directory, request: Request) -> Result:
    """Return those attributes that were asked for and are set."""
    queue = directory.of(request)
    names = listed(request, "AttributeNames")
    for name in names:
        if name not in NAMES:
            raise errors.attribute_unknown(name)
    attributes = {**described(queue.settings), **_computed(directory, queue)}
    if "All" not in names:
        attributes = {name: value for name, value in attributes.items() if name in names}
    return {"Attributes": dict(sorted(attributes.items()))} if attributes else {}


def set_queue_attributes(directory: Directory, request: Request) -> Result:
    """Set attributes; "" takes a policy or a key away."""
    queue = directory.of(request)
    given = mapping(request, "Attributes")
    for name in given:
        if name in COMPUTED or name == "All":
            raise errors.attribute_unknown(name)
    queue.apply(changed(queue.settings, given), redrive_given=given.get("RedrivePolicy", ""))
    return {}


def purge_queue(directory: Directory, request: Request) -> Result:
    """Delete every message of a queue."""
    directory.of(request).purge(request.entry)
    return {}


def _listed(member: str, named: list[tuple[str, str]], request: Request) -> dict[str, Any]:
    limit = number(request, "MaxResults")
    if limit is not None and not 1 <= limit <= LIST_RESULTS_MAX:  # unconfirmed words
        raise errors.value_invalid(limit, "MaxResults", "Must be between 1 and 1000, if provided.")
    refused = errors.parameter_invalid("Invalid or expired next token.")  # unconfirmed words
    urls, more = page_by_name(named, text(request, "NextToken"), limit or LIST_RESULTS_MAX, refused)
    told = {member: urls} if urls else {}
    # without MaxResults the answer is cut at 1,000, with no token (documented)
    return told if limit is None else {**told, **more}


def _computed(directory: Directory, queue: Queue) -> dict[str, str]:
    counts = queue.store.counts(directory.world.clock.now_us)
    return {
        "ApproximateNumberOfMessages": str(counts.visible),
        "ApproximateNumberOfMessagesDelayed": str(counts.delayed),
        "ApproximateNumberOfMessagesNotVisible": str(counts.in_flight),
        "CreatedTimestamp": str(queue.created_s),
        "LastModifiedTimestamp": str(queue.modified_s),
        "QueueArn": queue.arn,
    }
