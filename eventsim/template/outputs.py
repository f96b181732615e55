"""What does a stack give to others? Its outputs; what others import is exported as before as long as they do."""

from collections.abc import Mapping
from typing import Any

from eventsim.template.history import History
from eventsim.template.intrinsic import Resolver, Unresolved, as_text
from eventsim.template.stack import Output, Stack, Stacks


def settled_outputs(
    stacks: Stacks, stack: Stack, declared: Mapping[str, Any], resolver: Resolver, history: History
) -> dict[str, Output]:
    """Return the outputs of a stack whose resources are made.

    Args:
        declared: those that exist, as the template has them.
        history: is told why the stack fails, if it does.

    Raises:
        TemplateError: one of them cannot be worked out, or another stack uses one that is no more.
    """
    outputs: dict[str, Output] = {}
    taken = {name: exporter for name, (_, exporter) in stacks.exports().items()}
    for name, about in declared.items():
        path = ("Outputs", name)
        try:
            value = as_text(resolver.value(about["Value"], (*path, "Value")), path)
            export = (about.get("Export") or {}).get("Name")
            exported = "" if export is None else as_text(resolver.value(export, (*path, "Export")), path)
        except (Unresolved, LookupError) as error:
            history.cause = f"Output {name} cannot be worked out: {error}."
            raise stack.document.error(path, f"the output `{name}`: {error}") from None
        if exported in taken and taken[exported] is not stack:
            history.cause = f"Export with name {exported} is already exported by stack {taken[exported].name}."
            message = f"the stack {taken[exported].name} exports `{exported}` already"
            raise stack.document.error(path, message)
        description = as_text(about.get("Description") or "")
        outputs[name] = Output(name=name, value=value, description=description, export=exported)
    _check_exports(stacks, stack, outputs, history)
    return outputs


def _check_exports(stacks: Stacks, stack: Stack, outputs: Mapping[str, Output], history: History) -> None:
    """See that what other stacks import is exported as before."""
    now = {output.export: output.value for output in outputs.values()}
    for old in stack.outputs.values():
        users = stacks.importers(old.export) if old.export else []
        if users and now.get(old.export) != old.value:
            verb = "updated" if old.export in now else "deleted"
            history.cause = f"Export {old.export} cannot be {verb} as it is in use by {' and '.join(users)}"
            raise stack.document.error(("Outputs", old.name), history.cause)
