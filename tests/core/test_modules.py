"""Which module does `import` find?"""

import importlib
import shutil
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest


def _folder(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))
    return root


@pytest.fixture
def libraries(tmp_path: Path) -> Iterator[Path]:
    """A folder of libraries, on the path of the process."""
    folder = tmp_path / "site-packages"
    sys.path.append(str(folder))
    yield folder
    sys.path.remove(str(folder))
    for name in ("a_library_that_rolls", "fsspec", "fsspec.core", "s3fs", "s3fs.core", "s3fs.words"):
        sys.modules.pop(name, None)


def _call(name: str = "app", function: str = "handler", *arguments: object) -> Any:
    """Return what a handler says; imports its module as the runtime does, at each call."""

    def call() -> Any:
        return getattr(importlib.import_module(name), function)(*arguments)

    return call


def test_two_environments_have_modules_of_equal_names(user_process: Any, tmp_path: Path) -> None:
    """Each has its own `app` and its own `schemas`, also when it imports lazily after the other has run."""
    app = """
        import time
        import schemas

        def handler():
            time.sleep(1)
            import lazy
            return schemas.NAME, lazy.NAME
    """
    folders = [
        _folder(tmp_path / name, {"app.py": app, "schemas.py": f"NAME = '{name}'", "lazy.py": f"NAME = 'lazy {name}'"})
        for name in ("orders", "users")
    ]
    environments = [user_process.environment(folder.name, code=folder) for folder in folders]

    answers = user_process.run(*((environment, _call()) for environment in environments))

    assert answers == [("orders", "lazy orders"), ("users", "lazy users")]


def test_globals_survive_warm_and_start_afresh_cold(user_process: Any, tmp_path: Path) -> None:
    """A module is executed once for each environment."""
    code = _folder(
        tmp_path / "code",
        {"app.py": "count = 0\ndef handler():\n    global count\n    count += 1\n    return count\n"},
    )
    one, two = user_process.environment("one", code=code), user_process.environment("two", code=code)

    counts = [user_process.inside(_call(), surroundings) for surroundings in (one, one, two, one, two)]

    assert counts == [1, 2, 1, 3, 2]


def test_packages_and_their_data_are_found(user_process: Any, tmp_path: Path) -> None:
    """Sub-packages, relative imports, packages without `__init__`, and files beside the code."""
    code = _folder(
        tmp_path / "code",
        {
            "src/app.py": """
                from pathlib import Path
                from .rules import price
                from . import plain
                import importlib.resources
                import shared.names

                def handler():
                    beside = Path(__file__).parent / "rules" / "words.txt"
                    through = importlib.resources.files("src.rules").joinpath("words.txt")
                    return price.PRICE, plain.__name__, shared.names.NAME, beside.read_text(), through.read_text()
            """,
            "src/plain.py": "",
            "src/rules/__init__.py": "",
            "src/rules/price.py": "from ..rules import base\nPRICE = base.BASE + 1\n",
            "src/rules/base.py": "BASE = 1",
            "src/rules/words.txt": "words",
            "shared/names.py": "NAME = 'a namespace'",
        },
    )

    answer = user_process.inside(_call("src.app"), user_process.environment(code=code))

    assert answer == (2, "src.plain", "a namespace", "words", "words")


def test_layers_come_after_the_code(user_process: Any, tmp_path: Path) -> None:
    """What lies in a layer is found, in each environment anew; what lies in both comes from the code folder."""
    app = """
        import both, only, pathlib

        def handler():
            return both.IT, only.IT, only.times(), pathlib.Path("/opt/words.txt").read_text()
    """
    count = "calls = 0\ndef times():\n    global calls\n    calls += 1\n    return calls\n"
    code = _folder(tmp_path / "code", {"app.py": app, "both.py": "IT = 'code'"})
    layer = _folder(tmp_path / "layer", {"words.txt": "data of the layer"})
    _folder(layer, {"python/both.py": "IT = 'layer'", "python/only.py": "IT = 'layer'\n" + count})
    environments = [user_process.environment(name, code=code, layers=[layer / "python"]) for name in ("one", "two")]

    answers = user_process.run(*((environment, _call()) for environment in environments))

    assert answers == [("code", "layer", 1, "data of the layer")] * 2


