"""Which functions are programs, and who leads them? A client of ours in their language, or what they bring."""

from eventsim.function.extension import is_adapted
from eventsim.function.function import FunctionVersion
from eventsim.function.runtime import Language, is_program, language_of


def runs_as_program(version: FunctionVersion) -> bool:
    """Tell whether a function is a program, and no handler in Python that runs here."""
    return version.code is not None and (is_program(version.runtime) or is_web_program(version))


def is_web_program(version: FunctionVersion) -> bool:
    """Tell whether a function is a web program behind AWS's Lambda Web Adapter."""
    return is_adapted(version.extensions, version.environment)


def language_led(version: FunctionVersion) -> Language | None:
    """Return the language whose client of ours leads a program, None if it leads itself or is none."""
    return None if is_web_program(version) else language_of(version.runtime)
