"""Which module does `import` find? An environment is a module instance: what its code brings along is its own.

Rules:

1. A module that lies in the environment's folders (the code folder, layers, its `/tmp`) is *private*: imported afresh
   for each environment. Anything else, Python and site-packages, is shared by the whole process.
2. Private modules stand in `sys.modules` while their environment runs. They stay there until another environment is
   entered, so running the same one again costs nothing. Whoever imports such a name outside gets the process's module.
3. A private module wins over an installed one of its name, as `/var/task` comes first on AWS's path. It does not win
   over what AWS's runtime has loaded itself before it turns to the code. Installed packages that keep in their globals
   what is one environment's (`KEEPERS`) are private as well, and so are packages that import one as they are loaded.
4. A package with compiled parts (numpy, pydantic) can be loaded once in a process. The first copy serves everybody: the
   installed one if it is loaded, else that of the first environment which imports it.
5. Modules keep their real file names, for debuggers and coverage.
"""

import builtins
import functools
import importlib
import random  # noqa: TID251 - a generator of a library's own, seeded by its name
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.abc import Loader
from importlib.machinery import ExtensionFileLoader, ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, MappingProxyType, ModuleType, TracebackType
from typing import Any, Self, cast

from eventsim.handler import strand
from eventsim.handler.interpose import Swap
from eventsim.handler.paths import TMP, is_below, place
from eventsim.handler.surroundings import Surroundings, current

RUNTIME_MODULES = frozenset(
    {
        *sys.builtin_module_names,
        *("abc", "base64", "codecs", "collections", "contextlib", "datetime", "decimal", "encodings", "enum"),
        *("functools", "genericpath", "http", "importlib", "io", "json", "keyword", "linecache", "logging", "math"),
        *("numbers", "operator", "os", "posixpath", "re", "reprlib", "site", "socket", "stat", "string", "threading"),
        *("token", "tokenize", "traceback", "types", "typing", "warnings", "weakref", "zipimport"),
    }
)
"""What AWS's runtime has loaded before the code, so that no module of the code can stand in for it (unconfirmed)."""

SDK_MODULES = frozenset({"boto3", "botocore", "s3transfer"})
"""A copy that the code brings along gives way to the installed one, whose calls are answered in process."""


ONE_COPY_MODULES = frozenset({"aws_xray_sdk", "sentry_sdk"})
"""What wraps libraries of the process: another copy would wrap them once more. It is treated as if it were compiled."""

KEEPERS = frozenset({"django", "fsspec"})
"""Installed packages that keep what cannot be two environments': settings that are made once, an event loop with its
thread and the clients that live on it.
"""