def test_code_wins_over_what_is_installed(user_process: Any, tmp_path: Path) -> None:
    """As on AWS, a module `queue.py` of the code hides Python's, for that environment; `json` was loaded before."""
    code = _folder(
        tmp_path / "code",
        {
            "app.py": "import queue, json, yaml\ndef handler():\n    return queue.IT, json.dumps(1), yaml.IT\n",
            "queue.py": "IT = 'mine'",
            "json.py": "IT = 'never'",
            "yaml/__init__.py": "IT = 'vendored'",
        },
    )
    import queue

    import yaml

    answer = user_process.inside(_call(), user_process.environment(code=code))

    assert answer == ("mine", "1", "vendored")
    assert (sys.modules["queue"], sys.modules["yaml"]) == (queue, yaml)


def test_whoever_imports_outside_gets_the_process_own_module(user_process: Any, tmp_path: Path) -> None:
    """A test that imports a name between two invocations is not given an environment's."""
    code = _folder(tmp_path / "code", {"app.py": "import queue\ndef handler():\n    return queue.IT\n"})
    _folder(code, {"queue.py": "IT = 'mine'"})
    seen = []

    def outside(_: object) -> None:
        import queue

        seen.append(hasattr(queue, "SimpleQueue"))

    def inside() -> object:
        answer = _call()()
        user_process.loop.soon(outside, None)
        time.sleep(1)
        return answer, _call()()

    answer = user_process.inside(inside, user_process.environment(code=code))

    assert answer == ("mine", "mine")
    assert seen == [True]


def test_installed_modules_are_shared(user_process: Any, tmp_path: Path) -> None:
    """Site-packages are imported once for the process."""
    code = _folder(tmp_path / "code", {"app.py": "import msgspec\ndef handler():\n    return id(msgspec)\n"})

    ids = user_process.run(*((user_process.environment(name, code=code), _call()) for name in ("one", "two")))

    assert ids == [id(sys.modules["msgspec"])] * 2


def test_an_installed_package_that_keeps_a_loop_is_each_environments_own(
    user_process: Any, tmp_path: Path, libraries: Path
) -> None:
    """Its globals would be another environment's: a loop whose thread is frozen, clients that live on it."""
    _folder(libraries, {"fsspec/__init__.py": "import fsspec.core", "fsspec/core.py": "loops = []"})
    code = _folder(tmp_path / "code", {"app.py": "import fsspec\ndef handler(loop):\n    return fsspec.core.loops\n"})
    import fsspec

    def keep(loop: str) -> Any:
        def call() -> Any:
            kept = _call("app", "handler", loop)()
            kept.append(loop)
            time.sleep(1)  # others run
            return list(importlib.import_module("fsspec").core.loops)

        return call

    answers = user_process.run(*((user_process.environment(name, code=code), keep(name)) for name in ("one", "two")))

    assert answers == [["one"], ["two"]]
    assert sys.modules["fsspec"] is fsspec
    assert fsspec.core.loops == []


@pytest.mark.parametrize("is_loaded", [False, True])
def test_so_is_a_package_that_imports_it(
    user_process: Any, tmp_path: Path, libraries: Path, *, is_loaded: bool
) -> None:
    """It would hold on to the other environment's; the process goes on with its own."""
    _folder(libraries, {"fsspec/__init__.py": "", "fsspec/core.py": "loops = []"})
    _folder(libraries, {"s3fs/__init__.py": "", "s3fs/words.py": "", "s3fs/core.py": "from fsspec.core import loops"})
    app = "from s3fs.core import loops\ndef handler(loop):\n    loops.append(loop)\n    return loops\n"
    code = _folder(tmp_path / "code", {"app.py": app})
    loaded = importlib.import_module("s3fs.words") if is_loaded else None

    answers = [
        user_process.inside(_call("app", "handler", loop), user_process.environment(loop, code=code))
        for loop in ("one", "two")
    ]

    assert answers == [["one"], ["two"]]
    assert sys.modules.get("s3fs.words") is loaded


