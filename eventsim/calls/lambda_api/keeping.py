"""What of Lambda outlives the server? What clients made: functions, layers, mappings; the scenario makes its own anew.

An operation that changes something has its function, layer or mapping written down before it answers (`shelf.py`).
Instants are written as they are, counted from the run's begin, with the date of that. How far a mapping is in a stream
is written down every second and at the end: after a kill, the records of the last second come again. Events that wait
for a function are the event queue's to keep.
"""

import contextlib
import dataclasses
import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, structs

from eventsim.api import Operation, Request, Result
from eventsim.calls.lambda_api.event_sources import mapping_arn
from eventsim.calls.lambda_api.layers import LayerPolicy, LayerVersion
from eventsim.calls.lambda_api.papers import FunctionPapers
from eventsim.calls.lambda_api.service import Service
from eventsim.calls.lambda_api.shelf import Shelf
from eventsim.calls.lambda_api.undone import Undone
from eventsim.errors import ApiError, ConfigurationError, StorageError
from eventsim.function.function import Function, FunctionVersion, Refusing
from eventsim.mapping.spec import MappingSpec
from eventsim.mapping.stream_poller import StreamPoller

_CHANGING = ("Add", "Create", "Delete", "Publish", "Put", "Remove", "Tag", "Untag", "Update")
_OF_SCENARIOS = frozenset({"duration", "init_duration", "memory_used_mb"})
"""Settings of a version that the API does not have."""
_LOOK_US = 1_000_000
"""How often somebody looks how far the mappings are in their streams."""
_ARCHIVE, _FOLDER, _KEPT = "archive:", "folder:", "kept:"
"""How code is written down: an uploaded archive; a folder somewhere; one on the shelf, which may move with it."""
_REFUSES = "refuses:"
"""What stands in place of a handler that cannot be run."""

_log = logging.getLogger(__name__)


class _KeptFunction(Struct, kw_only=True):
    began_epoch_us: int
    function: dict[str, Any]
    versions: dict[str, dict[str, Any]]
    papers: FunctionPapers
    tags: dict[str, str]
    is_of_stack: bool = False


class _KeptLayer(Struct, kw_only=True):
    began_epoch_us: int
    arn: str
    highest: int
    versions: list[LayerVersion]
    policies: dict[str, LayerPolicy] = {}


class _KeptCodeSigning(Struct, kw_only=True):
    config: dict[str, Any]
    tags: dict[str, str]


class _KeptMapping(Struct, kw_only=True):
    uuid: str
    name: str
    spec: MappingSpec
    changed_epoch_us: int
    tags: dict[str, str]
    echoed: dict[str, Any] = {}
    progress: dict[str, int] = {}