class ModuleSpace:
    """The modules of one environment.

    Args:
        folders: the code folder, then the `python` folders of its layers; none for a handler that is an object of the
            process already.
        given: modules that are there before the code, unless it has one of that name.
    """

    # What stands in `sys.modules` is a fact of the process, so it is kept there and not in a simulation.
    _entered: "ModuleSpace | None" = None
    _thread_id = 0
    _compiled: dict[str, dict[str, ModuleType]] = {}  # noqa: RUF012 - shared on purpose
    """Modules of packages with compiled parts, by the package's name."""
    _keepers: set[str] = set(KEEPERS)  # noqa: RUF012 - shared on purpose
    """`KEEPERS`, and whoever was found to import one as it is loaded."""

    def __init__(self, folders: Sequence[Path] = (), given: Mapping[str, ModuleType] = MappingProxyType({})) -> None:
        self.folders = tuple(str(folder.resolve()) for folder in folders)
        self._loaded: dict[str, ModuleType | None] = {}
        """Private modules by name; None stands for one that is in `sys.modules` now."""
        self._tops: set[str] = set()
        self.loading: list[str] = []
        """Shared modules that are being loaded, the outermost first."""
        self._hidden: dict[str, ModuleType] = {}
        with strand.turn:  # a simulation on another thread may have entered a space
            self._process_path: list[str] = sys.path if self._entered is None else self._entered._process_path
            self._path = [*self.folders, *self._process_path]
            self.library_folders = tuple(folder for folder in self._process_path if folder not in {"", "/", TMP})
            """Where the process finds its modules."""
            self._own_names = {name for folder in self.folders for name in _names_in(folder)} - _NEVER_PRIVATE
            self._never_private = _NEVER_PRIVATE | {name for name in self._own_names if self._is_given(name)}
            self._own_names -= self._never_private
            self._loaded.update({name: module for name, module in given.items() if name not in self._own_names})
            self._tops.update(self._loaded)
            self._own_names |= self._keepers if self.folders else set()
            for folder in list(sys.path_importer_cache) if self.folders else ():
                if self._is_own(folder):
                    del sys.path_importer_cache[folder]

    def load(self, name: str) -> ModuleType:
        """Import a module, as the code of this environment; called in a strand."""
        self.enter()
        return importlib.import_module(name)

    def enter(self) -> None:
        """Let `sys.modules` and `sys.path` be this environment's."""
        entered = ModuleSpace._entered
        if entered is self:
            return
        if entered is not None:
            entered.leave()
        if self.folders:
            self._put()

    def leave(self) -> None:
        """Let `sys.modules` and `sys.path` be the process's again."""
        with strand.turn:
            if ModuleSpace._entered is not self:
                return
            ModuleSpace._entered = None
            for name in self._loaded:
                module = self._loaded[name] = sys.modules.pop(name, None)
                top = name.partition(".")[0]
                if module is not None and top in ModuleSpace._compiled:
                    ModuleSpace._compiled[top][name] = module
            sys.modules.update(self._hidden)
            self._hidden.clear()
            self._path, sys.path = sys.path, self._process_path

    def _put(self) -> None:
        taken = {name for name in self._own_names | self._tops if name in sys.modules}
        if taken:
            modules = sys.modules.copy()  # other threads may be importing
            self._hidden = {name: module for name, module in modules.items() if name.partition(".")[0] in taken}
            for name in self._hidden:
                del sys.modules[name]
        for top in self._own_names & ModuleSpace._compiled.keys():
            self._loaded.update(ModuleSpace._compiled[top])
        for name, module in self._loaded.items():
            if module is not None:
                sys.modules[name] = module
        self._process_path, sys.path = sys.path, self._path
        ModuleSpace._entered = self
        ModuleSpace._thread_id = threading.get_ident()

    def holds(self, name: str) -> bool:
        """Tell whether the environment has a module for its own."""
        return name in self._loaded

    def find(self, surroundings: Surroundings, name: str, path: Sequence[str] | None) -> ModuleSpec | None:
        """Find a module that user code wants; None leaves it to the others."""
        top = name.partition(".")[0]
        if path is None:
            path = self._process_path if top in self._never_private else self._searched(surroundings)
        spec = PathFinder.find_spec(name, path)
        if spec is None:
            return None
        is_keeper = top in self._keepers and bool(self.folders)
        is_own = is_keeper or any(self._is_own(file, surroundings) for file in _places(spec))
        if top in self._never_private or not is_own:
            if spec.loader is not None:
                spec.loader = cast("Loader", _SharedLoader(spec.loader, surroundings))
            return spec
        if type(spec.loader) is SourceFileLoader:
            spec.loader = _SourceLoader(spec.loader.name, spec.loader.path)
        elif type(spec.loader) is ExtensionFileLoader:
            ModuleSpace._compiled.setdefault(top, {})
        if top in ONE_COPY_MODULES:
            ModuleSpace._compiled.setdefault(top, {})
        self._tops.add(top)
        self._loaded[name] = None
        return spec

    def _searched(self, surroundings: Surroundings) -> list[str]:
        """Return the real folders on the environment's path; only what user code added needs to be looked for."""
        given = {*self.folders, *self._process_path} - {""}
        return [folder if folder in given else place(surroundings, folder or ".").path for folder in sys.path]

    def _is_given(self, top: str) -> bool:
        """Tell whether the process has loaded a package of which the folders hold a copy with compiled parts."""
        entered = ModuleSpace._entered
        # What stands in `sys.modules` may be the own copy of the environment that has been entered.
        loaded = entered._hidden if entered is not None and entered._has(top) else sys.modules
        if top not in loaded:
            return False
        return top in ONE_COPY_MODULES or any(_is_compiled(Path(folder, top)) for folder in self.folders)

    def _is_own(self, file: str, surroundings: Surroundings | None = None) -> bool:
        if any(is_below(file, folder) for folder in self.folders):
            return True
        return surroundings is not None and is_below(file, str(surroundings.tmp_path))

    @staticmethod
    def before_import(top: str) -> None:
        """Let the modules that stand in `sys.modules` be those of whoever imports now."""
        surroundings = current()
        if surroundings is not None:
            surroundings.modules.enter()
            surroundings.modules.note_import(top)
            return
        entered = ModuleSpace._entered
        if entered is not None and ModuleSpace._thread_id == threading.get_ident() and entered._has(top):
            entered.leave()

    def note_import(self, top: str) -> None:
        """Take shared packages that are being loaded for private if they import what is."""
        if top not in self._keepers or not self.folders:
            return
        importers = {name.partition(".")[0] for name in self.loading} - self._never_private - self._keepers
        for importer in importers:
            if any(_is_compiled(Path(folder)) for folder in getattr(sys.modules[importer], "__path__", ())):
                continue
            self._keepers.add(importer)
            self._tops.add(importer)
            modules = {name: each for name, each in list(sys.modules.items()) if name.partition(".")[0] == importer}
            self._loaded.update(dict.fromkeys(modules))
            if importer not in self.loading:  # the process has had it before
                self._hidden.update({name: each for name, each in modules.items() if name not in self.loading})

    def _has(self, top: str) -> bool:
        return top in self._tops or top in self._own_names


