"""Which schedules and groups are there?"""

from eventsim import ApiError, World
from eventsim_sources.schedule.source import Schedule

DEFAULT = "default"


class Group:
    """A group of schedules.

    Attributes:
        token: by which a client may ask for it again, "" for none.
    """

    def __init__(self, world: World, name: str, token: str = "") -> None:
        self.name = name
        self.token = token
        self.arn = f"arn:aws:scheduler:{world.region}:{world.account_id}:schedule-group/{name}"
        self.created_us = world.clock.now_us
        self.tags: dict[str, str] = {}


class Directory:
    """The schedules of a simulation, as API calls find them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.groups = {DEFAULT: Group(world, DEFAULT)}

    def schedules(self) -> list[Schedule]:
        """Return all schedules by group and name."""
        found = [each for each in self.world.sources(Schedule.kind).values() if isinstance(each, Schedule)]
        return sorted(found, key=lambda schedule: (schedule.group, schedule.short_name))

    def find(self, group: str, name: str) -> Schedule | None:
        """Return a schedule, if there is one of this name in this group."""
        found = self.world.sources(Schedule.kind).get(name if group == DEFAULT else f"{group}/{name}")
        return found if isinstance(found, Schedule) else None

    def schedule(self, group: str, name: str) -> Schedule:
        """Return a schedule.

        Raises:
            ApiError: there is none.
        """
        found = self.find(group, name)
        if found is None:
            raise ApiError("ResourceNotFoundException", f"Schedule {name} does not exist.", status=404)
        return found

    def group(self, name: str) -> Group:
        """Return a group.

        Raises:
            ApiError: there is none.
        """
        group = self.groups.get(name)
        if group is None:
            raise ApiError("ResourceNotFoundException", f"Schedule group {name} does not exist.", status=404)
        return group
