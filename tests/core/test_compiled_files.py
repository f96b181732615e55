"""Which files do compiled libraries open?"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from eventsim import FunctionFailed, SyncSimulation
from eventsim.handler import strand
from eventsim.handler.compiled_files import swaps_of_lxml, swaps_of_pyarrow
from eventsim.handler.interpose import Interposition


def library(name: str) -> Callable[[str], str]:
    """Return the function of a module with this name that expands a path before compiled code opens it."""
    module = {"__name__": name, "os": os}
    exec("def expanded(path):\n    return os.path.expanduser(path)", module)
    return module["expanded"]  # type: ignore[return-value]  # it is one


@pytest.mark.parametrize("name", ["pyarrow.util", "polars._utils.various", "pandas.io.parquet"])
def test_a_compiled_library_gets_the_real_name(user_process: Any, name: str) -> None:
    """What it opens is the environment's, as for Python's own functions."""
    expanded = library(name)
    user_process.inside(lambda: Path("/tmp/a.csv").write_text("a"))

    real = user_process.inside(lambda: expanded("/tmp/a.csv"))

    assert Path(real).read_text() == "a"
    assert not real.startswith("/tmp/a")
    assert user_process.inside(lambda: expanded("s3://bucket/a.csv")) == "s3://bucket/a.csv"
    assert user_process.inside(lambda: expanded("bucket/a.csv")) == "bucket/a.csv"
    assert expanded("/tmp/a.csv") == "/tmp/a.csv"


def test_nobody_else_sees_real_names(user_process: Any) -> None:
    """Python's own functions know what is meant."""
    expanded = library("pandas.io.common")

    assert user_process.inside(lambda: expanded("/tmp/a.csv")) == "/tmp/a.csv"


class Writer:
    """As lxml's `xmlfile` is: it opens its file by itself."""

    def __init__(self, output: str) -> None:
        self._output = output

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *_: object) -> None:
        with strand.outside():  # as compiled code does, which no wrapper sees
            Path(self._output).write_text("<a/>")


def test_lxml_gets_real_names(user_process: Any) -> None:
    """What it writes is as old as virtual time says."""
    etree = ModuleType("etree")
    etree.parse = lambda source: source  # type: ignore[attr-defined]  # a stand-in
    etree.iterparse = etree.htmlfile = etree.parse  # type: ignore[attr-defined]  # same
    etree.xmlfile = Writer  # type: ignore[attr-defined]  # same

    def handler() -> tuple[str, bool]:
        with etree.xmlfile("/tmp/a.xml"):
            pass
        return etree.parse("/tmp/a.xml"), Path("/tmp/a.xml").stat().st_mtime == time.time()  # noqa: TID251 - as user code does

    with Interposition(swaps_of_lxml(etree)):
        real, is_new = user_process.inside(handler)

    assert Path(real).read_text() == "<a/>"
    assert is_new


class Files:
    """As pyarrow's file systems are: compiled, so that nothing can be put into the class."""

    __slots__ = ()

    @staticmethod
    def from_uri(uri: str) -> str:
        """Return it."""
        return uri

    @staticmethod
    def home() -> str:
        """Return whatever else there is."""
        return "/"


def test_pyarrow_does_not_ask_s3_by_itself(user_process: Any) -> None:
    """Its sockets are not Python's, so it would reach the network; outside of handlers it may."""
    fs = ModuleType("fs")
    fs.FileSystem, fs.S3FileSystem = Files, Files  # type: ignore[attr-defined]  # a stand-in

    with Interposition(swaps_of_pyarrow(fs)):
        for ask in (lambda: fs.FileSystem.from_uri("s3://bucket/a"), lambda: fs.S3FileSystem()):
            with pytest.raises(NotImplementedError, match="would leave the simulation"):
                user_process.inside(ask)
        assert user_process.inside(lambda: fs.FileSystem.from_uri("file:///tmp/a")) == "file:///tmp/a"
        assert fs.FileSystem.from_uri("s3://bucket/a") == "s3://bucket/a"
        assert fs.FileSystem.home() == "/"
        assert isinstance(fs.S3FileSystem(), Files)
        assert isinstance(Files(), fs.FileSystem)
        assert issubclass(Files, fs.FileSystem)


def test_tables_are_written_and_read(tmp_path: Path) -> None:
    """By pyarrow itself."""
    from pyarrow import parquet, table

    numbers = table({"a": [1, 2]})

    def handler(event: object, context: object) -> list[object]:
        parquet.write_table(numbers, "/tmp/a.parquet")
        return [[path.name for path in Path("/tmp").iterdir()], parquet.read_table("/tmp/a.parquet").num_rows]

    with SyncSimulation(seed=1) as simulation:
        simulation.add_function("f", handler=handler)
        assert simulation.invoke("f", {}) == [["a.parquet"], 2]
    assert not Path("/tmp/a.parquet").exists()


def test_tables_are_not_looked_for_in_the_real_s3() -> None:
    """Not by pyarrow, which would do so with sockets of its own."""
    from pyarrow import parquet

    def handler(event: object, context: object) -> int:
        return int(parquet.read_table("s3://shelf/a.parquet").num_rows)

    with SyncSimulation() as simulation:
        simulation.add_function("f", handler=handler)
        with pytest.raises(FunctionFailed, match="NotImplementedError: pyarrow's own client of S3"):
            simulation.invoke("f")