def test_whoever_is_first_to_import_a_library_does_not_notice(
    user_process: Any, tmp_path: Path, libraries: Path
) -> None:
    """A library that rolls dice and sets up its logger while it is loaded leaves the luck of the environment alone."""
    _folder(
        libraries,
        {
            "a_library_that_rolls.py": """
                import logging, os, pathlib, random, uuid
                OWN = random.Random().random(), os.urandom(4), random.random(), uuid.uuid4()
                LOGGER = logging.getLogger(__name__)
                LOGGER.addHandler(logging.NullHandler())
                WORDS = pathlib.Path(__file__).with_name("words.txt").read_text()
            """,
            "words.txt": "data of the library",
        },
    )
    app = """
        import a_library_that_rolls as library
        import random, uuid
        ROLLED = random.random(), uuid.uuid4()

        def handler():
            return ROLLED, library.OWN, len(library.LOGGER.handlers), library.WORDS
    """
    code = _folder(tmp_path / "code", {"app.py": app})

    first, second = (user_process.inside(_call(), user_process.environment("one", code=code)) for _ in range(2))

    assert first == second
    assert first[2:] == (1, "data of the library")


def test_a_copy_with_compiled_parts_gives_way_to_the_loaded_one(user_process: Any, tmp_path: Path) -> None:
    """A deployment package brings its own msgspec; its compiled part can be loaded once in a process."""
    code = _folder(tmp_path / "code", {"app.py": "import msgspec\ndef handler():\n    return msgspec.__file__\n"})
    shutil.copytree(Path(msgspec.__file__).parent, code / "msgspec")

    assert user_process.inside(_call(), user_process.environment(code=code)) == msgspec.__file__


def test_a_package_with_compiled_parts_is_loaded_once(user_process: Any, tmp_path: Path) -> None:
    """The copy of the first environment serves the second; what is written in Python around it is shared with it."""
    code = tmp_path / "code"
    part = next(Path(msgspec.__file__).parent.glob("_core*.so"))
    _folder(code, {"once/__init__.py": "from . import part", "once/part.py": "from . import _core"})
    shutil.copy(part, code / "once")
    _folder(code, {"app.py": "import once.part\ndef handler():\n    return id(once.part), __name__\n"})

    answers = user_process.run(*((user_process.environment(name, code=code), _call()) for name in ("one", "two")))

    assert answers[0] == answers[1]


def test_a_copy_that_another_environment_has_loaded_is_not_the_installed_one(
    user_process: Any, libraries: Path, tmp_path: Path
) -> None:
    """The second environment is made while the modules of the first stand in the process, and it gets the same copy."""
    part = next(Path(msgspec.__file__).parent.glob("_core*.so"))
    _folder(libraries, {"carried/__init__.py": "VERSION = 'installed'"})
    code = _folder(
        tmp_path / "code",
        {
            "carried/__init__.py": "from . import _core\nVERSION = 'brought along'",
            "app.py": "import carried\ndef handler():\n    return carried.VERSION\n",
        },
    )
    shutil.copy(part, code / "carried")
    made = []

    def make_the_second() -> object:
        answer = _call()()
        user_process.loop.soon(lambda _: made.append(user_process.environment("second", code=code)), None)
        time.sleep(1)
        return answer

    first = user_process.inside(make_the_second, user_process.environment("first", code=code))

    assert first == "brought along"
    assert user_process.inside(_call(), made[0]) == first


def test_the_path_of_one_environment_is_not_the_next_ones(user_process: Any, tmp_path: Path) -> None:
    """An environment that is made while another's modules stand in the process knows nothing of them."""
    first = _folder(
        tmp_path / "first", {"app.py": "import rules\ndef handler():\n    return rules.IT\n", "rules.py": "IT = 1"}
    )
    second = _folder(tmp_path / "second", {"app.py": "import rules\ndef handler():\n    return rules.IT\n"})
    made = []

    def make_the_second() -> object:
        answer = _call()()
        user_process.loop.soon(lambda _: made.append(user_process.environment("second", code=second)), None)
        time.sleep(1)
        return answer

    user_process.inside(make_the_second, user_process.environment("first", code=first))

    with pytest.raises(ModuleNotFoundError, match="No module named 'rules'"):
        user_process.inside(_call(), made[0])


