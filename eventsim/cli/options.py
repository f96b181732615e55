"""What may stand on the command line of `eventsim run`?"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from eventsim.cli import run_files
from eventsim.errors import ConfigurationError
from eventsim.permissions.role import Permissions
from eventsim.quantity import duration_us


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("scenario", type=Path, metavar="SCENARIO", help="the scenario, a YAML file; or a template")
    parser.add_argument("--seed", type=int, metavar="N", help="the number from which all chance follows")
    add_until(parser)
    parser.add_argument("--db", type=Path, metavar="FILE", help="mirror queues, streams, tables into this SQLite file")
    add_permissions(parser)
    run_files.add_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print the summary as one JSON object")
    parser.add_argument("--logs", action="store_true", help="show the functions' logs, however long they are")
    parser.add_argument("--prices", type=Path, metavar="FILE", help="prices that differ, in the form of prices.toml")
    parser.add_argument("--twice", action="store_true", help="run in two processes and compare their traces")
    add_settings(parser)


def add_permissions(parser: argparse.ArgumentParser) -> None:
    """Describe how it is said what becomes of calls that are not permitted."""
    parser.add_argument(
        "--permissions",
        choices=get_args(Permissions),
        help="what becomes of a call that the policies of a role do not permit: nothing (ignored, and noted, which "
        "sums up what calls need), a line in the trace (told), or the refusal that AWS gives (enforced)",
    )


def permissions_for(chosen: argparse.Namespace, said: Permissions) -> Permissions:
    """Return what is to become of permissions by the command line, else by the scenario.

    What calls need is noted at least if policies shall be written.
    """
    permissions: Permissions = chosen.permissions or said
    return "noted" if permissions == "ignored" and getattr(chosen, "policies", None) is not None else permissions


def add_until(parser: argparse.ArgumentParser) -> None:
    """Describe how a run is told to end."""
    parser.add_argument("--until", type=duration, metavar="TIME", help="end when so much time has passed: `2 h`")


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Describe what else a scenario is told."""
    parser.add_argument(
        "--set",
        type=_setting,
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="replace a setting of the scenario, such as `functions.resize.timeout=10 s`; may be given again",
    )
    add_parameter(parser)


def add_parameter(parser: argparse.ArgumentParser) -> None:
    """Describe what a template takes."""
    parser.add_argument(
        "--parameter",
        type=_parameter,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="the value of a parameter of the template; may be given again",
    )


def template_overrides(chosen: argparse.Namespace) -> Mapping[str, str]:
    """Return the settings of the scenario that say what the template takes."""
    return {f"template.parameters.{name}": json.dumps(value) for name, value in chosen.parameter}


def setting_overrides(chosen: argparse.Namespace) -> dict[str, str]:
    """Return what `--set` and `--parameter` say: dotted key → YAML text."""
    return {**dict(chosen.set), **template_overrides(chosen)}


def overrides(chosen: argparse.Namespace) -> Mapping[str, str]:
    """Return the settings of the scenario that the command line replaces: dotted key → YAML text."""
    given = setting_overrides(chosen)
    if chosen.seed is not None:
        given["seed"] = str(chosen.seed)
    if chosen.until is not None:
        given["until"] = chosen.until
    return given


def duration(text: str) -> str:
    """Return the text of a duration as it was given; raises what argparse shows if it is none."""
    try:
        duration_us(text)
    except ConfigurationError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _setting(text: str) -> tuple[str, str]:
    return _pair(text, "KEY=VALUE, such as `functions.resize.timeout=10 s`")


def _parameter(text: str) -> tuple[str, str]:
    return _pair(text, "NAME=VALUE, such as `Stage=test`")


def _pair(text: str, form: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is not {form}")
    return key.strip(), value
