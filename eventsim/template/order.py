"""What is to be deployed, and how?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from eventsim.function.spec import FunctionSpec
from eventsim.template.document import Document

OnFailure = Literal["ROLLBACK", "DO_NOTHING", "DELETE"]
"""What becomes of a stack when something in it fails, in CloudFormation's words."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be deployed, and how.

    Attributes:
        parameters: values by name.
        overrides: logical id → what a scenario wants otherwise of a function.
        assets: for `cdk.out`, asset → file or folder.
        parent: for a nested stack, the ARN of the one around it.
        on_failure: what becomes of things that were made before one failed; only a new stack is deleted.
        deletes_new: whether what was made just now goes with what fails, though it says `DeletionPolicy: Retain`.
        token: by which a client recognises the events of its request, "".
        told: what the request says that changes nothing and is told again.
        is_checked: whether properties that a type does not have are refused, as AWS does it, or told of.
    """

    document: Document
    stack_name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    overrides: Mapping[str, FunctionSpec] = field(default_factory=dict)
    assets: Mapping[str, Path] = field(default_factory=dict)
    parent: str = ""
    depth: int = 0
    on_failure: OnFailure = "ROLLBACK"
    deletes_new: bool = False
    token: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)
    is_checked: bool = False

    @property
    def notified(self) -> list[str]:
        """The topics that are told of the stack, by their ARNs."""
        return list(self.told.get("NotificationARNs") or ())
