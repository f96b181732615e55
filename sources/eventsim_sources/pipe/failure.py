"""What can go wrong with a batch in a pipe?"""


class BatchFailed(Exception):  # noqa: N818 - a fact, as the field says it
    """The batch did not get through.

    Attributes:
        places: which events of it failed, by their places; None for all.
    """

    def __init__(self, reason: str, places: frozenset[int] | None = None) -> None:
        super().__init__(reason)
        self.places = places
