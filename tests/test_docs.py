"""Is everything on the pages true? Shown files and outputs, tables, links and names are compared with what is there."""

import importlib
import json
import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

import pytest
import yaml
from msgspec import Meta, Struct

import eventsim
from docs.update import blocks, made, settings

FACTS = [fact for facts in made.ledger().values() for fact in facts]
SETTINGS = json.loads((blocks.ROOT / "docs/reference/scenario.schema.json").read_text(encoding="utf-8"))

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def _text(page: str) -> str:
    return (blocks.ROOT / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", blocks.PAGES)
def test_what_a_page_shows_is_what_is_there(page: str) -> None:
    """`make docs` mends a page that fails here; look at what it changed."""
    text = _text(page)
    missing = blocks.missing_programs(text)
    if missing:
        pytest.skip(f"the page shows what {', '.join(missing)} does, which is not on the PATH")

    assert blocks.updated(text, made.MAKERS) == text


@pytest.mark.parametrize("page", blocks.PAGES)
def test_every_mark_has_its_block(page: str) -> None:
    """A mark that stands before nothing would check nothing."""
    text = _text(page)

    assert blocks.blocks(text) == blocks.marks(text)


@pytest.mark.parametrize("page", blocks.PAGES)
def test_a_page_names_no_folder_of_this_machine(page: str) -> None:
    """An output that does is another one elsewhere."""
    text = _text(page)

    assert [name for name in (str(blocks.ROOT), tempfile.gettempdir() + "/", "site-packages/") if name in text] == []


@pytest.mark.parametrize("page", blocks.PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """To a file of this repository, and to a heading in it if the link names one."""
    folder = (blocks.ROOT / page).parent
    links = [link for link in _LINK.findall(_CODE.sub("", _text(page))) if "://" not in link]

    lost = [link for link in links if not _leads_somewhere(link, folder, page)]

    assert lost == []


def _leads_somewhere(link: str, folder: Path, page: str) -> bool:
    name, _, heading = link.partition("#")
    path = folder / name if name else blocks.ROOT / page
    return path.exists() and (not heading or heading in _headings(path))


def _headings(path: Path) -> set[str]:
    found = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_the_list_of_pages_is_complete() -> None:
    """Whoever looks for a page finds it in docs/README.md; decisions have a list of their own."""
    pages = {page for page in blocks.PAGES if page.startswith("docs/") and "/decisions/0" not in page}
    listed = {(blocks.ROOT / "docs" / link).resolve() for link in _LINK.findall(_text("docs/README.md"))}

    assert {blocks.ROOT / page for page in pages - {"docs/README.md"}} - listed == set()


def test_the_list_of_scenarios_is_complete() -> None:
    """Each is there by its name, with its output."""
    listed = set(_LINK.findall(_text("scenarios/README.md")))
    names = {path.stem for path in (blocks.ROOT / "scenarios").glob("*.yaml")}

    assert listed == {f"{name}{suffix}" for name in names for suffix in (".yaml", ".out")}


def test_the_first_example_fits_on_a_page() -> None:
    """Twenty lines of scenario are enough to show what it is about."""
    assert len(_text("docs/examples/readings.yaml").splitlines()) <= 20


def test_the_page_of_names_has_all_public_names_and_no_others() -> None:
    """A public name that no page tells of is not public."""
    rows = [line.split("|")[1] for line in _text("docs/reference/python.md").splitlines() if line.startswith("| `")]
    named = {name for row in rows if "(" not in row for name in re.findall(r"`([A-Za-z_]+)`", row)}

    assert named - {"now_s", "trace"} == set(eventsim.__all__)


# --- fidelity ----------------------------------------------------------------------------------------------


def test_facts_have_ids_of_their_own() -> None:
    """An id names one fact for ever."""
    twice = [name for name, count in Counter(fact["id"] for fact in FACTS).items() if count > 1]

    assert twice == []


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact["id"])
def test_a_fact_says_what_it_rests_on(fact: made.Fact) -> None:
    """What is simulated has a source and tests; what is not says what happens instead."""
    assert fact["status"] in made.STATUSES
    if fact["status"] == "not simulated":
        assert set(fact) == {"id", "says", "status", "instead"}
    else:
        assert set(fact) - {"setting"} == {"id", "says", "status", "source", "tests"}
        assert fact["source"] in made.SOURCES


@pytest.mark.parametrize("fact", [fact for fact in FACTS if "tests" in fact], ids=lambda fact: fact["id"])
def test_the_tests_of_a_fact_are_there(fact: made.Fact) -> None:
    """By file and name."""
    missing = [name for name in fact["tests"] if not _is_test(*name.split("::"))]

    assert missing == []


def _is_test(path: str, name: str) -> bool:
    file = blocks.ROOT / path
    return (
        file.exists()
        and re.search(rf"^(async )?def {name}\(", file.read_text(encoding="utf-8"), re.MULTILINE) is not None
    )


@pytest.mark.parametrize("fact", [fact for fact in FACTS if "setting" in fact], ids=lambda fact: fact["id"])
def test_the_setting_of_a_fact_is_there(fact: made.Fact) -> None:
    """A constant by its module, a setting by its name in a scenario."""
    module, _, name = fact["setting"].rpartition(".")

    assert hasattr(importlib.import_module(module), name) if module else f'"{name}"' in json.dumps(SETTINGS)


def test_the_legend_explains_every_source() -> None:
    """The page's table of sources is written by hand; the ledger's words are these."""
    rows = [f"| {name} | {meaning} |" for name, meaning in made.SOURCES.items()]

    assert "\n".join(rows) in _text("docs/reference/fidelity.md")


# --- what the pages are checked with -----------------------------------------------------------------------


def test_a_wrong_output_is_mended() -> None:
    """And a cut stays a cut."""
    page = "<!-- run: python -c 'print(1); print(2); print(3)' | cut: 2 .. 3 -->\n```console\n$ nonsense\n```\n"

    mended = blocks.updated(page, {})

    assert mended.endswith("```console\n$ python -c 'print(1); print(2); print(3)'\n1\n…\n3\n```\n")


def test_a_digest_of_another_machine_is_left_alone() -> None:
    """It covers stack traces, and so hangs on the version of Python."""
    page = f'<!-- run: python -c \'print("digest " + "a" * 64)\' -->\n```console\n{{}}digest {"b" * 64}\n```\n'
    page = page.replace("{}", '$ python -c \'print("digest " + "a" * 64)\'\n')

    assert blocks.updated(page, {}) == page


def test_a_page_may_go_on_in_another_folder() -> None:
    """Commands behind a second mark find what lies there."""
    lines = ("<!-- folder: docs/examples/queues -->", "text", "<!-- folder: docs/update -->")
    listed = "<!-- run: python -c \"import os; print(os.path.exists('blocks.py'))\" -->"
    page = "\n".join((*lines, listed, "```console", "```"))

    assert blocks.updated(page, {}).splitlines()[-2] == "True"


class _Base(Struct, kw_only=True):
    inherited: Annotated[str, Meta(description="What every one of them has.")] = ""


class _Spec(_Base, kw_only=True):
    needed: Annotated[str, Meta(description="Who.")]
    chosen: Annotated[Literal["some", "all"], Meta(description="Which of them.")] = "some"
    explained: Annotated[int | None, Meta(description="How many; 3 if not given.")] = None


def test_a_table_of_settings_tells_choices_and_defaults() -> None:
    """Of the struct itself; what it inherits stands in a table of its own."""
    rows = dict(settings.rows(_Spec))

    assert rows == {
        "`needed`": "Who. Must be given.",
        "`chosen`": "Which of them. One of `all`, `some`. `some` if not given.",
        "`explained`": "How many; 3 if not given.",
    }


def test_the_scenarios_of_the_reference_are_yaml() -> None:
    """Fenced YAML that no mark fills is still read."""
    for page in blocks.PAGES:
        for text in re.findall(r"^```yaml\n(.*?)^```$", _text(page), re.MULTILINE | re.DOTALL):
            assert yaml.safe_load(text)
