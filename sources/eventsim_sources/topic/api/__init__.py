"""SNS as its clients know it: one function for each operation."""

from collections.abc import Callable, Mapping
from functools import partial

from eventsim import About, Operation, Request, Result, World
from eventsim_sources.topic.api import permissions, platforms, publishing, sms, subscriptions, topics
from eventsim_sources.topic.api.directory import Directory

_OPERATIONS: Mapping[str, Callable[[Directory, Request], Result]] = {
    "AddPermission": permissions.add_permission,
    "CheckIfPhoneNumberIsOptedOut": sms.check_if_phone_number_is_opted_out,
    "ConfirmSubscription": subscriptions.confirm_subscription,
    "CreatePlatformApplication": platforms.create_platform_application,
    "CreatePlatformEndpoint": platforms.create_platform_endpoint,
    "CreateSMSSandboxPhoneNumber": sms.create_sms_sandbox_phone_number,
    "CreateTopic": topics.create_topic,
    "DeleteEndpoint": platforms.delete_endpoint,
    "DeletePlatformApplication": platforms.delete_platform_application,
    "DeleteSMSSandboxPhoneNumber": sms.delete_sms_sandbox_phone_number,
    "DeleteTopic": topics.delete_topic,
    "GetDataProtectionPolicy": topics.get_data_protection_policy,
    "GetEndpointAttributes": platforms.get_endpoint_attributes,
    "GetPlatformApplicationAttributes": platforms.get_platform_application_attributes,
    "GetSMSAttributes": sms.get_sms_attributes,
    "GetSMSSandboxAccountStatus": sms.get_sms_sandbox_account_status,
    "GetSubscriptionAttributes": subscriptions.get_subscription_attributes,
    "GetTopicAttributes": topics.get_topic_attributes,
    "ListEndpointsByPlatformApplication": platforms.list_endpoints_by_platform_application,
    "ListOriginationNumbers": sms.list_origination_numbers,
    "ListPhoneNumbersOptedOut": sms.list_phone_numbers_opted_out,
    "ListPlatformApplications": platforms.list_platform_applications,
    "ListSMSSandboxPhoneNumbers": sms.list_sms_sandbox_phone_numbers,
    "ListSubscriptions": subscriptions.list_subscriptions,
    "ListSubscriptionsByTopic": subscriptions.list_subscriptions_by_topic,
    "ListTagsForResource": topics.list_tags_for_resource,
    "ListTopics": topics.list_topics,
    "OptInPhoneNumber": sms.opt_in_phone_number,
    "Publish": publishing.publish,
    "PublishBatch": publishing.publish_batch,
    "PutDataProtectionPolicy": topics.put_data_protection_policy,
    "RemovePermission": permissions.remove_permission,
    "SetEndpointAttributes": platforms.set_endpoint_attributes,
    "SetPlatformApplicationAttributes": platforms.set_platform_application_attributes,
    "SetSMSAttributes": sms.set_sms_attributes,
    "SetSubscriptionAttributes": subscriptions.set_subscription_attributes,
    "SetTopicAttributes": topics.set_topic_attributes,
    "Subscribe": subscriptions.subscribe,
    "TagResource": topics.tag_resource,
    "Unsubscribe": subscriptions.unsubscribe,
    "UntagResource": topics.untag_resource,
    "VerifySMSSandboxPhoneNumber": sms.verify_sms_sandbox_phone_number,
}

_TOPIC, _SUBSCRIPTION = "topic:TopicArn|ResourceArn", "topic:SubscriptionArn|TopicArn"
_ABOUT: Mapping[str, About] = {
    "AddPermission": About(_TOPIC),
    "ConfirmSubscription": About(_SUBSCRIPTION),
    "CreateTopic": About(_TOPIC),
    "DeleteTopic": About(_TOPIC, ends=True),
    "PutDataProtectionPolicy": About(_TOPIC, part=""),
    "RemovePermission": About(_TOPIC),
    "SetSubscriptionAttributes": About(_SUBSCRIPTION, part="AttributeName"),
    "SetTopicAttributes": About(_TOPIC, part="AttributeName"),
    "Subscribe": About(_SUBSCRIPTION),
    "TagResource": About(_TOPIC, part="Tags.Key"),
    "Unsubscribe": About(_SUBSCRIPTION, ends=True),
    "UntagResource": About(_TOPIC),
}


def operations(world: World) -> Mapping[str, Operation]:
    """Return SNS's operations for one simulation."""
    directory = Directory(world)
    made = {name: partial(operation, directory) for name, operation in _OPERATIONS.items()}
    return world.lasting(made, but=("Publish", "PublishBatch"), about=_ABOUT)
