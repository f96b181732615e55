"""How does a template become a part of the world? Planned, made in order, and taken away again if anything fails.

1. Everything that can be wrong without making anything is found by the plan.
2. Resources are made one after another, by the operations that a client would call. It takes no virtual time, but for
   custom resources, whose functions run.
3. A refusal takes back what was made. What nobody simulates is no refusal: the resource gets a name, and the report
   tells of it.
"""

import asyncio
import copy
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from eventsim.errors import ApiError, ConfigurationError, NotSimulated, ScenarioError, TemplateError
from eventsim.template import plan as planning
from eventsim.template.access import tell_of_missing_policies
from eventsim.template.dynamic import resolved_text
from eventsim.template.existing import check_absent, check_unowned
from eventsim.template.history import BY_USER, INITIATED, History
from eventsim.template.inert import placeholder
from eventsim.template.inert import reason_of as without_behaviour
from eventsim.template.intrinsic import Resolver, Unresolved
from eventsim.template.known_properties import InvalidProperties, mistakes_in
from eventsim.template.known_types import perhaps_meant
from eventsim.template.leftover import tell_of_leftovers
from eventsim.template.local import Local
from eventsim.template.macro import with_macros
from eventsim.template.nested import embedded, nested_name, nested_order
from eventsim.template.order import Order
from eventsim.template.outputs import settled_outputs
from eventsim.template.parameters import resolve_parameters, ssm_names
from eventsim.template.roles import tell_of_broken_policies
from eventsim.template.site import Ground, Item, Made, Site, asked
from eventsim.template.soundness import check_soundness
from eventsim.template.stack import Declared, Stack, StackResource, Stacks
from eventsim.template.table import INSTEAD, KINDS, NESTED, kind_of
from eventsim.template.tags import marked
from eventsim.template.trouble import TROUBLE, gap_of, is_gone, reason_of


def stack_identifier(ground: Ground, name: str) -> str:
    """Return the ARN that a new stack of this name gets."""
    text = ground.chance.uuids("stack", name, ground.share(Stacks).deleted_count)()
    return f"arn:aws:cloudformation:{ground.region}:{ground.account_id}:stack/{name}/{text}"


async def prepare(ground: Ground, order: Order, identifier: str, stack: Stack) -> planning.Plan:
    """Find everything that is wrong with a template without making anything.

    Raises:
        TemplateError: something is.
    """
    check_soundness(order.document)
    known: dict[str, str | None] = {}
    for name in ssm_names(order.document, order.parameters):
        known[name] = await ssm_value(ground, name)
    parameters = resolve_parameters(order.document, order.parameters, known.get)
    for name, parameter in parameters.items():
        if parameter.origin == "invented":
            shown = "a secret" if parameter.is_secret else repr(parameter.value)
            stack.notes.add(f"the parameter {name} has no value, so it is {shown}; give another with --parameter")
    values = {name: parameter.value for name, parameter in parameters.items()}
    pseudo = planning.pseudo_parameters(ground.region, ground.account_id, order.stack_name, identifier, order.notified)
    exports = {name: value for name, (value, _) in ground.share(Stacks).exports().items()}
    names = planning.Names(values, pseudo, exports)
    document = await with_macros(ground, order.document, values)
    return planning.make_plan(document, parameters, names, stack.notes)


async def ssm_value(ground: Ground, name: str) -> str | None:
    """Return the value of a parameter of the parameter store, None if there is none."""
    try:
        result = await asked(ground, "ssm", "GetParameter", {"Name": name, "WithDecryption": True})
    except (ApiError, NotSimulated):
        return None
    return str(result["Parameter"]["Value"])


async def deploy(ground: Ground, order: Order) -> Stack:
    """Deploy a template as a new stack.

    Raises:
        TemplateError: it is wrong, or a resource was refused; nothing of it is left.
    """
    stacks = ground.share(Stacks)
    if stacks.find(order.stack_name) is not None:
        raise TemplateError(f"there is a stack {order.stack_name!r} already; give this one another name")
    stack = new_stack(ground, order)
    plan = await prepare(ground, order, stack.identifier, stack)
    stacks.add(stack)
    await build(ground, order, stack, plan)
    return stack


