"""What is a stack called that nobody gave a name?"""

import re
from pathlib import Path

STACK_NAME_VARIABLE = "AWS_SAM_STACK_NAME"
"""The variable by which test suites find their stack, as those that `sam init` writes do."""
_PLAIN = ("template", "app", "main", "cdk")
"""Names of files that say nothing of the application: its folder's name does."""
_CHARACTERS_MAX = 60


def stack_name(path: Path) -> str:
    """Return a stack's name for a template, as far as CloudFormation allows its letters."""
    path = path.resolve()
    folder = path.parent
    if folder.name == "build" and folder.parent.name == ".aws-sam":
        folder = folder.parent.parent
    base = path.name.partition(".")[0]
    name = re.sub(r"[^A-Za-z0-9-]+", "-", folder.name if base in _PLAIN else base).strip("-")
    return (name if name[:1].isalpha() else f"stack-{name}")[:_CHARACTERS_MAX].rstrip("-")
