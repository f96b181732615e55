"""Operations on tags: both versions of the API have them, under names of their own."""

from msgspec import Struct

from eventsim import Result
from eventsim_sources.gateway import tags
from eventsim_sources.gateway.api.call import Call, there


class TagOperations(Struct, frozen=True, kw_only=True):
    """The operations on tags of one version.

    Attributes:
        arn: what it calls the ARN of whatever bears tags.
        tags: what it calls them.
        keys: what it calls the keys of those to take away.
        missing: its words where the ARN names nothing.
    """

    arn: str
    tags: str
    keys: str
    missing: str

    def tag(self, call: Call) -> Result:
        """Set tags of an API, a stage, a key, a plan, a domain or a link."""
        self._held(call).update(call.given.get(self.tags, {}))
        return {}

    def untag(self, call: Call) -> Result:
        """Take tags away."""
        held = self._held(call)
        for name in call.given[self.keys]:
            held.pop(name, None)
        return {}

    def get(self, call: Call) -> Result:
        """Tell the tags of whatever bears them."""
        return {self.tags: dict(self._held(call))}

    def _held(self, call: Call) -> dict[str, str]:
        return there(tags.find(call.register, call.text(self.arn)), self.missing)


V1 = TagOperations(arn="resourceArn", tags="tags", keys="tagKeys", missing="Invalid Resource identifier specified")
V2 = TagOperations(arn="ResourceArn", tags="Tags", keys="TagKeys", missing="Invalid resource identifier specified")
