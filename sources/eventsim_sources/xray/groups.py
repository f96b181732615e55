"""What is a group? A filter expression with a name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from eventsim import ApiError, World
from eventsim_sources.xray.expression import read_expression
from eventsim_sources.xray.rules import DEFAULT

_ID_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_ID_LENGTH = 52


@dataclass
class Group:
    """One group.

    Attributes:
        insights: whether it should have insights and tell of them, in X-Ray's words; nobody gathers any.
    """

    name: str
    arn: str
    expression: str
    tags: dict[str, str] = field(default_factory=dict)
    insights: Mapping[str, bool] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """Return what X-Ray tells of it."""
        return {
            "GroupName": self.name,
            "GroupARN": self.arn,
            **({"FilterExpression": self.expression} if self.expression else {}),
            "InsightsConfiguration": {"InsightsEnabled": False, "NotificationsEnabled": False, **self.insights},
        }


class Groups:
    """The groups of a world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._luck = world.chance.stream("groups of traces")
        self._groups: dict[str, Group] = {}

    def __iter__(self) -> Iterator[Group]:
        """Yield the groups in the order in which they were made."""
        return iter(self._groups.values())

    def create(self, name: str, expression: str, tags: Mapping[str, str]) -> Group:
        """Make a group.

        Raises:
            ApiError: the name is taken, or the expression cannot be read.
        """
        if name in self._groups or name == DEFAULT:
            raise ApiError("InvalidRequestException", f"Group {name} already exists")
        read_expression(expression)
        identifier = "".join(self._luck.choices(_ID_CHARACTERS, k=_ID_LENGTH))
        arn = f"arn:aws:xray:{self._world.region}:{self._world.account_id}:group/{name}/{identifier}"
        group = self._groups[name] = Group(name, arn, expression, dict(tags))
        return group

    def meant(self, name: object, arn: object) -> Group:
        """Return the group that is named, by name or by ARN.

        Raises:
            ApiError: there is none.
        """
        if bool(name) is bool(arn):
            raise ApiError("InvalidRequestException", "Specify a group by either GroupName or GroupARN, but not both")
        found = next((each for each in self if name == each.name or arn == each.arn), None)
        if found is None:
            raise ApiError("InvalidRequestException", "Group not found")
        return found

    def expression_of(self, name: str) -> str:
        """Return the expression of a group that another expression names, by name or ARN.

        Raises:
            ApiError: there is none.
        """
        return (self.meant(None, name) if name.startswith("arn:") else self.meant(name, None)).expression

    def delete(self, group: Group) -> None:
        """Delete a group."""
        del self._groups[group.name]