def new_stack(ground: Ground, order: Order) -> Stack:
    """Return a stack that has nothing in it yet."""
    return Stack(
        name=order.stack_name,
        identifier=stack_identifier(ground, order.stack_name),
        document=order.document,
        created_us=ground.clock.now_us,
        tags=dict(order.tags),
        parent=order.parent,
        keeps_failures=order.on_failure == "DO_NOTHING",
        told=order.told,
        incarnation=sum(each.name == order.stack_name for each in ground.share(Stacks).deleted()),
    )


async def build(ground: Ground, order: Order, stack: Stack, plan: planning.Plan) -> None:
    """Make what a plan says.

    Raises:
        TemplateError: a resource was refused; what was made is taken back, unless the order says otherwise.
    """
    stack.document, stack.tags = order.document, dict(order.tags)  # of several change sets, one makes the stack
    works = Works(ground, order, stack, plan)
    history = works.history
    history.mark_stack("CREATE_IN_PROGRESS", BY_USER)
    try:
        for declared in plan.order:
            await works.make(declared)
        works.settle_outputs()
        tell_of_missing_policies(stack, ground.permissions)
        tell_of_broken_policies(stack)
    except ScenarioError:
        await _give_up(ground, works, order, history.failure())
        raise
    history.mark_stack("CREATE_COMPLETE")


async def abandon(ground: Ground, order: Order, stack: Stack, words: str) -> None:
    """Begin to make a stack, and give up at once."""
    works = Works.of(ground, stack, order.token)
    works.history.mark_stack("CREATE_IN_PROGRESS", BY_USER)
    await _give_up(ground, works, order, f"{words}. ")


async def _give_up(ground: Ground, works: "Works", order: Order, failure: str) -> None:
    """Take back what was made of a stack, unless the order says otherwise."""
    if order.on_failure == "DO_NOTHING":
        works.history.mark_stack("CREATE_FAILED", failure)
        return
    is_kept = order.on_failure == "ROLLBACK"
    word = "Rollback" if is_kept else "Delete"
    await _undone(ground, works, f"{failure}{word} requested by user.", is_kept=is_kept)


async def undo_creation(ground: Ground, stack: Stack, *, token: str, deletes_new: bool) -> None:
    """Take back what was made of a stack that was never complete, because somebody asks for it.

    Args:
        deletes_new: whether what says `DeletionPolicy: Retain` goes as well.
    """
    works = Works.of(ground, stack, token, deletes_new=deletes_new)
    await _undone(ground, works, BY_USER, is_kept=True)


async def _undone(ground: Ground, works: "Works", reason: str, *, is_kept: bool) -> None:
    begun = "ROLLBACK_IN_PROGRESS" if is_kept else "DELETE_IN_PROGRESS"
    works.stack.deleted_us = ground.clock.now_us  # of a stack that is rolled back, too
    works.history.mark_stack(begun, reason)
    stuck = await works.take_back(is_new=True)
    if stuck:
        works.history.mark_stack("ROLLBACK_FAILED" if is_kept else "DELETE_FAILED", not_deleted(stuck))
    elif is_kept:
        works.history.mark_stack("ROLLBACK_COMPLETE")
    else:
        works.end()


def not_deleted(logical_ids: Sequence[str]) -> str:
    """Return how CloudFormation tells of resources that could not be deleted."""
    return f"The following resource(s) failed to delete: [{', '.join(logical_ids)}]. "


def _users(plan: planning.Plan) -> dict[str, dict[str, bool]]:
    """Return which types depend on a resource, by its logical id, and whether they do anything here."""
    users: dict[str, dict[str, bool]] = {}
    for declared in plan.order:
        for name in declared.depends_on:
            acts = kind_of(declared.type) is not None and not without_behaviour(declared.type)
            users.setdefault(name, {})[declared.type] = acts
    return users


