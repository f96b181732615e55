"""The command `eventsim` in a folder with a few scenarios."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from eventsim.cli.main import main

HANDLERS = '''\
"""Handlers of the scenarios in these tests."""

import json


def hello(event, context):
    print("hello,", event["name"])
    return {"hello": event["name"]}


def charge(event, context):
    for record in event["Records"]:
        json.loads(record["body"])["amount"]
'''

HELLO = """\
functions:
  hello: {handler: app.hello}
workload:
  - invoke: {function: hello, event: {name: you}}
expect:
  - function hello has 1 invocation
"""

ORDERS = """\
functions:
  charge: {handler: app.charge}
queues:
  orders:
    visibility_timeout: 60 s
    dead_letter: {queue: dead, max_receive_count: 3}
  dead: {}
mappings:
  - {source: orders, function: charge, batch_size: 1}
workload:
  - {at: 0 s, send: {queue: orders, body: {amount: 1}}}
  - {at: 5 s, send: {queue: orders, body: broken}}
"""

FOR_EVER = """\
functions:
  hello: {handler: app.hello}
workload:
  - {every: 10 ms, invoke: {function: hello, type: asynchronous, event: {name: you}}}
until: 3650 days
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with handlers and three scenarios."""
    for name, text in {
        "app.py": HANDLERS,
        "hello.yaml": HELLO,
        "orders.yaml": ORDERS,
        "for_ever.yaml": FOR_EVER,
    }.items():
        (tmp_path / name).write_text(text)
    return tmp_path


Done = subprocess.CompletedProcess[str]


@pytest.fixture
def eventsim(folder: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Carry the command out in the folder, in this process."""

    def run(*arguments: str) -> Done:
        with contextlib.chdir(folder):
            try:
                code = main(arguments)
            except SystemExit as end:  # argparse's way to refuse a command line
                code = int(end.code or 0)
        out, err = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, code, out, err)

    return run


@pytest.fixture
def eventsim_process(folder: Path) -> Callable[..., Done]:
    """Run the command in the folder, in a process of its own; standard output and error are pipes."""

    def run(*arguments: str, **environment: str) -> Done:
        return subprocess.run(
            [sys.executable, "-m", "eventsim", *arguments],
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
            check=False,
        )

    return run