class Keeping:
    """Writes down what the API makes, and brings it back.

    Args:
        is_open: tells whether clients call: not while the scenario makes what it makes each time.
    """

    def __init__(self, service: Service, shelf: Shelf, is_open: Callable[[], bool]) -> None:
        self._service = service
        self._shelf = shelf
        self._is_open = is_open
        self._is_looking = False
        self._of_stacks: set[str] = set()
        """Functions that stacks made, which clients deployed."""
        self._undone = Undone(service, shelf, self._of_stacks)

    def adopt(self, function: str) -> None:
        """Keep a function that a stack has made, and what becomes of it.

        Raises:
            ApiError: it cannot be written down.
        """
        self._of_stacks.add(function)
        with _answering():
            self._keep_function(function)

    def over(self, operations: Mapping[str, Operation]) -> Mapping[str, Operation]:
        """Return operations that answer once what they changed is written down."""
        return {
            name: partial(self._carry_out, operation) if name.startswith(_CHANGING) else operation
            for name, operation in operations.items()
        }

    def _carry_out(self, operation: Operation, request: Request) -> Any:
        undone = self._undone.about(request) if self._is_open() else ""
        result: Any = operation(request)
        with _answering():
            self._keep(request, result)
            if undone:
                self._undone.note(undone, request.operation)
        return result

    # --- writing ---------------------------------------------------------------------------------------

    def _keep(self, request: Request, result: Result) -> None:
        """Write down what an operation changed: what it names."""
        parameters = request.parameters
        arn = str(parameters.get("Resource") or parameters.get("ResourceArn") or "")
        if "EventSourceMapping" in request.operation:
            self._keep_mapping(str(result["UUID"]))
        elif "CodeSigningConfig" in request.operation and "FunctionName" not in parameters:
            self._keep_code_signing(result, str(parameters.get("CodeSigningConfigArn") or ""))
        elif ":code-signing-config:" in arn:
            self._keep_code_signing({}, arn)
        elif "LayerName" in parameters:
            self._keep_layers(str(parameters["LayerName"]))
        elif ":event-source-mapping:" in arn:
            self._keep_mapping(arn.rpartition(":")[2])
        else:
            name = self._service.functions.parse_name(arn or str(parameters["FunctionName"])).name
            self._keep_function(name)

    def _keep_function(self, name: str) -> None:
        service = self._service
        if name not in service.functions:
            self._of_stacks.discard(name)
        if service.register.is_of_scenario(name) and name not in self._of_stacks:
            self._shelf.remove("functions", name)
            return
        function = service.functions[name]
        kept = {
            "began_epoch_us": service.clock.start_epoch_us,
            "function": _members(function, {"versions"}),
            "versions": {number: _version_members(version) for number, version in function.versions.items()},
            "papers": service.papers(function),
            "tags": service.tags.get(function.arn, {}),
            "is_of_stack": name in self._of_stacks,
        }
        self._shelf.put("functions", name, self._encode(kept))

    def _keep_layers(self, name: str) -> None:
        layers = self._service.layers
        for arn, highest in layers.highest.items():
            if name in (arn, arn.rpartition(":")[2]):
                kept = _KeptLayer(
                    began_epoch_us=self._service.clock.start_epoch_us,
                    arn=arn,
                    highest=highest,
                    versions=layers.of(arn),
                    policies={name: policy for name, policy in layers.policies.items() if name.startswith(f"{arn}:")},
                )
                self._shelf.put("layers", arn.rpartition(":")[2], self._encode(kept))

    def _keep_code_signing(self, result: Any, arn: str) -> None:
        arn = arn or result["CodeSigningConfig"]["CodeSigningConfigArn"]
        config = self._service.code_signing.get(arn)
        name = arn.rpartition(":")[2]
        if config is None:
            self._shelf.remove("code-signing", name)
            return
        kept = _KeptCodeSigning(config=config, tags=self._service.tags.get(arn, {}))
        self._shelf.put("code-signing", name, self._encode(kept))

    def _keep_mapping(self, uuid: str) -> None:
        service = self._service
        mapping = next((each for each in service.mappings if each.uuid == uuid), None)
        spec = None if mapping is None else mapping.lasting_spec
        if mapping is None or spec is None:
            self._shelf.remove("mappings", uuid)
        elif uuid in service.made_mappings:
            kept = _KeptMapping(
                uuid=uuid,
                name=mapping.name,
                spec=spec,
                changed_epoch_us=service.clock.start_epoch_us + service.changed_us[uuid],
                tags=service.tags.get(mapping_arn(service, mapping), {}),
                echoed=service.echoed.get(uuid, {}),
                progress=mapping.poller.progress() if isinstance(mapping.poller, StreamPoller) else {},
            )
            self._shelf.put("mappings", uuid, self._encode(kept))
            if isinstance(mapping.poller, StreamPoller):
                self._look_again()

    def _look_again(self) -> None:
        if not self._is_looking:
            self._is_looking = True
            clock = self._service.clock
            clock.at(clock.now_us + _LOOK_US, Keeping._look, self)

    def _look(self) -> None:
        self._is_looking = False
        self.keep_progress()

    def keep_progress(self) -> None:
        """Write down how far each mapping is in its stream.

        Raises:
            StorageError: it cannot be written.
        """
        for mapping in self._service.mappings:
            if isinstance(mapping.poller, StreamPoller):
                self._keep_mapping(mapping.uuid)

    def _encode(self, kept: object) -> bytes:
        return msgspec.json.format(msgspec.json.encode(kept, enc_hook=self._name_of))

    def _name_of(self, folder: object) -> str:
        """Return how a folder with code is written down, and keep its archive if it has one."""
        assert isinstance(folder, Path), "all else is JSON by itself"
        if folder.is_relative_to(self._shelf.folder):
            return f"{_KEPT}{folder.relative_to(self._shelf.folder)}"
        archives = self._service.code_store
        identifier = archives.identifier(folder)
        if identifier is None:
            return f"{_FOLDER}{folder}"
        self._shelf.put_archive(identifier, partial(archives.archive_at, folder))
        return f"{_ARCHIVE}{identifier}"

    # --- reading ---------------------------------------------------------------------------------------

    def restore(self) -> None:
        """Bring back what an earlier server left; sources are there already.

        Raises:
            StorageError: a file cannot be read, or is none of ours.
        """
        wanted: set[str] = set()
        for shelf, bring_back in (
            ("code-signing", self._bring_back_code_signing),
            ("layers", self._bring_back_layer),
            ("functions", self._bring_back_function),
            ("mappings", self._bring_back_mapping),
        ):
            for path, content in self._shelf.all(shelf):
                try:
                    bring_back(path, content, wanted)
                except (msgspec.MsgspecError, KeyError, ConfigurationError, ApiError) as error:
                    raise StorageError(
                        f"{path} cannot be read: {error}. Delete it to go on without what it describes"
                    ) from error
        self._shelf.keep_archives(wanted)
        self._undone.tell()

    def _bring_back_code_signing(self, _: Path, content: bytes, __: set[str]) -> None:
        kept = msgspec.json.decode(content, type=_KeptCodeSigning)
        arn = kept.config["CodeSigningConfigArn"]
        self._service.code_signing[arn] = kept.config
        if kept.tags:
            self._service.tags[arn] = kept.tags

    def _bring_back_layer(self, _: Path, content: bytes, wanted: set[str]) -> None:
        kept = msgspec.json.decode(content, type=_KeptLayer, dec_hook=partial(self._folder_of, wanted))
        span_us = kept.began_epoch_us - self._service.clock.start_epoch_us
        layers = self._service.layers
        for version in reversed(kept.versions):
            layers.add(structs.replace(version, created_us=version.created_us + span_us))
        layers.highest[kept.arn] = kept.highest
        layers.policies.update(kept.policies)

    def _bring_back_function(self, path: Path, content: bytes, wanted: set[str]) -> None:
        service = self._service
        folder_of = partial(self._folder_of, wanted)
        kept = msgspec.json.decode(content, type=_KeptFunction, dec_hook=folder_of)
        name = kept.function["name"]
        if name in service.functions:
            _log.warning("%s is passed over: the scenario has a function of this name", path)
            return
        versions = {
            number: _version(_converted(FunctionVersion, members, folder_of))
            for number, members in kept.versions.items()
        }
        function = Function(**_converted(Function, kept.function, folder_of), versions=versions)
        _shift(kept.papers, kept.began_epoch_us - service.clock.start_epoch_us)
        service.add(function, kept.papers, is_of_stack=kept.is_of_stack)
        if kept.is_of_stack:
            self._of_stacks.add(name)
        if kept.tags:
            service.tags[function.arn] = kept.tags

    def _bring_back_mapping(self, path: Path, content: bytes, _: set[str]) -> None:
        service = self._service
        kept = msgspec.json.decode(content, type=_KeptMapping)
        refusal = service.mappings.refusal(kept.spec, is_kept=True)
        if refusal is not None:
            _log.warning("the event source mapping in %s is passed over: %s", path, refusal.explanation)
            return
        mapping = service.mappings.create(kept.name, kept.spec, uuid=kept.uuid)
        if kept.progress and isinstance(mapping.poller, StreamPoller):
            mapping.poller.resume(kept.progress)
            self._look_again()
        service.made_mappings.add(kept.uuid)
        service.echoed[kept.uuid] = kept.echoed
        service.changed_us[kept.uuid] = kept.changed_epoch_us - service.clock.start_epoch_us
        if kept.tags:
            service.tags[mapping_arn(service, mapping)] = kept.tags

    def _folder_of(self, wanted: set[str], kind: type[Any], name: str) -> Any:
        """Return the folder that was written down so, with what was in the archive."""
        assert kind is Path, "all else is JSON by itself"
        if name.startswith(_KEPT):
            return self._shelf.folder / name.removeprefix(_KEPT)
        if name.startswith(_FOLDER):
            return Path(name.removeprefix(_FOLDER))
        identifier = name.removeprefix(_ARCHIVE)
        wanted.add(identifier)
        return self._service.code_store.unpack(self._shelf.archive(identifier)).folder


