"""Which messages does a subscription want? Its filter policy, compiled."""

from collections.abc import Mapping
from typing import Any, Literal

from eventsim import TOPIC_ATTRIBUTES, TOPIC_BODY, Pattern, PatternError, compile_pattern
from eventsim_sources.topic.errors import Fault
from eventsim_sources.topic.limits import FILTER_POLICY_BYTES_MAX
from eventsim_sources.topic.message import Draft
from eventsim_sources.topic.message_attributes import Attributes

Scope = Literal["MessageAttributes", "MessageBody"]
SCOPES = ("MessageAttributes", "MessageBody")

_VERDICTS_MAX = 512
"""How many verdicts on attributes a policy remembers."""


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
        self._names = sorted(self._pattern.paths)
        self._verdicts: dict[object, str] = {}

    def why_not(self, draft: Draft, protocol: str) -> str:
        """Return why a message is not wanted, "" if it is."""
        if self._reads_body:
            return self._judge(draft.text_for(protocol))
        # Messages of one kind have the same attributes again and again: to explain them once is ten times faster.
        seen = tuple(_value(draft.attributes.get(name)) for name in self._names)
        verdict = self._verdicts.get(seen)
        if verdict is None:
            if len(self._verdicts) >= _VERDICTS_MAX:
                self._verdicts.clear()
            verdict = self._verdicts[seen] = self._judge(draft.attributes)
        return verdict

    def _judge(self, event: str | Attributes) -> str:
        return "" if self._pattern.matches(event) else str(self._pattern.explain(event))


def _compiled(text: str, *, reads_body: bool) -> Pattern:
    try:
        return compile_pattern(text, TOPIC_BODY if reads_body else TOPIC_ATTRIBUTES)
    except PatternError as error:
        raise Fault(error.message) from None


def _value(attribute: Mapping[str, Any] | None) -> object:
    """Return what a pattern sees of an attribute."""
    return None if attribute is None else (attribute.get("DataType"), attribute.get("StringValue"))
