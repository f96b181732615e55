"""What do calls of SNS need? The action of the same name on the topic, the application, the endpoint or the number."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.permissions.need import Need, Needs, Place, anywhere, at, called, if_given, on, text_in, together, unknown

_OF_A_TOPIC: Final = (
    *("AddPermission", "ConfirmSubscription", "DeleteTopic", "GetTopicAttributes", "ListSubscriptionsByTopic"),
    *("RemovePermission", "SetTopicAttributes"),
)
_OF_A_RESOURCE: Final = (
    *("GetDataProtectionPolicy", "ListTagsForResource", "PutDataProtectionPolicy", "TagResource", "UntagResource"),
)
_OF_AN_APPLICATION: Final = (
    *("CreatePlatformEndpoint", "DeletePlatformApplication", "GetPlatformApplicationAttributes"),
    *("ListEndpointsByPlatformApplication", "SetPlatformApplicationAttributes"),
)
_OF_AN_ENDPOINT: Final = ("DeleteEndpoint", "GetEndpointAttributes", "SetEndpointAttributes")
_OF_A_SUBSCRIPTION: Final = ("GetSubscriptionAttributes", "SetSubscriptionAttributes", "Unsubscribe")
"""On what they are judged is not documented."""
_OF_ALL: Final = ("ListPlatformApplications", "ListSubscriptions", "ListTopics")
"""AWS's refusals name all that the account has."""
_OF_MESSAGES: Final = (
    *("CheckIfPhoneNumberIsOptedOut", "CreatePlatformApplication", "CreateSMSSandboxPhoneNumber"),
    *("DeleteSMSSandboxPhoneNumber", "GetSMSAttributes", "GetSMSSandboxAccountStatus", "ListOriginationNumbers"),
    *("ListPhoneNumbersOptedOut", "ListSMSSandboxPhoneNumbers", "OptInPhoneNumber", "SetSMSAttributes"),
    "VerifySMSSandboxPhoneNumber",
)

_topic = called("Name", "sns")


def _subscribe(given: Mapping[str, Any], _place: Place) -> list[Need]:
    keys = {f"sns:{name}": (text_in(given, name),) for name in ("Endpoint", "Protocol") if given.get(name)}
    return [Need("sns:Subscribe", text_in(given, "TopicArn"), keys)]


NEEDS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        **{name: on(at("TopicArn"), f"sns:{name}") for name in _OF_A_TOPIC},
        **{name: on(at("ResourceArn"), f"sns:{name}") for name in _OF_A_RESOURCE},
        **{name: on(at("PlatformApplicationArn"), f"sns:{name}") for name in _OF_AN_APPLICATION},
        **{name: on(at("EndpointArn"), f"sns:{name}") for name in _OF_AN_ENDPOINT},
        **{name: on(unknown, f"sns:{name}") for name in _OF_A_SUBSCRIPTION},
        **{name: on(lambda _given, place: place.arn("sns", "*"), f"sns:{name}") for name in _OF_ALL},
        **{name: anywhere(f"sns:{name}") for name in _OF_MESSAGES},
        "CreateTopic": together(on(_topic, "sns:CreateTopic"), if_given("Tags", on(_topic, "sns:TagResource"))),
        "Publish": on(at("TopicArn", "TargetArn", "PhoneNumber"), "sns:Publish"),
        "PublishBatch": on(at("TopicArn"), "sns:Publish"),
        "Subscribe": _subscribe,
    }
)
