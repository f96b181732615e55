"""What do calls of X-Ray need? The action of the same name; groups and sampling rules are its only resources."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.permissions.need import Needs, Place, anywhere, at, called, member, on, text_in

_OF_A_GROUP: Final = ("CreateGroup", "DeleteGroup", "GetGroup", "UpdateGroup")
_OF_A_TAGGED: Final = ("ListTagsForResource", "TagResource", "UntagResource")
_OF_ALL: Final = (
    *("BatchGetTraces", "GetEncryptionConfig", "GetGroups", "GetSamplingRules", "GetSamplingTargets"),
    *("GetServiceGraph", "GetTraceGraph", "GetTraceSummaries", "PutEncryptionConfig", "PutTelemetryRecords"),
    "PutTraceSegments",
)

_named_rule = called("RuleName", "xray", "sampling-rule/{}")


def _group(given: Mapping[str, Any], place: Place) -> str:
    """Return the ARN of a group; the id behind the name of one that is only named is left open."""
    name = text_in(given, "GroupName")
    return text_in(given, "GroupARN") or (name and place.arn("xray", f"group/{name}/*"))


def _rule(given: Mapping[str, Any], place: Place) -> str:
    return text_in(given, "RuleARN") or _named_rule(given, place)


NEEDS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        **{name: on(_group, f"xray:{name}") for name in _OF_A_GROUP},
        **{name: on(at("ResourceARN"), f"xray:{name}") for name in _OF_A_TAGGED},
        **{name: anywhere(f"xray:{name}") for name in _OF_ALL},
        "CreateSamplingRule": on(
            lambda given, place: _rule(member(given, "SamplingRule"), place), "xray:CreateSamplingRule"
        ),
        "DeleteSamplingRule": on(_rule, "xray:DeleteSamplingRule"),
        "UpdateSamplingRule": on(
            lambda given, place: _rule(member(given, "SamplingRuleUpdate"), place), "xray:UpdateSamplingRule"
        ),
    }
)
