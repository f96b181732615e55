"""How does a stack change? What is new is made, what differs is changed or replaced, what is gone is deleted.

Whatever fails takes back all that was done before it, in reverse.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from msgspec import structs

from eventsim.errors import ConfigurationError, ScenarioError
from eventsim.template import custom
from eventsim.template.deployment import Works, prepare
from eventsim.template.document import parse_document
from eventsim.template.history import BY_USER, REPLACING
from eventsim.template.leftover import tell_of_what_stays
from eventsim.template.nested import embedded, nested_order
from eventsim.template.order import Order
from eventsim.template.plan import Plan
from eventsim.template.site import Ground, Made, tags_of
from eventsim.template.stack import Declared, Stable, Stack, StackResource, Stacks
from eventsim.template.table import NESTED, kind_of
from eventsim.template.tags import TAGGINGS, is_tagged, retag
from eventsim.template.trouble import TROUBLE
from eventsim.template.updates import NAMED, UPDATES

_LEFT_OVER = "Update successful. One or more resources could not be deleted."

_Undo = Callable[[], Awaitable[object]]


async def change_stack(ground: Ground, order: Order, stack: Stack, plan: Plan) -> None:
    """Make a stack what a plan says.

    Raises:
        TemplateError: something was refused; the stack is as it was, unless the order says otherwise.
    """
    is_kept = order.on_failure == "DO_NOTHING"
    stack.keeps_failures = is_kept
    was_failed = stack.status == "UPDATE_FAILED"
    if stack.status.endswith("_COMPLETE"):
        stack.stable = _stable(stack)
    stack.told = {**stack.told, **order.told}
    before = (stack.document, stack.tags, stack.processed, stack.parameters, set(stack.imports), dict(stack.outputs))
    works = Works(ground, order, stack, plan)
    history = works.history
    history.mark_stack("UPDATE_IN_PROGRESS", BY_USER)
    stack.document, stack.tags, stack.updated_us = order.document, dict(order.tags), ground.clock.now_us
    changes = Changes(ground, order, stack, works, before[1])
    try:
        for declared in plan.order:
            await changes.carry_out(declared)
        works.settle_outputs()
    except ScenarioError:
        failure = history.failure()
        if is_kept:
            stack.replaced += changes.replaced
            history.mark_stack("UPDATE_FAILED", failure)
            raise
        history.mark_stack("UPDATE_ROLLBACK_IN_PROGRESS", failure)
        if was_failed and stack.stable is not None:
            stack.replaced += changes.replaced
            await _return(ground, stack, order)
            raise
        stuck = await changes.take_back()
        stack.document, stack.tags, stack.processed, stack.parameters, stack.imports, stack.outputs = before
        if stuck:
            await changes.discard()
            history.mark_stack("UPDATE_ROLLBACK_FAILED", _not_updated(stuck))
            raise
        stack.stable = None
        history.mark_stack("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        await changes.discard()
        history.mark_stack("UPDATE_ROLLBACK_COMPLETE")
        raise
    stack.imports, stack.stable = {*plan.imports}, None
    history.mark_stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    is_clean = await changes.clean_up()
    history.mark_stack("UPDATE_COMPLETE", "" if is_clean else _LEFT_OVER)


async def roll_back(
    ground: Ground, stack: Stack, *, token: str, skipped: Collection[str] = (), deletes_new: bool = False
) -> None:
    """Make a stack what it was when it was last complete; what cannot be changed back is told.

    Args:
        skipped: the logical ids of what stays as it is, and counts as changed back.
        deletes_new: whether what the failed change has made goes, though it says `DeletionPolicy: Retain`.
    """
    order = Order(stack.document, stack.name, token=token, deletes_new=deletes_new)
    Works.of(ground, stack, token).history.mark_stack("UPDATE_ROLLBACK_IN_PROGRESS", BY_USER)
    await _return(ground, stack, order, skipped)


async def _return(ground: Ground, stack: Stack, order: Order, skipped: Collection[str] = ()) -> None:
    """Make a stack's last complete state anew, out of what a failure has left."""
    stable, tags_before = stack.stable, stack.tags
    assert stable is not None, "a stack that failed to change is known as it was"
    document = parse_document(stable.text, stack.document.path, folder=stack.document.folder)
    order = replace(order, document=document, parameters=stable.parameters, tags=stable.tags, is_checked=False)
    try:
        plan = await prepare(ground, order, stack.identifier, stack)
    except ScenarioError as error:  # what it was needs what is not there any more
        Works.of(ground, stack, order.token).history.mark_stack("UPDATE_ROLLBACK_FAILED", str(error))
        return
    works = Works(ground, order, stack, plan)
    stack.document, stack.tags = document, dict(stable.tags)
    changes = Changes(ground, order, stack, works, tags_before)
    changes.put_back()
    stuck = await changes.carry_out_all(skipped)
    if stuck:
        await changes.discard()
        works.history.mark_stack("UPDATE_ROLLBACK_FAILED", _not_updated(stuck))
        return
    works.settle_outputs()
    stack.imports, stack.stable = {*plan.imports}, None
    works.history.mark_stack("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
    await changes.discard()
    await changes.clean_up(is_new=True)
    works.history.mark_stack("UPDATE_ROLLBACK_COMPLETE")


def _not_updated(logical_ids: Sequence[str]) -> str:
    """Return how CloudFormation tells of resources that could not be changed."""
    return f"The following resource(s) failed to update: [{', '.join(logical_ids)}]. "


def _stable(stack: Stack) -> Stable:
    parameters = {name: parameter.given for name, parameter in stack.parameters.items()}
    return Stable(text=stack.document.text, parameters=parameters, tags=dict(stack.tags))


def leave_as_it_is(ground: Ground, order: Order, stack: Stack, words: str) -> None:
    """Begin to change a stack, and give up at once."""
    history = Works.of(ground, stack, order.token).history
    history.mark_stack("UPDATE_IN_PROGRESS", BY_USER)
    stack.updated_us = ground.clock.now_us
    history.mark_stack("UPDATE_ROLLBACK_IN_PROGRESS", words)
    history.mark_stack("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
    history.mark_stack("UPDATE_ROLLBACK_COMPLETE")


class Changes:
    """The changes of one update, with how each is taken back.

    Attributes:
        replaced: resources whose place others have taken.
    """

    def __init__(
        self, ground: Ground, order: Order, stack: Stack, works: Works, tags_before: Mapping[str, str]
    ) -> None:
        self._ground = ground
        self._order = order
        self._stack = stack
        self._works = works
        self._tags_before = tags_before
        self._undo: list[tuple[str, _Undo]] = []
        self._discarded: list[tuple[StackResource, str]] = []
        self.replaced: list[StackResource] = []

    async def carry_out(self, declared: Declared) -> None:
        """Make, change or replace one resource, or leave it as it is.

        Raises:
            TemplateError: it was refused.
        """
        resource = self._stack.resources.get(declared.logical_id)
        if resource is not None and resource.made is not None and resource.status == "CREATE_FAILED":
            await self._works.delete(resource, "Delete", is_new=True)  # what was only begun is made anew
            resource = None
        if resource is None or resource.made is None:
            await self._add(declared)
            return
        try:
            properties = self._works.resolved(declared)
        except TROUBLE as error:
            self._works.history.mark_failed(resource, "UPDATE", error)
            raise self._works.located(declared, error) from error
        inner = self._inner(resource, declared)
        if inner is not None:
            await self._alter_nested(resource, declared, properties, inner)
            return
        is_same = declared.type == resource.declared.type and properties == resource.properties
        if is_same and (not is_tagged(declared.type) or self._works.tags == self._tags_before):
            self._redeclare(resource, declared)
            return
        if self._must_be_replaced(resource, declared, properties):
            await self._replace(resource, declared, properties)
        else:
            await self._alter(resource, declared, properties)

    def put_back(self) -> None:
        """Let what others took the place of, in changes that stayed, stand there again."""
        resources, replaced = self._stack.resources, self._stack.replaced
        while replaced:
            old = replaced.pop()
            self._discarded.append((resources[old.logical_id], "Delete"))
            resources[old.logical_id] = old
            self._works.history.mark(old, "UPDATE_COMPLETE")

    async def carry_out_all(self, skipped: Collection[str]) -> list[str]:
        """Carry out as much as can be; return the logical ids of what was refused.

        Args:
            skipped: the logical ids of what stays as it is.
        """
        refused = []
        for declared in self._works.plan.order:
            resource = self._stack.resources.get(declared.logical_id)
            if resource is not None and declared.logical_id in skipped:
                resource.declared = declared
                self._works.history.mark(resource, "UPDATE_COMPLETE")
                continue
            try:
                await self.carry_out(declared)
            except ScenarioError:
                refused.append(declared.logical_id)
        return refused

    def _redeclare(self, resource: StackResource, declared: Declared) -> None:
        """Take over what the template says of a resource that stays as it is; tell of other metadata, and of rest."""
        before, resource.declared = resource.declared, declared

        async def undo() -> None:
            resource.declared = before

        self._undo.append((declared.logical_id, undo))
        if before.metadata != declared.metadata or resource.status == "UPDATE_FAILED":
            self._works.history.mark(resource, "UPDATE_IN_PROGRESS")
            self._works.history.mark(resource, "UPDATE_COMPLETE")

    async def take_back(self) -> list[str]:
        """Undo everything, last things first; return the logical ids of what cannot be undone.

        What refused to be changed may refuse to be changed back: it is as it was.
        """
        history, stuck = self._works.history, []
        self._works.tags, self._tags_before = self._tags_before, self._works.tags
        refused = {*history.failed.get("update", ())}
        for logical_id, undo in reversed(self._undo):
            try:
                await undo()
            except (ScenarioError, *TROUBLE):
                if logical_id in refused:
                    history.mark(self._stack.resources[logical_id], "UPDATE_COMPLETE")
                else:
                    stuck.append(logical_id)
        return stuck

    async def clean_up(self, *, is_new: bool = False) -> bool:
        """Delete what others have taken the place of, and what the plan has no more; tell whether all of it is gone.

        Args:
            is_new: whether what the plan does not have was made just now, by what failed.
        """
        stack, works = self._stack, self._works
        wanted = {declared.logical_id for declared in works.plan.order}
        replaced, stack.replaced = [*stack.replaced, *self.replaced], []
        for resource in reversed(replaced):
            await works.delete(resource, resource.declared.replace_policy)
        gone = [stack.resources.pop(name) for name in [*stack.resources] if name not in wanted]
        for resource in reversed(gone):
            if resource.made is not None:
                await works.delete(resource, resource.declared.deletion_policy, is_new=is_new)
        return not any(each.status == "DELETE_FAILED" for each in (*replaced, *gone))

    async def discard(self) -> None:
        """Delete what was made for nothing; what took another one's place goes whatever it says."""
        for resource, policy in self._discarded:
            if resource.made is None:
                self._works.history.mark(resource, "DELETE_COMPLETE")
            else:
                await self._works.delete(resource, policy, is_new=True)

    async def _add(self, declared: Declared) -> None:
        async def undo() -> None:
            made = self._stack.resources.pop(declared.logical_id, None)
            if made is not None:
                self._discarded.append((made, made.declared.deletion_policy))

        self._undo.append((declared.logical_id, undo))
        await self._works.make(declared)

    @staticmethod
    def _must_be_replaced(resource: StackResource, declared: Declared, properties: Mapping[str, Any]) -> bool:
        kind, made = kind_of(declared.type), resource.made
        if declared.type != resource.declared.type:
            return True
        if kind is None or declared.type == NESTED or made is None or made.is_inert or made.problem:
            return False
        update = UPDATES.get(declared.type)
        if update is None and kind.is_deferred:
            return False
        return update is None or any(properties.get(name) != resource.properties.get(name) for name in update.fixed)

    async def _replace(self, old: StackResource, declared: Declared, properties: Mapping[str, Any]) -> None:
        named = NAMED.get(declared.type, "")
        is_same = properties.get(named) == old.properties.get(named) and declared.type == old.declared.type
        if isinstance(properties.get(named), str) and is_same:
            message = (
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                f"Rename {properties[named]} and update the stack again."
            )
            self._works.history.mark(old, "UPDATE_FAILED", message)
            raise self._works.located(declared, ConfigurationError(message))

        async def undo() -> None:
            self._discarded.append((self._stack.resources[declared.logical_id], "Delete"))
            self._stack.resources[declared.logical_id] = old
            self._works.history.mark(old, "UPDATE_COMPLETE")
            if old in self.replaced:
                self.replaced.remove(old)

        self._undo.append((declared.logical_id, undo))
        self._works.history.mark(old, "UPDATE_IN_PROGRESS", REPLACING)
        try:
            await self._works.make(declared, is_replacement=True)
        except ScenarioError:
            if self._order.on_failure == "DO_NOTHING":
                await self._keep(old)
            raise
        self.replaced.append(old)

    async def _keep(self, old: StackResource) -> None:
        """Let a resource stand where it stood, whose replacement failed; what was begun of that goes."""
        begun = self._stack.resources[old.logical_id]
        self._stack.resources[old.logical_id] = old
        old.status, old.reason = begun.status, begun.reason
        if begun.made is not None:
            await self._works.delete(begun, "Delete", is_new=True)

    async def _alter(self, resource: StackResource, declared: Declared, properties: dict[str, Any]) -> None:
        declared_before, before, made = resource.declared, resource.properties, resource.made
        assert made is not None, "what is in a stack is made"

        async def undo() -> None:
            resource.declared = declared_before
            await self._changed(resource, declared_before, before, properties)

        self._undo.append((declared.logical_id, undo))
        resource.declared = declared
        await self._changed(resource, declared, properties, before)

    def _inner(self, resource: StackResource, declared: Declared) -> Stack | None:
        """Return the stack that a resource is, None if it is another resource, or its template was not here."""
        if declared.type != NESTED or resource.declared.type != NESTED:
            return None
        return self._ground.share(Stacks).find(resource.physical_id)

    async def _alter_nested(
        self, resource: StackResource, declared: Declared, properties: dict[str, Any], inner: Stack
    ) -> None:
        """Change a nested stack, whose template may differ even if nothing about it does in the template around it."""
        item = await self._works.item(declared, properties, resource.generation)
        try:
            order = await nested_order(item, self._order)
        except TROUBLE as error:
            raise self._works.located(declared, error) from error
        if order is None:
            where = item.text("TemplateURL")
            message = f"the template of the nested stack ({where}) is not here any more"
            raise self._works.located(declared, ConfigurationError(message))
        before, declared_before, properties_before = _as_it_is(inner, order), resource.declared, resource.properties

        async def undo() -> None:
            await self._renewed(resource, before, inner)
            resource.declared, resource.properties = declared_before, properties_before

        await self._renewed(resource, replace(order, stack_name=inner.name), inner)
        resource.declared, resource.properties = declared, properties
        self._undo.append((declared.logical_id, undo))

    async def _renewed(self, resource: StackResource, order: Order, inner: Stack) -> None:
        works, made = self._works, resource.made
        assert made is not None, "what is in a stack is made"
        works.history.mark(resource, "UPDATE_IN_PROGRESS")
        try:
            plan = await prepare(self._ground, order, inner.identifier, inner)
            await change_stack(self._ground, order, inner, plan)
        except ScenarioError:
            told = embedded(inner, "updated").replace(
                "updated: ", f"updated. Currently in {inner.status} with reason: "
            )
            works.history.mark(resource, "UPDATE_FAILED", told)
            raise  # the nested template's own place says more
        outputs = {f"Outputs.{output.name}": output.value for output in inner.outputs.values()}
        resource.made = structs.replace(made, attributes=outputs)
        works.history.mark(resource, "UPDATE_COMPLETE")

    async def _changed(
        self, resource: StackResource, declared: Declared, properties: dict[str, Any], before: Mapping[str, Any]
    ) -> None:
        history = self._works.history
        history.mark(resource, "UPDATE_IN_PROGRESS")
        made = resource.made
        assert made is not None, "what is in a stack is made"
        try:
            resource.made = await self._made(declared, properties, before, made, resource.generation)
        except TROUBLE as error:
            history.mark_failed(resource, "UPDATE", error)
            raise self._works.located(declared, error) from error
        resource.properties = properties
        history.mark(resource, "UPDATE_COMPLETE")

    async def _made(
        self, declared: Declared, properties: dict[str, Any], before: Mapping[str, Any], made: Made, generation: int
    ) -> Made:
        kind = kind_of(declared.type)
        if declared.type == NESTED or kind is None or made.is_inert or made.problem:
            return await self._works.carry_out(await self._works.item(declared, properties, generation), declared)
        item = await self._works.item(declared, properties, generation)
        if kind.is_deferred and declared.type not in UPDATES:
            return await custom.update(item, made, before)
        old = self._works.with_tags(declared, dict(before), self._tags_before)
        changed = await UPDATES[declared.type].change(item, made, old) or made
        if declared.type in TAGGINGS:
            await retag(item, made, tags_of(old.get("Tags")))
        tell_of_what_stays(item, {key for key in {**before, **properties} if properties.get(key) != before.get(key)})
        return structs.replace(changed, undo=changed.undo or made.undo, place=changed.place or made.place)


def _as_it_is(stack: Stack, order: Order) -> Order:
    """Return an order that makes of a nested stack what it is now."""
    parameters = {name: parameter.given for name, parameter in stack.parameters.items()}
    return replace(order, document=stack.document, stack_name=stack.name, parameters=parameters, tags=dict(stack.tags))
