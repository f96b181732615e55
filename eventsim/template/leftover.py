"""What is said of a resource that has no effect, and why? None of it is passed over in silence."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from eventsim.spelling import nearly
from eventsim.template.document import Notes
from eventsim.template.site import Item

REASONS: Final[Mapping[str, str]] = {
    "AccessControl": "permissions on buckets are not checked",
    "AutoPublishAlias": "",
    "BucketEncryption": "nothing is encrypted",
    "CacheClusterEnabled": "nothing is cached",
    "CodeSigningConfigArn": "signatures are not checked",
    "DeletionProtectionEnabled": "",
    "EncryptionConfiguration": "nothing is encrypted",
    "FileSystemConfigs": "file systems are not mounted",
    "KmsKeyArn": "nothing is encrypted",
    "KmsKeyId": "nothing is encrypted",
    "KmsMasterKeyId": "nothing is encrypted",
    "LogConfiguration": "",
    "LoggingConfiguration": "nothing is logged but by functions",
    "MethodSettings": "nothing is logged, cached or throttled",
    "OwnershipControls": "permissions on buckets are not checked",
    "PackageType": "",
    "Policy": "permissions are not checked",
    "PublicAccessBlockConfiguration": "permissions on buckets are not checked",
    "ReplicaRegions": "there is one region",
    "Replicas": "a simulation has one region; `eventsim serve` keeps a world for each",
    "Role": "",
    "RoleARN": "",
    "RoleArn": "",
    "RuntimeManagementConfig": "the Python that is running runs functions",
    "ServerSideEncryptionConfiguration": "nothing is encrypted",
    "SnapStart": "every cold start runs the init phase",
    "TableClass": "it changes prices only",
    "VpcConfig": "there is no network",
}
"""Properties that change nothing in a simulation, and why; "" for those of which there is nothing to tell."""

_POLICIES: Final[Mapping[str, str]] = {
    "CreationPolicy": "nothing waits for signals",
    "UpdatePolicy": "what changes, changes at once",
}
"""What stands beside the properties of a resource and changes nothing, and why."""


def tell_of_policies(notes: Notes, declared: Mapping[str, Any], made: Iterable[str]) -> None:
    """Note what a template says of how resources are to be made and changed, and that nothing comes of it.

    Args:
        declared: the resources of the template by logical id.
        made: the logical ids of those whose condition holds.
    """
    for logical_id in made:
        for name, reason in _POLICIES.items():
            if name in declared[logical_id]:
                notes.add(f"{logical_id}: {name} has no effect: {reason}")


def tell_of_leftovers(item: Item) -> None:
    """Note every property that was given and that nothing came of."""
    given = [name for name in item.properties if name not in item.taken]
    for name in [*given, *item.unused]:
        reason = _reason_of(name)
        if reason is None:
            item.site.notes.add(f"{item.logical_id}: {_without_effect(item, name)}")
        elif reason:
            item.site.notes.add(f"{item.logical_id}: {name} has no effect: {reason}")


def tell_of_what_stays(item: Item, differing: Collection[str]) -> None:
    """Note every property that shall be other than before, or be no more, and that nothing came of.

    Args:
        differing: the properties that an update changes, or of which its template no longer speaks.
    """
    for name in sorted(differing):
        if name in item.taken or _reason_of(name) is not None:
            continue
        if name in item.properties:
            item.site.notes.add(f"{item.logical_id}: {name} is not changed by an update; it stays as it was")
        else:
            item.site.notes.add(f"{item.logical_id}: {name} is not given any more; it stays as it was")
    for name in item.unused:
        if _reason_of(name) is None:
            item.site.notes.add(f"{item.logical_id}: {_without_effect(item, name)}")


def _without_effect(item: Item, name: str) -> str:
    """Return what to say of a property that nothing came of; CloudFormation refuses one that it does not know."""
    hint = nearly(name, sorted((item.taken | item.known) - {name}), likeness=_LIKENESS_OF_TYPOS)
    return f"{name} is not simulated, and has no effect{hint}"


_LIKENESS_OF_TYPOS = 0.9
"""Of a slip to what was meant; names of properties resemble each other (`…Configuration`, `…Specification`)."""


def _reason_of(name: str) -> str | None:
    """Return why a property has no effect, "" if there is nothing to tell, None if it should have one."""
    return REASONS.get(name.partition(".")[0], REASONS.get(name.rpartition(".")[2]))
