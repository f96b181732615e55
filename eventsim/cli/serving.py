"""What do `eventsim serve` and `eventsim exec` have in common? How a server is described, and made from that."""

import argparse
import logging
import os
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from pathlib import Path

from eventsim.assembly import Assembly
from eventsim.cli.database import check_database
from eventsim.cli.options import add_permissions, add_settings, permissions_for, setting_overrides
from eventsim.clock import START_AT
from eventsim.errors import ConfigurationError
from eventsim.live.instance import Instance, Settings
from eventsim.live.ports import LOOPBACK
from eventsim.live.service import Told
from eventsim.scenario.build import building, start_of
from eventsim.scenario.load import Scenario, load
from eventsim.template.naming import STACK_NAME_VARIABLE

PORT_DEFAULT = 4566
"""Where clients that were made for other AWS emulators look."""
ACCOUNT_DEFAULT = "000000000000"
"""The account of credentials that name none, as those emulators have it."""
REGION_DEFAULT = "us-east-1"
PORT_MAX = 65_535
"""The last port there is."""


def add_port(parser: argparse.ArgumentParser, default: int, meaning: str) -> None:
    """Let the command line choose the port."""
    parser.add_argument("--port", type=_port, default=default, metavar="N", help=meaning)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe what both commands take."""
    parser.add_argument(
        "--virtual",
        action="store_const",
        const="on demand",
        default="",
        help="serve in virtual time, which passes on `POST /_eventsim/advance` only",
    )
    parser.add_argument(
        "--virtual=auto",  # as an option of its own, lest it swallow the scenario behind it
        dest="virtual",
        action="store_const",
        const="auto",
        help="serve in virtual time, which jumps whenever nothing is left to do",
    )
    parser.add_argument(
        "--db",
        type=Path,
        metavar="FILE",
        help="keep what the API makes in this SQLite file and beside it, for the next server",
    )
    parser.add_argument(
        "--sync",
        choices=("normal", "full"),
        default="normal",
        help="what an acknowledged change in --db outlives: the end of the process (normal), or a loss of power, too",
    )
    parser.add_argument(
        "--buckets",
        type=Path,
        metavar="DIR",
        help="keep buckets in this folder: each sub-folder is one, and files that people put there are objects",
    )
    parser.add_argument(
        "--throttles",
        action="store_true",
        help="refuse what is beyond the throughput of tables and other quotas on requests, as AWS does",
    )
    add_permissions(parser)
    parser.add_argument("--account-id", type=_account, metavar="N", help=f"12 digits, {ACCOUNT_DEFAULT} if not given")
    parser.add_argument("--region", metavar="NAME", help=f"the region, {REGION_DEFAULT} if not given")
    parser.add_argument("--seed", type=int, metavar="N", help="the number from which all ids follow")
    add_settings(parser)


def read_scenario(path: Path | None, chosen: argparse.Namespace) -> Scenario | None:
    """Return the scenario that a server begins with, changed as the command line says.

    Raises:
        ConfigurationError: there is none to be changed.
        ScenarioError: it cannot be read or makes no sense.
    """
    given = setting_overrides(chosen)
    if path is not None:
        return load(path, overrides=given, stack=os.environ.get(STACK_NAME_VARIABLE, ""))
    if given:
        raise ConfigurationError("--set and --parameter change a scenario or a template; name one")
    return None


def make_instance(
    chosen: argparse.Namespace, scenario: Scenario | None, *, port: int, host: str = "", told: Told | None = None
) -> Instance:
    """Return the server that the command line describes.

    Raises:
        ConfigurationError: the port is taken, or botocore is not installed.
        ScenarioError: the scenario or the database is unfit.
    """
    if find_spec("botocore") is None:
        raise ConfigurationError("AWS's protocols are read from botocore's models: pip install 'eventsim[boto3]'")
    if chosen.db is not None:
        check_database(chosen.db)
    if chosen.buckets is not None and chosen.virtual:
        raise ConfigurationError("--buckets takes files as people put them, which virtual time cannot; leave one out")
    logging.basicConfig(format="eventsim: %(message)s")
    spec = None if scenario is None else scenario.spec
    if scenario is not None and scenario.spec.http_stubs and not chosen.virtual:
        message = "they answer in virtual time only, live functions reach the network: serve with --virtual=auto"
        raise scenario.located(ConfigurationError(message, key="http_stubs"))
    if chosen.seed is not None:
        seed = chosen.seed
    elif chosen.virtual:
        seed = 0 if spec is None else spec.seed
    else:
        seed = int.from_bytes(os.urandom(7), "big")  # two servers must not give the same ids
    settings = Settings(
        port=port,
        host="" if host in LOOPBACK or host == "localhost" else host,
        account_id=chosen.account_id or (ACCOUNT_DEFAULT if spec is None else spec.account),
        region=chosen.region or (REGION_DEFAULT if spec is None else spec.region),
        virtual=chosen.virtual,
        seed=seed,
        folder=None if scenario is None else scenario.folder,
        database=chosen.db,
        syncs_fully=chosen.sync == "full",
        throttles=chosen.throttles or (spec is not None and spec.throttles),
        permissions=permissions_for(chosen, "ignored" if spec is None else spec.permissions),
        folders={} if chosen.buckets is None else {"buckets": chosen.buckets.resolve()},
        start_at=START_AT if scenario is None else start_of(scenario),
    )
    return Instance(settings, furnish=None if scenario is None else _furnisher(scenario), told=told)


def _furnisher(scenario: Scenario) -> Callable[[Assembly], Awaitable[None]]:
    async def furnish(world: Assembly) -> None:
        try:
            plan = await building(scenario, world)
            plan.begin_workload()
        except ConfigurationError as error:
            raise scenario.located(error) from error

    return furnish


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > PORT_MAX:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no port; write a number up to {PORT_MAX}, 0 for one that is free"
        )
    return int(text)


def _account(text: str) -> str:
    if len(text) != 12 or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no account: 12 digits")
    return text
