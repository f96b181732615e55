"""What may the roles do that stacks have made? Their own policies, and those that are attached to them by name."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from eventsim.permissions.document import document_in, fault_in, own_document
from eventsim.permissions.managed import document_of
from eventsim.permissions.role import Document, Role
from eventsim.template.stack import Stack, StackResource

_ATTACHED = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
"""Types whose `Roles` name roles to which they are attached."""


def roles_of(stacks: Iterable[Stack]) -> Mapping[str, Role]:
    """Return the roles of stacks by name, with the policies of whichever stack."""
    resources = [each for stack in stacks for each in stack.resources.values() if each.made is not None]
    managed = {str(each.made.reference): each for each in _of(resources, "AWS::IAM::ManagedPolicy") if each.made}
    attached: dict[str, list[Document]] = {}
    for name, document in _attachments(resources):
        attached.setdefault(name, []).append(document)
    return {
        role.physical_id: _role(role, attached.get(role.physical_id, []), managed)
        for role in _of(resources, "AWS::IAM::Role")
    }


def tell_of_broken_policies(stack: Stack) -> None:
    """Note every policy that IAM would not take: on AWS the stack fails."""
    for each in stack.resources.values():
        given, is_role = each.properties, each.declared.type == "AWS::IAM::Role"
        documents = _inline(given) if is_role else []
        if each.declared.type in (*_ATTACHED, "AWS::IAM::RolePolicy"):
            documents = [given.get("PolicyDocument")]
        for fault in filter(None, map(fault_in, documents)):
            stack.notes.add(f"{each.logical_id}: IAM would not take its policy, which allows nothing here: {fault}")
        fault = fault_in(given.get("AssumeRolePolicyDocument"), "role") if is_role else ""
        if fault:
            stack.notes.add(f"{each.logical_id}: IAM would not take the policy of who may become it: {fault}")


def _of(resources: Iterable[StackResource], *types: str) -> Iterator[StackResource]:
    return (each for each in resources if each.declared.type in types)


def _attachments(resources: Iterable[StackResource]) -> Iterator[tuple[str, Document]]:
    """Yield the documents that are attached to roles, each with the role's name."""
    for each in resources:
        given = each.properties
        if each.declared.type in _ATTACHED:
            for name in _all(given.get("Roles")):
                yield str(name), own_document(given.get("PolicyDocument"))
        elif each.declared.type == "AWS::IAM::RolePolicy":
            yield str(given.get("RoleName")), own_document(given.get("PolicyDocument"))


def _role(resource: StackResource, attached: list[Document], managed: Mapping[str, StackResource]) -> Role:
    def document(arn: str) -> Document | None:
        own = managed.get(arn)
        return document_of(arn) if own is None else own_document(own.properties.get("PolicyDocument"))

    given = resource.properties
    inline = [own_document(each) for each in _inline(given)]
    arns = [str(arn) for arn in _all(given.get("ManagedPolicyArns"))]
    known = {arn: document(arn) for arn in arns}
    boundary, trust = given.get("PermissionsBoundary"), given.get("AssumeRolePolicyDocument")
    return Role(
        name=resource.physical_id,
        documents=[*inline, *(each for each in known.values() if each is not None), *attached],
        boundary=None if boundary is None else document(str(boundary)),
        trust=document_in(trust) if trust else None,
        unread=[arn for arn, each in known.items() if each is None],
    )


def _inline(given: Mapping[str, Any]) -> list[Any]:
    """Return the documents that stand in a role."""
    return [each.get("PolicyDocument") for each in _all(given.get("Policies")) if isinstance(each, Mapping)]


def _all(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
