"""Which stacks does a server go on with? Those that clients deployed, as far as each had come.

A stack is written down whole when its own status changes, and each of its resources as it is made, changed or deleted.
One that was under way when the server ended is told as failed: nobody knows what its last step has done, so it can be
updated or deleted, as AWS allows after a failure, and does not go on by itself. What the scenario deploys it deploys
anew each time.
"""

import dataclasses
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast, get_type_hints

import msgspec
from msgspec import Struct, structs

from eventsim.errors import StorageError, TemplateError
from eventsim.source import World
from eventsim.template.document import parse_document
from eventsim.template.inert import guessing
from eventsim.template.site import Ground
from eventsim.template.stack import REVIEWED, Stack, StackEvent, StackResource, Stacks

DELETED_MAX = 100
"""So many deleted stacks are known after a restart; AWS tells of them for 90 days."""
_CODE_FOLDERS = ("archives", "inline", "layers")
_INTERRUPTED = "The server ended before this was done. What it was making just then may be there without the stack"

_log = logging.getLogger(__name__)


class _Whole(Struct, kw_only=True):
    """A stack without its events; `members` are those of `Stack`."""

    path: Path
    folder: Path
    text: str
    members: dict[str, Any]
    deleted_count: int


class _Page(Struct, kw_only=True, omit_defaults=True):
    """What one line tells: a stack, one of its resources with what became of the stack, or an event.

    Attributes:
        began_epoch_us: when the run began from which all instants count.
    """

    began_epoch_us: int
    whole: _Whole | None = None
    resource: StackResource | None = None
    event: StackEvent | None = None


class StackBook:
    """Writes down what becomes of the stacks of one world, and brings them back."""

    def __init__(self, world: World) -> None:
        self._ground = cast("Ground", world)
        self._stacks = world.share(Stacks)
        self._notebook = world.notebook("stacks")
        self._of_scenario: set[str] = set()

    def keep(self, stack: Stack) -> None:
        """Write a stack down, unless the scenario makes it each time."""
        notebook = self._notebook
        if notebook is None:
            return
        if not notebook.is_open:
            self._of_scenario.add(stack.identifier)
        if stack.identifier not in self._of_scenario:
            notebook.put(stack.identifier, self._page(whole=self._whole(stack)))
            if stack.status == "DELETE_COMPLETE":
                self._clear_up(stack)

    def keep_resource(self, stack: Stack, resource: StackResource) -> None:
        """Write down what became of a resource."""
        is_current = stack.resources.get(resource.logical_id) is resource
        if self._notebook is not None and is_current and stack.identifier not in self._of_scenario:
            self._notebook.add(stack.identifier, self._page(resource=resource))

    def keep_event(self, stack: Stack, event: StackEvent) -> None:
        """Write down an event."""
        if self._notebook is not None and stack.identifier not in self._of_scenario:
            self._notebook.add(_events_of(stack.identifier), self._page(event=event))

    def _page(self, **what: Any) -> _Page:
        return _Page(began_epoch_us=self._ground.clock.start_epoch_us, **what)

    def _whole(self, stack: Stack) -> _Whole:
        document = stack.document
        members = {field.name: getattr(stack, field.name) for field in dataclasses.fields(stack)}
        del members["document"], members["events"]
        return _Whole(
            path=document.path,
            folder=document.folder,
            text=document.text,
            members=members,
            deleted_count=self._stacks.deleted_count,
        )

    def _clear_up(self, stack: Stack) -> None:
        """Forget the oldest stacks that were deleted, and the code of this one, unless something goes on with it."""
        assert self._notebook is not None, "there is something to clear up"
        for old in self._stacks.deleted()[DELETED_MAX - 1 :]:
            self._notebook.drop(old.identifier)
            self._notebook.drop(_events_of(old.identifier))
        if all(each.status == "DELETE_COMPLETE" for each in stack.resources.values()):
            for name in _CODE_FOLDERS:
                shutil.rmtree(self._ground.work_folder / name / stack.name, ignore_errors=True)

    # --- coming back -----------------------------------------------------------------------------------

    def restore(self) -> None:
        """Bring back the stacks that an earlier server left.

        Raises:
            StorageError: the notebook cannot be read.
        """
        if self._notebook is None:
            return
        found: dict[str, Stack] = {}
        for key, page in self._notebook.read(_Page):
            span_us = page.began_epoch_us - self._ground.clock.start_epoch_us
            if page.whole is not None:
                found[key] = self._stack(page.whole, span_us)
            stack = found.get(key) or found.get(key.removesuffix(_events_of("")))
            if stack is not None and page.resource is not None:
                page.resource.changed_us += span_us
                stack.resources[page.resource.logical_id] = page.resource
            if stack is not None and page.event is not None:
                stack.events.append(structs.replace(page.event, at_us=page.event.at_us + span_us))
        for stack in found.values():
            self._bring_back(stack)

    def _stack(self, whole: _Whole, span_us: int) -> Stack:
        try:
            document = parse_document(whole.text, whole.path, folder=whole.folder)
            stack = Stack(document=document, **_converted(whole.members))
        except (TemplateError, msgspec.ValidationError, KeyError) as error:
            raise StorageError(f"the stack {whole.members.get('name')} cannot be brought back: {error}") from error
        stack.created_us += span_us
        stack.updated_us = None if stack.updated_us is None else stack.updated_us + span_us
        stack.deleted_us = None if stack.deleted_us is None else stack.deleted_us + span_us
        for resource in stack.resources.values():
            resource.changed_us += span_us
        self._stacks.deleted_count = max(self._stacks.deleted_count, whole.deleted_count)
        return stack

    def _bring_back(self, stack: Stack) -> None:
        if stack.status == "DELETE_COMPLETE":
            self._stacks.delete(stack)
            return
        if self._stacks.find(stack.name) is not None:
            _log.warning("the kept stack %s is passed over: the scenario has a stack of this name", stack.name)
            return
        self._stacks.add(stack)
        for resource in stack.resources.values():
            resource.made = None if resource.made is None else guessing(resource.made, resource.logical_id)
            place = None if resource.made is None else resource.made.place
            if place is not None and resource.status != "DELETE_COMPLETE":
                for name in resource.declared.called:
                    self._ground.nickname(place[0], name, place[1])
        if stack.status.endswith("_IN_PROGRESS") and stack.status != REVIEWED:
            stack.status, stack.reason = _interrupted(stack.status), _INTERRUPTED
            for resource in stack.resources.values():
                if resource.status.endswith("_IN_PROGRESS"):
                    resource.status, resource.reason = _interrupted(resource.status), _INTERRUPTED
            self.keep(stack)


def _interrupted(status: str) -> str:
    """Return what becomes of a status in which a server was killed."""
    if status.endswith("_CLEANUP_IN_PROGRESS"):
        return status.removesuffix("_CLEANUP_IN_PROGRESS")
    return f"{status.removesuffix('_IN_PROGRESS')}_FAILED"


def _events_of(identifier: str) -> str:
    return f"{identifier} events"


def _converted(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return members as their types want them."""
    types = get_type_hints(Stack)
    return {name: msgspec.convert(value, types[name], dec_hook=_path) for name, value in members.items()}


def _path(kind: type[Path], text: str) -> Path:
    return kind(text)