@contextlib.contextmanager
def _answering() -> Iterator[None]:
    """Tell a client that the disk is at fault."""
    try:
        yield
    except StorageError as error:
        raise ApiError("ServiceException", str(error), status=500, fields={"Type": "Service"}) from error


def _version_members(version: FunctionVersion) -> dict[str, Any]:
    members = _members(version, _OF_SCENARIOS)
    if isinstance(version.handler, Refusing):
        members["handler"] = f"{_REFUSES}{version.handler.reason}"
    return members


def _version(members: Mapping[str, Any]) -> FunctionVersion:
    handler = members["handler"]
    if handler.startswith(_REFUSES):
        return FunctionVersion(**{**members, "handler": Refusing(handler.removeprefix(_REFUSES))})
    return FunctionVersion(**members)


def _members(whole: Struct, left_out: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in structs.asdict(whole).items() if name not in left_out}


def _converted(kind: type[Struct], members: Mapping[str, Any], folder_of: Any) -> dict[str, Any]:
    """Return members as their types want them; a handler that was kept is a name."""
    types = {field.name: str if field.name == "handler" else field.type for field in structs.fields(kind)}
    return {name: msgspec.convert(value, types[name], dec_hook=folder_of) for name, value in members.items()}


def _shift(papers: FunctionPapers, span_us: int) -> None:
    """Count instants from this run's begin."""
    for of_qualifier in (papers.versions, papers.event_invoke, papers.provisioned, papers.urls):
        for each in of_qualifier.values():
            for field in dataclasses.fields(each):
                if field.name.endswith("_us"):
                    setattr(each, field.name, getattr(each, field.name) + span_us)
    for provisioned in papers.provisioned.values():
        provisioned.entry = 0  # an entry of another trace
