"""`eventsim serve [SCENARIO]`: serve AWS's APIs on one port of this machine."""

import argparse
import signal
import sys
import time
from pathlib import Path

from eventsim.cli import serving
from eventsim.cli.exit_code import ExitCode
from eventsim.cli.output import complain, say
from eventsim.live.admin import OWN_PATHS
from eventsim.live.instance import Instance


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument(
        "scenario", nargs="?", type=Path, metavar="SCENARIO", help="what is there from the beginning, with its workload"
    )
    serving.add_port(
        parser, serving.PORT_DEFAULT, f"the port, {serving.PORT_DEFAULT} if not given; 0 for one that is free"
    )
    parser.add_argument(
        "--host",
        default="",
        metavar="ADDRESS",
        help="where to listen, on this machine only if not given; 0.0.0.0 lets other machines in",
    )
    parser.add_argument("--quiet", action="store_true", help="do not log requests")
    serving.add_arguments(parser)


def carry_out(chosen: argparse.Namespace) -> int:
    """Serve until somebody ends it."""
    scenario = serving.read_scenario(chosen.scenario, chosen)
    told = None if chosen.quiet else _log_request
    instance = serving.make_instance(chosen, scenario, port=chosen.port, host=chosen.host, told=told)
    if chosen.host:
        complain(
            f"listening on {chosen.host}: whoever reaches this port can run code on this machine through functions"
        )
    ends = _End(instance)
    for number in (signal.SIGTERM, signal.SIGINT):
        instance.loop.add_signal_handler(number, ends.ask)

    def ready() -> None:
        mode = f"virtual time, {chosen.virtual}" if chosen.virtual else "live"
        say(f"eventsim is ready at {instance.endpoint_url} ({mode})")
        say(f"  what happens there: {instance.endpoint_url}{OWN_PATHS}report")
        if scenario is not None:
            for name, url in instance.addresses().items():
                say(f"  {name}: {url}")

    instance.run(ready)
    return ExitCode.FINE


class _End:
    """The first signal lets work under way end, the second does not."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._is_asked = False

    def ask(self) -> None:
        """End the server."""
        if self._is_asked:
            self._instance.cut_off()
        self._is_asked = True
        self._instance.stop()


def _log_request(name: str, status: int, span_s: float, why: str) -> None:
    now = time.strftime("%H:%M:%S")
    words = " ".join([now, name, str(status), f"{span_s * 1e3:.1f} ms", *why.split()])
    sys.stderr.write(f"{words}\n")