_NEVER_PRIVATE = RUNTIME_MODULES | SDK_MODULES


def _names_in(folder: str) -> Iterable[str]:
    """Yield the names of modules that a folder may hold."""
    try:
        entries = list(Path(folder).iterdir())
    except OSError:
        return
    for entry in entries:
        yield entry.name.partition(".")[0]


@functools.cache
def _is_compiled(package: Path) -> bool:
    return any(package.rglob("*.so")) or any(package.rglob("*.pyd"))


def _places(spec: ModuleSpec) -> Iterable[str]:
    """Yield the files and folders from which a module comes."""
    if spec.has_location and spec.origin is not None:
        yield spec.origin
    else:
        yield from spec.submodule_search_locations or ()


class _SourceLoader(SourceFileLoader):
    """Compile each version of a file once, however many cold starts there are, and leave no files beside it."""

    _compiled: dict[str, tuple[tuple[int, int], CodeType | None]] = {}  # noqa: RUF012 - shared on purpose: code is constant

    def get_code(self, fullname: str) -> CodeType | None:
        path = self.get_filename(fullname)
        with strand.outside():
            state = Path(path).stat()
            version = (state.st_mtime_ns, state.st_size)
            known = self._compiled.get(path)
            if known is None or known[0] != version:
                known = self._compiled[path] = (version, super().get_code(fullname))
        return known[1]

    def set_data(self, path: str, data: Any, *, _mode: int = 0o666) -> None:
        """Write no bytecode."""


class _SharedLoader:
    """Loads a module that is shared: who happens to be the first to import it must not notice.

    What a library does when it is loaded, it does for the process: the luck that it uses up is its own, and the loggers
    that it sets up are everybody's.
    """

    def __init__(self, loader: Loader, surroundings: Surroundings) -> None:
        self._loader = loader
        self._surroundings = surroundings

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        importing = self._surroundings.library_luck
        self._surroundings.library_luck = random.Random(module.__name__)  # noqa: S311 - reproducible on purpose
        loading = self._surroundings.modules.loading
        loading.append(module.__name__)
        try:
            self._loader.exec_module(module)
        finally:
            loading.pop()
            self._surroundings.library_luck = importing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


class _Finder:
    """The entry of `sys.meta_path` that finds modules for user code, and for nobody else."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:  # noqa: ARG004
        surroundings = current()
        if surroundings is None or name in sys.builtin_module_names:
            return None
        return surroundings.modules.find(surroundings, name, path)


class PrivateModules:
    """Let user code find its modules. The list of finders stays the process's: libraries add their own to it."""

    def __enter__(self) -> Self:
        sys.meta_path.insert(0, _Finder)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        sys.meta_path.remove(_Finder)
        with strand.turn:
            if ModuleSpace._entered is not None:
                ModuleSpace._entered.leave()


def _import(original: Callable[..., ModuleType]) -> Callable[..., ModuleType]:
    @functools.wraps(original)
    def import_statement(
        name: str,
        globals: Mapping[str, object] | None = None,  # noqa: A002 - the names are the language's
        locals: Mapping[str, object] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        package = name if not level or globals is None else str(globals.get("__package__"))
        ModuleSpace.before_import(package.partition(".")[0])
        return original(name, globals, locals, fromlist, level)

    return import_statement


def _import_module(original: Callable[..., ModuleType]) -> Callable[..., ModuleType]:
    @functools.wraps(original)
    def import_module(name: str, package: str | None = None) -> ModuleType:
        ModuleSpace.before_import((package or name).partition(".")[0])
        return original(name, package)

    return import_module


SWAPS = (
    Swap(builtins, "__import__", _import),
    Swap(importlib, "import_module", _import_module),
)
