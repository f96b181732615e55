"""Which parts of an item does a reader want?"""

from collections.abc import Mapping

from eventsim_sources.table.expression.path import DocumentPath, check_apart, projected
from eventsim_sources.table.expression.projection_text import read_projection
from eventsim_sources.table.names import Names
from eventsim_sources.table.value import AttributeValue, Item


class Projection:
    """Document paths that are wanted.

    Attributes:
        paths: the paths, in the order of the text.
    """

    __slots__ = ("_flat", "paths")

    def __init__(self, paths: tuple[DocumentPath, ...]) -> None:
        self.paths = paths
        self._flat = all(len(path) == 1 for path in paths)

    @property
    def attributes(self) -> frozenset[str]:
        """The names of the attributes it speaks of."""
        return frozenset(str(path[0]) for path in self.paths)

    def of(self, item: Mapping[str, AttributeValue]) -> Item:
        """Return what the item has at the paths, within the maps and lists that hold it."""
        if self._flat:
            return {str(name): item[str(name)] for (name,) in self.paths if name in item}
        return projected(item, self.paths)


def parse_projection(text: str, names: Names, what: str = "ProjectionExpression") -> Projection:
    """Read a projection.

    Raises:
        ApiError: ValidationException, in AWS's words.
    """
    names.begin()
    paths = tuple(names.path(path, what) for path in read_projection(text, what))
    check_apart(paths, what)
    return Projection(paths)
