"""Which messages does a subscription want? Its filter policy, compiled."""

import json
from typing import Literal

from eventsim import TOPIC_ATTRIBUTES, TOPIC_BODY, Pattern, PatternError, compile_pattern
from eventsim_sources.topic.errors import Fault
from eventsim_sources.topic.limits import FILTER_POLICY_BYTES_MAX
from eventsim_sources.topic.message import Draft

Scope = Literal["MessageAttributes", "MessageBody"]
SCOPES = ("MessageAttributes", "MessageBody")


class FilterPolicy:
    """A compiled filter policy.

    Args:
        text: the policy as JSON; `{}` takes everything.

    Raises:
        Fault: AWS refuses it.
    """

    def __init__(self, text: str, scope: str) -> None:
        if scope not in SCOPES:
            raise Fault(
                f"FilterPolicyScope: Invalid value [{scope}]. Please use either MessageBody or MessageAttributes"
            )
        if len(text.encode()) > FILTER_POLICY_BYTES_MAX:  # unconfirmed words
            raise Fault("FilterPolicy: Filter policy is too long")
        self.text = text
        self.scope = scope
        self._reads_body = scope == "MessageBody"
        self._pattern = _compiled(text, reads_body=self._reads_body)

    def why_not(self, draft: Draft, protocol: str) -> str:
        """Return why a message is not wanted, "" if it is."""
        event = draft.text_for(protocol) if self._reads_body else draft.attributes
        if self._pattern.matches(event):
            return ""
        return str(self._pattern.explain(event))


def _compiled(text: str, *, reads_body: bool) -> Pattern:
    try:
        return compile_pattern(text, TOPIC_BODY if reads_body else TOPIC_ATTRIBUTES)
    except PatternError as error:
        raise Fault(error.message) from None


def filter_text(value: object) -> str:
    """Return a policy that a scenario gives as data."""
    return json.dumps(value)
