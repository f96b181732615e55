"""What goes wrong when a resource is made or taken away? Refusals, other forms, gaps of the simulation, things gone."""

from eventsim.errors import ApiError, ConfigurationError, NotSimulated, tells_of_absence
from eventsim.template.fit import Unfit
from eventsim.template.intrinsic import Unresolved

TROUBLE = (ApiError, ConfigurationError, Unfit, Unresolved, LookupError, TypeError, ValueError, AttributeError)
"""What making a resource may raise: a refusal, or properties of another form than the type has."""


class Worded(ConfigurationError):  # noqa: N818 - a fact
    """Something of which CloudFormation has words of its own, without those of an operation.

    Attributes:
        words: what CloudFormation says of it, "" for what it never learns.
    """

    def __init__(self, message: str, words: str = "") -> None:
        super().__init__(message)
        self.words = words


class Taken(Worded):
    """Another resource of a stack has the name of a new one."""

    def __init__(self, name: str, identifier: str, owner: str, stack: str, stack_id: str) -> None:
        message = f"{name} already exists: {owner} of the stack {stack}"
        super().__init__(message, f"{identifier} already exists in stack {stack_id}")


class Existing(ConfigurationError):  # noqa: N818 - a fact
    """Something that no stack has made has the name of a new resource.

    Attributes:
        is_handled: whether the handler of its type says so, and not CloudFormation by itself.
    """

    def __init__(self, message: str, *, is_handled: bool) -> None:
        super().__init__(message)
        self.is_handled = is_handled


def reason_of(error: Exception) -> str:
    """Return why a resource could not be made."""
    if isinstance(error, ApiError):
        return f"{error.code}: {error.message}"
    if isinstance(error, TypeError | AttributeError):
        return f"a property has another form than this type takes ({error})"
    return str(error.args[0]) if isinstance(error, LookupError) and error.args else str(error)


def is_gone(error: ApiError) -> bool:
    """Tell whether something cannot be deleted because it is not there: somebody else has done it."""
    return tells_of_absence(error.code, error.status)


def gap_of(error: NotSimulated | ApiError) -> str | None:
    """Return what is missing in the simulation, None if the operation refuses as AWS would."""
    if isinstance(error, NotSimulated):
        return f"needs {error.service}.{error.operation}, which is not simulated yet"
    if error.code == "NotImplemented" or "not simulated by eventsim" in error.message:
        return f"is not simulated: {error.message}"
    return None