def names_of(ground: Ground, stack: Stack, plan: planning.Plan, notified: Sequence[str] = ()) -> planning.Names:
    """Return what the template of a stack may refer to besides its resources.

    Args:
        notified: the topics that are told of the stack, by their ARNs.
    """
    pseudo = planning.pseudo_parameters(ground.region, ground.account_id, stack.name, stack.identifier, notified)
    values = {name: parameter.value for name, parameter in plan.parameters.items()}
    exports = {name: value for name, (value, _) in ground.share(Stacks).exports().items()}
    return planning.Names(values, pseudo, exports)


class Works:
    """A stack while it changes; the scope of the second reading of its template.

    Attributes:
        stack: the stack.
        plan: what is made of it.
        history: tells what becomes of it.
        tags: those of the stack, which its resources get.
    """

    def __init__(self, ground: Ground, order: Order, stack: Stack, plan: planning.Plan) -> None:
        self._ground = ground
        self._order = order
        self.stack = stack
        self.plan = plan
        stack.processed, stack.parameters = plan.processed, plan.parameters
        stack.imports |= plan.imports
        self._names = names_of(ground, stack, plan, order.notified)
        self._resolver = Resolver(
            mappings=plan.processed.get("Mappings") or {},
            conditions=plan.processed.get("Conditions") or {},
            scope=self,
            region=ground.region,
        )
        self._site = Site(
            ground,
            stack_name=stack.name,
            stack_id=stack.identifier,
            document=order.document,
            paths=plan.local.paths,
            assets=order.assets,
            overrides=order.overrides,
            layers=stack.layers,
            notes=stack.notes,
            incarnation=stack.incarnation,
            users=_users(plan),
            is_of_client=order.is_checked,
        )
        self.tags = order.tags
        self.history = History(ground, stack, order.token)

    @classmethod
    def of(cls, ground: Ground, stack: Stack, token: str = "", *, deletes_new: bool = False) -> "Works":
        """Return the works of a stack of which nothing more is to be made."""
        plan = planning.Plan(stack.document, Local({}), stack.processed, stack.parameters, (), {}, frozenset())
        return cls(ground, Order(stack.document, stack.name, token=token, deletes_new=deletes_new), stack, plan)

    # --- the scope -------------------------------------------------------------------------------------

    def reference(self, name: str) -> Any:
        """Answer `Ref`."""
        known = self._names.find(name)
        return known if known is not None else self._made(name).reference

    def attribute(self, logical_id: str, name: str) -> Any:
        """Answer `Fn::GetAtt`."""
        made = self._made(logical_id)
        if name not in made.attributes:
            raise LookupError(f"`{logical_id}` has no attribute `{name}`")
        return made.attributes[name]

    def imported(self, name: str) -> Any:
        """Answer `Fn::ImportValue`."""
        return self._names.exports[name]

    def _made(self, logical_id: str) -> Made:
        resource = self.stack.resources.get(logical_id)
        if resource is None or resource.made is None:
            raise LookupError(f"`{logical_id}` is not made yet")
        return resource.made

    # --- making ----------------------------------------------------------------------------------------

    async def make(self, declared: Declared, *, is_replacement: bool = False) -> None:
        """Make a resource.

        Args:
            is_replacement: whether it takes another one's place.

        Raises:
            TemplateError: it was refused.
        """
        counts = self.stack.made_counts
        generation = counts.get(declared.logical_id, 0)
        counts[declared.logical_id] = generation + 1
        resource = self.stack.resources[declared.logical_id] = StackResource(declared, generation=generation)
        verb = "UPDATE" if is_replacement else "CREATE"
        item: Item | None = None
        try:
            resource.properties = self.resolved(declared)
            if not is_replacement:
                self.history.mark(resource, "CREATE_IN_PROGRESS")
            await self._check_name(declared, resource.properties)
            item = await self.item(declared, resource.properties, generation)
            made = await self.carry_out(item, declared)
        except asyncio.CancelledError:  # the stack is deleted meanwhile
            resource.made = None if item is None else item.begun
            raise
        except TROUBLE as error:
            resource.made = None if item is None else item.begun
            self.history.mark_failed(resource, verb, error)
            raise self.located(declared, error) from error
        except TemplateError as error:
            resource.made = None if item is None else item.begun
            self.history.mark(resource, f"{verb}_FAILED", self._embedded(declared) or str(error))
            raise  # the nested template's own place says more
        resource.made = made
        self.history.mark(resource, f"{verb}_IN_PROGRESS", INITIATED)
        self.history.mark(resource, f"{verb}_COMPLETE")
        self.history.record_deployed(resource)
        if made.place is not None:
            for name in declared.called:
                self._ground.nickname(made.place[0], name, made.place[1])

    def _embedded(self, declared: Declared) -> str:
        if declared.type != NESTED:
            return ""
        name = nested_name(self._site, declared.logical_id)
        return embedded(self._ground.share(Stacks).find(name), "created")

    async def _check_name(self, declared: Declared, properties: Mapping[str, Any]) -> None:
        """See that the name of a new resource is free: some operations give back what is there already.

        Raises:
            Taken: another resource of a stack has it.
            Existing: a client deploys, and something else has it.
        """
        check_unowned(self._ground.share(Stacks), declared, properties)
        if self._order.is_checked:
            await check_absent(self._ground, declared, properties)

    def resolved(self, declared: Declared) -> dict[str, Any]:
        """Return the properties of a resource without functions.

        Raises:
            Unresolved: one of them cannot be worked out.
            InvalidProperties: they do not suit the type, and that counts.
        """
        path = ("Resources", declared.logical_id, "Properties")
        properties: dict[str, Any] = self._resolver.value(declared.properties, path)
        mistakes = mistakes_in(declared.type, properties) if self._order.is_checked else ()
        if mistakes:
            raise InvalidProperties(declared.logical_id, mistakes)
        return properties

    async def item(self, declared: Declared, properties: Mapping[str, Any], generation: int = 0) -> Item:
        """Return a resource about to be made or changed; the properties are its own."""
        self._site.generations[declared.logical_id] = generation
        own = self.with_tags(declared, copy.deepcopy(dict(properties)), self.tags)
        item = Item(declared.logical_id, declared.type, own, self._site, declared.metadata)
        kind = kind_of(declared.type)
        if kind is not None and (declared.type in KINDS or kind.is_deferred):
            item.properties = await resolved_text(self._site, item.properties, declared.logical_id)
        return item

    def with_tags(self, declared: Declared, properties: dict[str, Any], of_stack: Mapping[str, str]) -> dict[str, Any]:
        """Return properties with the tags that a resource gets besides its own."""
        marks = {
            "aws:cloudformation:stack-name": self.stack.name,
            "aws:cloudformation:stack-id": self.stack.identifier,
            "aws:cloudformation:logical-id": declared.logical_id,
        }
        tags = marked(declared.type, properties.get("Tags"), of_stack, marks)
        return properties if tags is None else {**properties, "Tags": tags}

    async def carry_out(self, item: Item, declared: Declared) -> Made:
        """Make a resource; what nobody simulates has a name and nothing more."""
        if declared.type == NESTED:
            return await self._nested(item)
        kind = kind_of(declared.type)
        if kind is None:
            instead = INSTEAD.get(declared.type) or perhaps_meant(declared.type)
            return placeholder(item, problem=f"is of the type {declared.type}, which is not simulated{instead}")
        try:
            made = await kind.make(item)
        except (NotSimulated, ApiError) as error:
            problem = gap_of(error) or self._gap_below(declared, error)
            if problem is None:
                raise
            return placeholder(item, problem=problem)
        if not made.is_inert:
            tell_of_leftovers(item)
        return made

    def _gap_below(self, declared: Declared, error: NotSimulated | ApiError) -> str | None:
        """Return what a refusal comes from, if it comes from something that is not simulated; None if it does not."""
        for name in declared.depends_on:
            made = self.stack.resources[name].made
            if made is not None and made.problem:
                return f"depends on {name}, which is not simulated ({reason_of(error)})"
        return None

    async def _nested(self, item: Item) -> Made:
        order = await nested_order(item, self._order)
        if order is None:
            where = self._site.paths.get(item.logical_id) or item.text("TemplateURL")
            return placeholder(item, problem=f"is a nested stack whose template ({where}) is not here")
        identifier = stack_identifier(self._ground, order.stack_name)
        undo = item.begin(identifier, ("cloudformation", "DeleteStack", {"StackName": identifier}))
        stack = await deploy(self._ground, order)
        outputs = {f"Outputs.{output.name}": output.value for output in stack.outputs.values()}
        return Made(physical_id=stack.identifier, attributes=outputs, undo=undo)

    def located(self, declared: Declared, error: Exception) -> TemplateError:
        """Return what went wrong with a resource, with its place in the template."""
        path: tuple[str | int, ...] = ("Resources", declared.logical_id)
        if isinstance(error, Unresolved) and error.path[:2] == path:
            path = error.path
        elif isinstance(error, ConfigurationError):
            path = (*path, "Properties")
        message = f"{declared.logical_id} ({declared.type}): {reason_of(error)}"
        return self._order.document.error(path, message)

    def settle_outputs(self) -> None:
        """Work out the outputs.

        Raises:
            TemplateError: one of them cannot be, or another stack uses one that is no more.
        """
        stacks = self._ground.share(Stacks)
        self.stack.outputs = settled_outputs(stacks, self.stack, self.plan.outputs, self._resolver, self.history)

    async def take_back(self, retained: Collection[str] = (), *, is_new: bool = False) -> list[str]:
        """Delete what was made, last things first; return the logical ids of what cannot be deleted.

        Args:
            retained: the logical ids of what stays.
            is_new: whether it was made just now, by what failed.
        """
        for name, resource in reversed(self.stack.resources.items()):
            if resource.status == "DELETE_COMPLETE":
                continue
            if resource.made is None:
                self.history.mark(resource, "DELETE_COMPLETE")
            else:
                policy = "Retain" if name in retained else resource.declared.deletion_policy
                await self.delete(resource, policy, is_new=is_new)
        while self.stack.replaced:
            old = self.stack.replaced.pop()
            await self.delete(old, old.declared.replace_policy)
        return [name for name, each in self.stack.resources.items() if each.status == "DELETE_FAILED"]

    async def delete(self, resource: StackResource, policy: str, *, is_new: bool = False) -> None:
        """Delete a resource, unless a policy says that it stays."""
        assert resource.made is not None, "only what is made can be deleted"
        if policy == "Retain" and is_new and self._order.deletes_new:
            policy = "Delete"
        if policy == "Retain" or (policy == "RetainExceptOnCreate" and not is_new):
            self.history.mark(resource, "DELETE_SKIPPED")
            return
        self.history.mark(resource, "DELETE_IN_PROGRESS")
        await self._say_goodbye(resource)
        for service, operation, parameters in reversed(resource.made.undo):
            try:
                await self._site.ask(service, operation, parameters)
            except NotSimulated:
                resource.reason = f"{service}.{operation} is not simulated"
            except ApiError as error:
                if not is_gone(error):
                    resource.status, resource.reason = "DELETE_FAILED", self.history.words_of(error, resource)
        inner = self._ground.share(Stacks).find(resource.physical_id) if resource.declared.type == NESTED else None
        if inner is not None and inner.status == "DELETE_FAILED":
            resource.status, resource.reason = "DELETE_FAILED", embedded(inner, "deleted")
        done = "DELETE_FAILED" if resource.status == "DELETE_FAILED" else "DELETE_COMPLETE"
        self.history.mark(resource, done, resource.reason)

    async def _say_goodbye(self, resource: StackResource) -> None:
        """Do what is done before a resource goes; custom resources have a function for it."""
        declared, made = resource.declared, resource.made
        kind = kind_of(declared.type)
        if made is None or made.problem or kind is None or kind.goodbye is None:
            return
        item = Item(declared.logical_id, declared.type, dict(resource.properties), self._site)
        try:
            await kind.goodbye(item, made)
        except (ApiError, ConfigurationError) as error:
            resource.status, resource.reason = "DELETE_FAILED", self.history.words_of(error, resource)

    def end(self) -> None:
        """Forget the stack; only its ARN still finds it."""
        self.stack.deleted_us = self._ground.clock.now_us
        self.history.mark_stack("DELETE_COMPLETE")
        self._ground.share(Stacks).delete(self.stack)
