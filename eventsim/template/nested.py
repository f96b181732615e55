"""What is a stack in a stack? An order of its own, whose template lies beside the other one or in a bucket."""

from pathlib import Path

from eventsim.errors import ApiError, ConfigurationError, NotSimulated
from eventsim.template.document import Document, parse_document, read_document
from eventsim.template.history import STACK_TYPE
from eventsim.template.order import Order
from eventsim.template.remote import fetch_template, place_of
from eventsim.template.site import Item, Site
from eventsim.template.stack import Stack

DEPTH_MAX = 5
_NAME_CHARACTERS_MAX = 128


def nested_name(site: Site, logical_id: str) -> str:
    """Return the name of a nested stack."""
    return site.physical_name(logical_id, characters_max=_NAME_CHARACTERS_MAX)


async def nested_order(item: Item, around: Order) -> Order | None:
    """Return what a nested stack is to be, None if its template is not here.

    Args:
        around: the order of the stack around it.

    Raises:
        ConfigurationError: stacks are nested too deep.
        TemplateError: its template cannot be read.
    """
    document = await _document(item, around.document.folder)
    if document is None:
        return None
    if around.depth == DEPTH_MAX:
        raise ConfigurationError(f"stacks are nested more than {DEPTH_MAX} levels deep")
    return Order(
        document,
        nested_name(item.site, item.logical_id),
        parameters=item.take("Parameters") or {},
        tags=item.tags(),
        overrides=around.overrides,
        assets=around.assets,
        parent=item.site.stack_id,
        depth=around.depth + 1,
        on_failure="DO_NOTHING" if around.on_failure == "DO_NOTHING" else "ROLLBACK",
        deletes_new=around.deletes_new,
        is_checked=around.is_checked,
    )


async def _document(item: Item, folder: Path) -> Document | None:
    path, url = item.site.paths.get(item.logical_id), item.text("TemplateURL")
    asset = item.metadata.get("aws:asset:path")
    if asset is not None:
        path = folder / str(asset)
    if path is not None:
        return read_document(path) if path.is_file() else None
    try:
        text = await fetch_template(item.site.ground, url)
    except (ApiError, NotSimulated):
        return None
    return parse_document(text, Path(place_of(url)[1]), folder=folder)


def embedded(stack: Stack | None, done: str) -> str:
    """Return why a nested stack failed, as the stack around it says it; "" if there is no such stack."""
    if stack is None:
        return ""
    own = [event.reason for event in stack.events if event.type == STACK_TYPE and event.logical_id == stack.name]
    why = next((reason for reason in reversed(own) if reason), "").replace("Rollback requested by user.", "")
    return f"Embedded stack {stack.identifier} was not successfully {done}: {why}"
