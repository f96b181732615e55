"""Do `check`, `story`, `report`, `new` and the command as a whole keep their promises?"""

import re
import subprocess
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.interpreters import needs_node

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def test_the_version_is_shown(eventsim: Command) -> None:
    """And nothing else."""
    assert eventsim("--version").stdout == f"eventsim {version('eventsim')}\n"


@pytest.mark.parametrize("arguments", [[], ["walk"], ["run"], ["run", "hello.yaml", "--fast"]])
def test_a_wrong_command_line_is_exit_code_2(eventsim: Command, arguments: list[str]) -> None:
    """With the usage."""
    done = eventsim(*arguments)

    assert done.returncode == 2
    assert done.stderr.startswith("usage: eventsim")


# --- check -------------------------------------------------------------------------------------------------


def test_a_scenario_that_is_fine_is_praised(eventsim: Command) -> None:
    """With what is in it."""
    done = eventsim("check", "orders.yaml")

    assert (done.returncode, done.stdout) == (
        0,
        "orders is fine: 1 function, 2 queues, 1 mapping, 2 feeds\n",
    )


def test_a_template_that_is_fine_is_praised(eventsim: Command, folder: Path) -> None:
    """With how much it makes."""
    (folder / "queues.yaml").write_text("Resources: {Orders: {Type: AWS::SQS::Queue}, Lost: {Type: AWS::SQS::Queue}}")

    done = eventsim("check", "queues.yaml")

    assert done.stdout == "queues is fine: 2 resources of templates\n"


@pytest.mark.parametrize(
    ("code", "says"),
    [
        pytest.param("import nonsense", "No module named 'nonsense'", id="an import that fails"),
        pytest.param("def hello(:", "Syntax error in module 'app'", id="a syntax error"),
        pytest.param("", "Handler 'hello' missing on module 'app'", id="no such function"),
        pytest.param("raise ValueError('no table')", "ValueError: no table", id="a module that raises"),
    ],
)
def test_a_handler_that_does_not_import_is_found(eventsim: Command, folder: Path, code: str, says: str) -> None:
    """It is shown in the scenario, where it is named."""
    (folder / "app.py").write_text(code)

    done = eventsim("check", "hello.yaml")

    assert done.returncode == 2
    assert "hello.yaml:2:" in done.stderr
    assert says in done.stderr


@pytest.mark.parametrize(
    ("handler", "says"),
    [
        pytest.param("app.helo", "'helo' missing on module 'app'; did you mean `hello`?", id="a function"),
        pytest.param("ap.hello", "No module named 'ap'; did you mean `app`?", id="a module"),
        pytest.param("more.hello", "No module named 'more'; did you mean `deep.more`?", id="a module of a folder"),
        pytest.param("deep/mor.hello", "No module named 'deep.mor'; did you mean `deep/more`?", id="by a path"),
        pytest.param(
            "deep.more.made", "'made' missing on module 'deep.more'; did you mean `make`?", id="an assignment"
        ),
        pytest.param("hello", "Bad handler 'hello'", id="no module at all"),
        pytest.param("hello", "; a handler is named `module.function`\n", id="how handlers are named"),
        pytest.param("needy.hello", "No module named 'deep.moor'\n", id="a module that imports what there is not"),
    ],
)
def test_a_misspelt_handler_is_told_with_what_may_be_meant(
    eventsim: Command, folder: Path, handler: str, says: str
) -> None:
    """By the names that its code has; what a module imports itself is for its author to know."""
    (folder / "deep").mkdir()
    (folder / "deep" / "more.py").write_text("make = lambda event, context: None\n")
    (folder / "needy.py").write_text("import deep.moor\n")
    (folder / "hello.yaml").write_text(f"functions: {{hello: {{handler: {handler}}}}}\n")

    done = eventsim("check", "hello.yaml")

    assert done.returncode == 2
    assert says in done.stderr


@needs_node
def test_a_missing_sdk_is_to_be_installed(eventsim: Command, folder: Path) -> None:
    """On Lambda it is there."""
    (folder / "index.js").write_text('require("@aws-sdk/client-of-nobody/more");')
    (folder / "script.yaml").write_text("functions:\n  f: {runtime: nodejs22.x, handler: index.handler}\n")

    done = eventsim("check", "script.yaml")

    assert "Cannot find module '@aws-sdk/client-of-nobody/more'" in done.stderr
    assert "npm install --save-dev @aws-sdk/client-of-nobody\n" in done.stderr


@needs_node
def test_code_in_typescript_is_to_be_built(eventsim: Command, folder: Path) -> None:
    """Lambda would not run it either."""
    (folder / "app.ts").write_text("export const handler = async (): Promise<number> => 1;")
    (folder / "script.yaml").write_text("functions:\n  f: {runtime: nodejs22.x, handler: app.handler}\n")

    done = eventsim("check", "script.yaml")

    assert "app.ts must be built first, as for Lambda (esbuild, tsc, `sam build`)" in done.stderr


