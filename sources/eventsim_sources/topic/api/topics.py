"""Operations on topics: make, find, list, set up, tag and delete them."""

from eventsim import Request, Result, load_json
from eventsim_sources.parameters import listed, mapping, text
from eventsim_sources.topic import delivery_policy, errors
from eventsim_sources.topic.api.directory import Directory
from eventsim_sources.topic.api.parameters import page, tags
from eventsim_sources.topic.errors import Fault
from eventsim_sources.topic.limits import FIFO_TOPICS_MAX, TAGS_MAX
from eventsim_sources.topic.names import check_topic_arn, check_topic_name
from eventsim_sources.topic.settings import check_data_protection, created, default_policy
from eventsim_sources.topic.source import Topic


def create_topic(directory: Directory, request: Request) -> Result:
    """Make a topic, or return the one that is there if it has no other attributes and tags than those given."""
    name = text(request, "Name")
    given = mapping(request, "Attributes")
    wanted_tags = tags(request)
    check_topic_name(name, is_fifo=given.get("FifoTopic") == "true")
    topic = directory.topics().get(name)
    if topic is not None:
        _check_same(topic, given, wanted_tags)
        return {"TopicArn": topic.arn}
    try:
        settings = created(given)
    except Fault as fault:
        raise errors.invalid(f"Attributes Reason: {fault}") from None
    protection = _data_protection(request)
    if settings.is_fifo and sum(each.settings.is_fifo for each in directory.topics().values()) >= FIFO_TOPICS_MAX:
        raise errors.limit_exceeded("Topic", "Topic limit exceeded for this account")
    topic = Topic(directory.world, name, settings, tags=wanted_tags)
    directory.world.add(topic)
    topic.apply(settings, given=given, cause=request.entry)
    _protect(topic, protection, request)
    return {"TopicArn": topic.arn}


def delete_topic(directory: Directory, request: Request) -> Result:
    """Delete a topic with its subscriptions; one that is not there is no error."""
    arn = text(request, "TopicArn")
    check_topic_arn(directory.world, arn)
    topic = directory.world.target(arn)
    if isinstance(topic, Topic):
        topic.delete(request.entry)
    return {}


def list_topics(directory: Directory, request: Request) -> Result:
    """List the ARNs of all topics."""
    arns, more = page([topic.arn for topic in directory.topics().values()], request)
    return {"Topics": [{"TopicArn": arn} for arn in arns], **more}


def get_topic_attributes(directory: Directory, request: Request) -> Result:
    """Return the attributes of a topic."""
    return {"Attributes": shown(directory, directory.of(request))}


def set_topic_attributes(directory: Directory, request: Request) -> Result:
    """Set one attribute of a topic."""
    topic = directory.of(request)
    name = text(request, "AttributeName")
    if name == "FifoTopic":
        raise errors.invalid("AttributeName")
    given = {name: text(request, "AttributeValue")}
    try:
        topic.apply(topic.settings.changed(given), given=given, cause=request.entry)
    except Fault as fault:
        raise errors.invalid(str(fault)) from None
    return {}


def shown(directory: Directory, topic: Topic) -> dict[str, str]:
    """Return a topic's attributes, the computed ones too (recorded)."""
    subscriptions = topic.known_subscriptions()
    pending_count = sum(each.is_pending for each in subscriptions)
    account_id = directory.world.account_id
    attributes = {
        "Policy": default_policy(topic.arn, account_id),
        "Owner": account_id,
        "SubscriptionsPending": str(pending_count),
        "TopicArn": topic.arn,
        "EffectiveDeliveryPolicy": delivery_policy.topic_shown(topic.settings.delivery_policy),
        "SubscriptionsConfirmed": str(len(subscriptions) - pending_count),
        "DisplayName": "",
        "SubscriptionsDeleted": str(topic.deleted_count),
        **{name: value for name, value in topic.settings.attributes.items() if value},
    }
    if topic.archive_begins_at:
        attributes["BeginningArchiveTime"] = topic.archive_begins_at
    return attributes


def _check_same(topic: Topic, given: dict[str, str], wanted_tags: dict[str, str]) -> None:
    """See that a topic that is there already is as it would be made.

    Raises:
        ApiError: it is not.
    """
    try:
        wanted = {**topic.settings.attributes, **created(given).attributes} if given else topic.settings.attributes
    except Fault as fault:
        raise errors.invalid(f"Attributes Reason: {fault}") from None
    has = {"DisplayName": "", "SignatureVersion": "1", **topic.settings.attributes}
    if any(_plain(has.get(name, "")) != _plain(wanted[name]) for name in given if name in wanted):
        raise errors.invalid("Attributes Reason: Topic already exists with different attributes")
    if wanted_tags and wanted_tags != topic.tags:
        raise errors.invalid("Tags Reason: Topic already exists with different tags")


def _plain(value: str) -> object:
    """Return JSON as its value, so that blanks do not count."""
    try:
        plain: object = load_json(value) if value.startswith("{") else value
    except ValueError:
        return value
    return plain


# --- tags ----------------------------------------------------------------------------------------------------


def tag_resource(directory: Directory, request: Request) -> Result:
    """Set tags; a repeated key overwrites."""
    topic = _tagged(directory, request)
    merged = {**topic.tags, **tags(request)}
    if len(merged) > TAGS_MAX:
        raise errors.tags_exceeded()
    topic.tags = merged
    return {}


def untag_resource(directory: Directory, request: Request) -> Result:
    """Take tags away; an absent key is no error."""
    topic = _tagged(directory, request)
    keys = listed(request, "TagKeys")
    topic.tags = {key: value for key, value in topic.tags.items() if key not in keys}
    return {}


def list_tags_for_resource(directory: Directory, request: Request) -> Result:
    """Return the tags."""
    return {"Tags": [{"Key": key, "Value": value} for key, value in _tagged(directory, request).tags.items()]}


def _tagged(directory: Directory, request: Request) -> Topic:
    arn = text(request, "ResourceArn")
    check_topic_arn(directory.world, arn, "ResourceArn")
    topic = directory.world.target(arn)
    if not isinstance(topic, Topic):
        raise errors.resource_missing()
    return topic


# --- data protection -----------------------------------------------------------------------------------------


def put_data_protection_policy(directory: Directory, request: Request) -> Result:
    """Keep a data protection policy; nothing is masked or refused by it."""
    topic = directory.by_arn(text(request, "ResourceArn"), "ResourceArn")
    _protect(topic, _data_protection(request), request)
    return {}


def get_data_protection_policy(directory: Directory, request: Request) -> Result:
    """Return the data protection policy."""
    return {
        "DataProtectionPolicy": directory.by_arn(text(request, "ResourceArn"), "ResourceArn").data_protection_policy
    }


def _data_protection(request: Request) -> str:
    """Return the data protection policy that a request gives, "" for none.

    Raises:
        ApiError: it can be none.
    """
    policy = text(request, "DataProtectionPolicy")
    try:
        check_data_protection(policy)
    except Fault as fault:
        raise errors.invalid(str(fault)) from None
    return policy


def _protect(topic: Topic, policy: str, request: Request) -> None:
    topic.data_protection_policy = policy
    if policy:
        topic.journal.inert("DataProtectionPolicy", "it is kept, and no message is looked at by it", request.entry)
