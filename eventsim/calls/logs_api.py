"""What does CloudWatch Logs answer? Groups, streams, events and filters, right after an invocation."""

from collections.abc import Mapping

from eventsim.api import Operation
from eventsim.calls import (
    log_events_api,
    log_exports_api,
    log_filters_api,
    log_groups_api,
    log_queries_api,
    log_settings_api,
)
from eventsim.calls.inert import Offer, operations
from eventsim.calls.log_service import LogService

OFFERS: Mapping[str, Offer] = {
    **log_groups_api.OFFERS,
    **log_events_api.OFFERS,
    **log_exports_api.OFFERS,
    **log_filters_api.OFFERS,
    **log_settings_api.OFFERS,
    **log_queries_api.OFFERS,
}


class LogsApi(LogService):
    """CloudWatch Logs of one simulation."""

    def operations(self) -> Mapping[str, Operation]:
        """Return the operations by name."""
        return operations(self, OFFERS, self.inert)
