"""`eventsim exec [SCENARIO] -- COMMAND`: run a command against a server of its own, and end with its exit code."""

import argparse
import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path

from eventsim.assembly import Assembly
from eventsim.cli import run_files, serving
from eventsim.cli.output import complain, width
from eventsim.cli.run_files import RunFiles
from eventsim.errors import ConfigurationError, tells_of_absence
from eventsim.live.instance import Instance
from eventsim.report.page import trouble_lines
from eventsim.report.text import wrapped
from eventsim.report.troubles import Trouble, find_troubles
from eventsim.scenario.templates import stack_of
from eventsim.template.naming import STACK_NAME_VARIABLE

_LOOKS = ("Describe", "Get", "Head", "List")
NOT_FOUND = 127
NOT_EXECUTABLE = 126
"""What shells answer when a command cannot be run."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.usage = "%(prog)s [OPTION ...] [SCENARIO] -- COMMAND ..."
    serving.add_port(
        parser, 0, f"the port, one that is free if not given; {serving.PORT_DEFAULT} for a suite that names that one"
    )
    run_files.add_arguments(parser)
    serving.add_arguments(parser)
    parser.add_argument(
        "words",
        nargs=argparse.REMAINDER,
        metavar="[SCENARIO] -- COMMAND ...",
        help="what is there from the beginning, with its workload; and what to run",
    )


def carry_out(chosen: argparse.Namespace) -> int:
    """Run the command."""
    scenario_path, command = _split(chosen.words)
    scenario = serving.read_scenario(scenario_path, chosen)
    instance = serving.make_instance(chosen, scenario, port=chosen.port)
    stack = "" if scenario is None else stack_of(scenario)
    child = _Child(instance, command, {**_environment(instance), **({STACK_NAME_VARIABLE: stack} if stack else {})})
    with RunFiles(chosen) as files:

        def part(world: Assembly) -> None:
            files.write(world, shlex.join(command))
            if child.code:
                _tell_troubles(world, is_kept=chosen.trace is not None)

        instance.run(child.start, part)
    return child.code


def _tell_troubles(world: Assembly, *, is_kept: bool) -> None:
    """Tell what went wrong on the server, which nobody can ask any more: a client often sees no more than a 500."""
    found = find_troubles(world.trace)
    if not found:
        return
    looks = [trouble for trouble in found if _is_look(trouble)]
    others = [trouble for trouble in found if not _is_look(trouble)]
    lines = ["what went wrong on the server", *trouble_lines(others or looks, width())]
    if others and looks:
        names = ", ".join(dict.fromkeys(trouble.place.removeprefix("operation ") for trouble in looks))
        lines.append(wrapped(f"besides, these did not find what they asked for: {names}", width(), first="  "))
    if not is_kept:
        lines.append("all of it: eventsim exec --trace run.jsonl …; eventsim story run.jsonl")
    complain("\n".join(lines))


def _is_look(trouble: Trouble) -> bool:
    """Tell whether somebody asked for what is not there, as tools do before they make it and after they deleted it."""
    if trouble.kind != "call refused" or not trouble.place.rpartition(".")[2].startswith(_LOOKS):
        return False
    return tells_of_absence(trouble.first.detail["code"], trouble.first.value)


class _Child:
    """The command while the server runs.

    Attributes:
        code: its exit code, as a shell tells it.
    """

    def __init__(self, instance: Instance, command: list[str], environ: Mapping[str, str]) -> None:
        self.code = 0
        self._instance = instance
        self._command = command
        self._environ = environ

    def start(self) -> None:
        """Start it; the server ends with it."""
        try:
            process = subprocess.Popen(self._command, env=dict(self._environ))  # noqa: S603 - what the user asks for
        except OSError as error:
            complain(f"{self._command[0]}: {error.strerror}")
            self.code = NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE
            self._instance.stop()
            return
        loop = self._instance.loop
        loop.add_signal_handler(signal.SIGINT, lambda: None)  # the terminal tells the command, too, and it decides
        loop.add_signal_handler(signal.SIGTERM, process.terminate)

        def wait() -> None:
            status = process.wait()
            self.code = status if status >= 0 else 128 - status
            loop.call_soon_threadsafe(self._instance.stop)

        threading.Thread(target=wait, name="eventsim exec", daemon=True).start()


def _split(words: list[str]) -> tuple[Path | None, list[str]]:
    """Tell scenario and command apart: what stands before `--` and what follows it."""
    before = words[: words.index("--")] if "--" in words else words
    command = words[len(before) + 1 :]
    if not command or len(before) > 1:
        raise ConfigurationError("write the command behind `--`: eventsim exec scenario.yaml -- pytest tests")
    return (Path(before[0]) if before else None), command


def _environment(instance: Instance) -> dict[str, str]:
    """Return the environment in which every SDK reaches the server."""
    return {
        **os.environ,
        "AWS_ENDPOINT_URL": instance.endpoint_url,
        "AWS_ACCESS_KEY_ID": instance.settings.account_id,
        "AWS_SECRET_ACCESS_KEY": "eventsim",
        "AWS_SESSION_TOKEN": "eventsim",
        "AWS_REGION": instance.settings.region,
        "AWS_DEFAULT_REGION": instance.settings.region,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",  # no host is called sync-127.0.0.1
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": ",".join(filter(None, [os.environ.get("NO_PROXY"), "127.0.0.1", "localhost"])),
    }