def test_a_program_is_to_be_made_executable(eventsim: Command, folder: Path) -> None:
    """Archives and some file systems lose the bit; Lambda says only that there is no program."""
    (folder / "bootstrap").write_text("#!/bin/sh\n")
    (folder / "program.yaml").write_text("functions:\n  f: {runtime: provided.al2023, handler: f}\n")

    done = eventsim("check", "program.yaml")

    assert "Runtime.InvalidEntrypoint: Couldn't find valid bootstrap(s): [/var/task/bootstrap" in done.stderr
    assert "bootstrap is not executable: chmod +x " in done.stderr


def test_all_mistakes_are_told_at_once(eventsim: Command, folder: Path) -> None:
    """Mending one after another is tedious."""
    text = (folder / "orders.yaml").read_text()
    (folder / "orders.yaml").write_text(
        text.replace("function: charge", "function: chrge").replace("queue: o", "queue: ")
    )

    done = eventsim("check", "orders.yaml")

    assert "did you mean `charge`" in done.stderr
    assert done.stderr.count("did you mean `orders`") == 2


def test_a_call_of_what_there_is_not_is_shown_where_it_stands(eventsim: Command, folder: Path) -> None:
    """Services and operations are AWS's; which there are, botocore knows."""
    (folder / "calls.yaml").write_text(
        "workload:\n  - call: {service: sqss, operation: SendMessage}\n", encoding="utf-8"
    )

    done = eventsim("check", "calls.yaml")

    assert done.returncode == 2
    assert done.stderr.startswith(
        "eventsim: calls.yaml:2:21: `workload[0].call.service`: boto3 knows no service 'sqss'; did you mean `sqs`?"
    )


def test_a_template_that_is_not_there_is_missed_where_it_is_named(eventsim: Command, folder: Path) -> None:
    """The scenario is what has to be mended."""
    (folder / "shop.yaml").write_text("template: {file: nowhere.yaml}\n", encoding="utf-8")

    done = eventsim("check", "shop.yaml")

    assert done.returncode == 2
    assert done.stderr.startswith("eventsim: shop.yaml:1:1: `template`: there is no file nowhere.yaml")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(
            "schedules: {daily: {expression: every day, queue: q}}\nqueues: {q: }\nuntil: 1 h\n",
            "wrong.yaml:1:33: `schedules.daily.expression`: 'every day' is not `rate(…)` or `cron(…)` or `at(…)`",
            id="an expression",
        ),
        pytest.param(
            "rules: {all: {pattern: {source: shop}, targets: [{queue: q}]}}\nqueues: {q: }\n",
            'wrong.yaml:1:15: `rules.all.pattern`: "source" must be an object or an array, at `source`\n',
            id="a pattern",
        ),
        pytest.param(
            "functions: {f: {handler: app.hello}}\nstreams: {s: }\nmappings: [{source: s, function: f}]\n",
            "wrong.yaml:3:12: `mappings[0].starting_position`: say where reading begins: `TRIM_HORIZON`",
            id="a position",
        ),
        pytest.param(
            "delivery_streams: {d: {bucket: kept, buffering_interval: 1 h}}\nbuckets: {kept: }\n",
            "wrong.yaml:1:58: `delivery_streams.d.buffering_interval`: records gather for up to 15 minutes",
            id="an interval",
        ),
    ],
)
def test_what_aws_would_refuse_without_a_reason_has_one(eventsim: Command, folder: Path, text: str, says: str) -> None:
    """AWS answers in one sentence for all mistakes of a kind; a scenario is mended by people."""
    (folder / "wrong.yaml").write_text(text, encoding="utf-8")

    done = eventsim("check", "wrong.yaml")

    assert done.returncode == 2
    assert done.stderr.startswith(f"eventsim: {says}")


def test_check_calls_nobody(eventsim: Command, folder: Path) -> None:
    """What a workload does at the first instant is not done, either."""
    (folder / "told.py").write_text(
        "import os\n\n\ndef send(parameters):\n    os.write(2, b'called')\n", encoding="utf-8"
    )
    (folder / "calls.yaml").write_text(
        "stubs: [{service: ses, operation: SendEmail, python: told.send}]\n"
        "workload: [{call: {service: ses, operation: SendEmail}}]\n",
        encoding="utf-8",
    )

    done = eventsim("check", "calls.yaml")

    assert (done.returncode, done.stderr) == (0, "")


def test_check_runs_nothing(eventsim: Command, folder: Path) -> None:
    """No handler is called, no file is written."""
    before = sorted(folder.iterdir())

    eventsim("check", "orders.yaml")

    assert sorted(folder.iterdir()) == before


# --- story -------------------------------------------------------------------------------------------------


@pytest.fixture
def trace(eventsim: Command) -> str:
    """The trace of the orders."""
    eventsim("run", "orders.yaml", "--trace", "run.jsonl")
    return "run.jsonl"


