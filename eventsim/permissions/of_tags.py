"""What do calls of the tagging API need? Its own actions; each service is then asked for those on its tags."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from eventsim.permissions.need import Needs, anywhere

_OPERATIONS: Final = (
    *("DescribeReportCreation", "GetComplianceSummary", "GetResources", "GetTagKeys", "GetTagValues"),
    *("StartReportCreation", "TagResources", "UntagResources"),
)

NEEDS: Final[Mapping[str, Needs]] = MappingProxyType({name: anywhere(f"tag:{name}") for name in _OPERATIONS})
