"""Operations on subscriptions: make, confirm, find, list, set up and end them."""

import re

from eventsim import Request, Result
from eventsim_sources.parameters import mapping, text
from eventsim_sources.topic import errors
from eventsim_sources.topic.api.directory import Directory
from eventsim_sources.topic.api.parameters import page
from eventsim_sources.topic.errors import Fault
from eventsim_sources.topic.names import ARN_PARTS
from eventsim_sources.topic.source import Topic
from eventsim_sources.topic.subscription import Subscription

_PENDING = "pending confirmation"
_TOKEN = re.compile(r"[0-9a-f]{64,}")
"""What a token looks like; where AWS draws the line is unconfirmed."""


def subscribe(directory: Directory, request: Request) -> Result:
    """Subscribe an endpoint; one that is subscribed already is no error if its attributes are the same.

    One that has not confirmed yet is asked again.
    """
    topic = directory.of(request)
    protocol, endpoint = text(request, "Protocol"), text(request, "Endpoint")
    given = mapping(request, "Attributes")
    subscription = topic.find(protocol, endpoint)
    if subscription is None:
        _check_application_endpoint(directory, protocol, endpoint)
        if protocol == "firehose" and not given.get("SubscriptionRoleArn"):  # documented; unconfirmed words
            raise errors.invalid("Attributes Reason: SubscriptionRoleArn: it is required for firehose")
        try:
            subscription = topic.subscribe(protocol, endpoint, given, cause=request.entry)
        except Fault as fault:
            raise errors.invalid(f"Attributes Reason: {fault}") from None
    elif subscription.differs(given):
        raise errors.invalid("Attributes Reason: Subscription already exists with different attributes")
    elif subscription.is_pending:
        topic.ask_again(subscription, cause=request.entry)
    is_hidden = subscription.is_pending and not request.parameters.get("ReturnSubscriptionArn")
    return {"SubscriptionArn": _PENDING if is_hidden else subscription.arn}


def confirm_subscription(directory: Directory, request: Request) -> Result:
    """Confirm a subscription by its token, whatever topic the request names."""
    arn, token = text(request, "TopicArn"), text(request, "Token")
    parts = arn.split(":")
    if len(parts) != ARN_PARTS or parts[2] != "sns" or parts[3] != directory.world.region:
        raise errors.invalid("Topic")
    if not _TOKEN.fullmatch(token):
        raise errors.invalid_token()
    is_signed = not request.caller.is_anonymous
    is_owner_only = is_signed and text(request, "AuthenticateOnUnsubscribe").lower() == "true"
    for topic in directory.topics().values():
        found = topic.confirm(token, is_signed=is_signed, is_owner_only=is_owner_only, cause=request.entry)
        if found is not None:
            return {"SubscriptionArn": found.arn}
    raise errors.invalid("Token")


def unsubscribe(directory: Directory, request: Request) -> Result:
    """End a subscription; one that is not there is no error."""
    found = directory.subscription(request)
    if found is not None:
        topic, subscription = found
        topic.unsubscribe(subscription, cause=request.entry, is_signed=not request.caller.is_anonymous)
    return {}


def get_subscription_attributes(directory: Directory, request: Request) -> Result:
    """Return the attributes of a subscription."""
    topic, subscription = directory.existing_subscription(request)
    policy = topic.settings.delivery_policy
    return {"Attributes": subscription.shown(owner=directory.world.account_id, topic_policy=policy)}


def set_subscription_attributes(directory: Directory, request: Request) -> Result:
    """Set one attribute of a subscription; it holds at once (AWS takes up to 15 minutes for filter policies)."""
    topic, subscription = directory.existing_subscription(request)
    name, value = text(request, "AttributeName"), text(request, "AttributeValue")
    try:
        topic.set_attribute(subscription, name, value, cause=request.entry)
    except Fault as fault:
        raise errors.invalid(str(fault)) from None
    return {}


def list_subscriptions(directory: Directory, request: Request) -> Result:
    """List the subscriptions of all topics."""
    everybody = [each for topic in directory.topics().values() for each in topic.known_subscriptions()]
    return _listed(directory, everybody, request)


def list_subscriptions_by_topic(directory: Directory, request: Request) -> Result:
    """List the subscriptions of a topic."""
    topic: Topic = directory.of(request)
    return _listed(directory, topic.known_subscriptions(), request)


def _listed(directory: Directory, subscriptions: list[Subscription], request: Request) -> Result:
    shown, more = page(subscriptions, request)
    listed = [
        {
            "SubscriptionArn": "PendingConfirmation" if each.is_pending else each.arn,
            "Owner": directory.world.account_id,
            "Protocol": each.protocol,
            "Endpoint": each.endpoint,
            "TopicArn": each.topic_arn,
        }
        for each in shown
    ]
    return {"Subscriptions": listed, **more}


def _check_application_endpoint(directory: Directory, protocol: str, endpoint: str) -> None:
    """See that a platform endpoint is there (words unconfirmed)."""
    if protocol == "application" and endpoint.startswith("arn:") and directory.platforms.endpoint(endpoint) is None:
        raise errors.invalid("Endpoint Reason: Endpoint does not exist for endpoint arn" + endpoint)