def test_finders_that_libraries_add_stay(user_process: Any) -> None:
    """A library that user code is the first to import may add to `sys.meta_path`, as six does, and needs it later."""

    class Finder:
        @staticmethod
        def find_spec(*_: object) -> None:
            return None

    user_process.inside(lambda: sys.meta_path.append(Finder))

    assert sys.meta_path.pop() is Finder


def test_modules_downloaded_to_tmp_are_private(user_process: Any, tmp_path: Path) -> None:
    """Code may unpack a library into `/tmp` and put it on its path; the path is its own, too."""
    code = _folder(
        tmp_path / "code",
        {
            "app.py": """
                import os, sys

                def handler(name):
                    os.makedirs("/tmp/libraries")
                    with open("/tmp/libraries/fetched.py", "w") as file:
                        file.write(f"NAME = {name!r}")
                    sys.path.insert(0, "/tmp/libraries")
                    import fetched
                    return fetched.NAME, sys.path[0]
            """
        },
    )
    path = list(sys.path)

    runs = [(user_process.environment(name, code=code), _call("app", "handler", name)) for name in ("one", "two")]

    assert user_process.run(*runs) == [("one", "/tmp/libraries"), ("two", "/tmp/libraries")]
    assert sys.path == path


def test_a_module_that_was_changed_is_read_again(user_process: Any, tmp_path: Path) -> None:
    """Code is compiled once for each version of its file."""
    code = _folder(tmp_path / "code", {"app.py": "def handler():\n    return 'old'\n"})
    old = user_process.inside(_call(), user_process.environment("one", code=code))
    _folder(code, {"app.py": "def handler():\n    return 'changed'\n"})

    assert (old, user_process.inside(_call(), user_process.environment("two", code=code))) == ("old", "changed")
    assert [file.name for file in code.iterdir()] == ["app.py"]


def test_a_stack_names_the_real_file(user_process: Any, tmp_path: Path) -> None:
    """Debuggers and coverage find the lines of private modules."""
    code = _folder(tmp_path / "code", {"app.py": "def handler():\n    return handler.__code__.co_filename\n"})

    assert user_process.inside(_call(), user_process.environment(code=code)) == str(code / "app.py")


def test_a_failed_import_can_be_tried_again(user_process: Any, tmp_path: Path) -> None:
    """What AWS does in a suppressed init: the module is executed once more."""
    code = _folder(tmp_path / "code", {"app.py": "import missing_library\n"})
    surroundings = user_process.environment(code=code)

    for _ in range(2):
        with pytest.raises(ModuleNotFoundError, match="No module named 'missing_library'"):
            user_process.inside(_call(), surroundings)


def test_dataclasses_and_pickle_find_their_module_after_a_wait(user_process: Any, tmp_path: Path) -> None:
    """`sys.modules` itself is the environment's whenever its code runs."""
    app = """
        import pickle, sys, time, typing
        from dataclasses import dataclass

        @dataclass
        class Order:
            number: "Number"

        Number = int

        def handler():
            time.sleep(1)
            assert sys.modules[__name__].Order is Order
            typing.get_type_hints(Order)
            return pickle.loads(pickle.dumps(Order(7))).number
    """
    environments = [
        user_process.environment(name, code=_folder(tmp_path / name, {"app.py": app})) for name in ("one", "two")
    ]

    assert user_process.run(*((environment, _call()) for environment in environments)) == [7, 7]


def test_nothing_is_left_in_the_process(user_process: Any, tmp_path: Path) -> None:
    """After a run `sys.modules` and the import system are as they were."""
    code = _folder(tmp_path / "code", {"app.py": "def handler():\n    return 1\n"})
    before = (sys.path, list(sys.path), list(sys.meta_path), __import__)

    user_process.inside(_call(), user_process.environment(code=code))

    assert "app" not in sys.modules
    assert (sys.path, list(sys.path), list(sys.meta_path), __import__) == before