def test_a_story_tells_a_message_s_way_into_the_dead_letter_queue(eventsim: Command, trace: str) -> None:
    """Three receives a minute apart, each with its failure."""
    told = " ".join(eventsim("story", trace, "m2").stdout.split())

    assert told.startswith("orders, seed 0; times count from 2026-01-01 00:00:00 UTC message m2: ")
    for part in (
        "In the end, after 3 minutes:",
        "(receive 1)",
        "(receive 2)",
        "(receive 3)",
        "00:01:05.000",
        "queue dead",
    ):
        assert part in told


def test_without_a_name_a_story_lists_who_there_is(eventsim: Command, trace: str) -> None:
    """And says how to go on."""
    done = eventsim("story", trace)

    assert "messages (2)" in done.stdout
    assert done.stdout.endswith("eventsim story run.jsonl NAME\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["run.jsonl", "m22"], "nobody is called `m22` in this run; did you mean `m2`?", id="nobody"),
        pytest.param(["nowhere"], "cannot read the trace", id="no file"),
        pytest.param(["app.py"], "app.py:1: this line is not the heading of a trace", id="not a trace"),
    ],
)
def test_a_story_that_cannot_be_told_is_exit_code_2(
    eventsim: Command, trace: str, arguments: list[str], says: str
) -> None:
    """With a hint."""
    done = eventsim("story", *arguments)

    assert done.returncode == 2
    assert says in done.stderr


# --- report ------------------------------------------------------------------------------------------------


def test_a_report_is_a_page_beside_the_trace(eventsim: Command, folder: Path, trace: str) -> None:
    """It holds what happened, and says where it is."""
    done = eventsim("report", trace)

    assert done.stdout.startswith("run.html shows all ")
    page = (folder / "run.html").read_text()
    assert "<h1>orders</h1>" in page
    assert "message m2 arrived in queue dead as a dead letter" in page


def test_a_run_can_be_drawn_at_once(eventsim: Command, folder: Path, trace: str) -> None:
    """The page is that of its trace."""
    eventsim("report", trace)
    eventsim("run", "orders.yaml", "--report", "at_once.html")

    assert (folder / "at_once.html").read_text() == (folder / "run.html").read_text()


def test_a_page_that_cannot_be_made_is_found_before_the_run(eventsim: Command) -> None:
    """After an hour's run it would be too late."""
    done = eventsim("run", "orders.yaml", "--report", "no/run.html")

    assert (done.returncode, done.stdout) == (2, "")
    assert "no/run.html: cannot write the page" in done.stderr


def test_a_part_of_a_run_can_be_drawn(eventsim: Command, folder: Path, trace: str) -> None:
    """Long runs are too much for a page."""
    done = eventsim("report", trace, "--since", "1 minute", "--until", "2 minutes", "--output", "part.html")

    assert re.fullmatch(r"part.html shows \d+ of \d+ entries: open it in a browser\n", done.stdout)
    assert "message m2 arrived" not in (folder / "part.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["nowhere"], "nowhere: cannot read the trace", id="no file"),
        pytest.param(["app.py"], "app.py:1: this line is not the heading of a trace", id="not a trace"),
        pytest.param(["run.jsonl", "-o", "run.jsonl"], "run.jsonl: is the trace itself", id="over the trace"),
        pytest.param(["run.jsonl", "-o", "no/page.html"], "no/page.html: cannot write the page", id="no folder"),
        pytest.param(["run.jsonl", "--since", "soon"], "soon", id="no duration"),
    ],
)
def test_a_report_that_cannot_be_drawn_is_exit_code_2(
    eventsim: Command, folder: Path, trace: str, arguments: list[str], says: str
) -> None:
    """The trace is as it was, and nothing half written lies about."""
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    done = eventsim("report", *arguments)

    assert done.returncode == 2
    assert says in done.stderr
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


# --- new ---------------------------------------------------------------------------------------------------


def test_a_new_scenario_runs_at_once(eventsim: Command) -> None:
    """And shows a dead letter."""
    made = eventsim("new", "shop")
    done = eventsim("run", "shop/scenario.yaml")

    assert made.stdout.endswith("Run it:  eventsim run shop/scenario.yaml\nTest it: pytest shop\n")
    assert done.returncode == 0
    assert "moved to the dead-letter queue orders-dlq" in done.stdout


def test_a_folder_of_several_words_is_told_as_a_shell_reads_it(eventsim: Command) -> None:
    """The line may be copied."""
    made = eventsim("new", "my shop")

    assert made.stdout.endswith("Run it:  eventsim run 'my shop/scenario.yaml'\nTest it: pytest 'my shop'\n")


def test_nothing_is_overwritten(eventsim: Command, folder: Path) -> None:
    """Not even one of the files."""
    before = (folder / "app.py").read_text()

    done = eventsim("new")

    assert done.returncode == 2
    assert "app.py is there already" in done.stderr
    assert (folder / "app.py").read_text() == before
    assert not (folder / "scenario.yaml").exists()


def test_a_file_as_folder_is_told_in_a_sentence(eventsim: Command) -> None:
    """Nothing is left behind."""
    done = eventsim("new", "app.py/inside")

    assert done.returncode == 2
    assert "Not a directory" in done.stderr
