"""What do the expressions of a request say, or the older parameters that came before them?"""

from collections.abc import Mapping
from typing import Any

from eventsim_sources.table import errors
from eventsim_sources.table.conditions import Condition, parse_condition
from eventsim_sources.table.key_condition import KeyCondition, parse_key_condition
from eventsim_sources.table.legacy import (
    attribute_updates,
    attributes_to_get,
    expected_condition,
    filter_condition,
    key_conditions,
)
from eventsim_sources.table.names import Names
from eventsim_sources.table.projection import Projection, parse_projection
from eventsim_sources.table.schema import Key
from eventsim_sources.table.update import Update, parse_update

Parameters = Mapping[str, Any]


def names_of(parameters: Parameters) -> Names:
    """Return the names and values that the expressions of a request refer to."""
    return Names(parameters.get("ExpressionAttributeNames"), parameters.get("ExpressionAttributeValues"))


def read_condition(parameters: Parameters, names: Names) -> Condition | None:
    """Read the condition of a write."""
    text = parameters.get("ConditionExpression")
    if text is not None:
        return parse_condition(text, names, "ConditionExpression")
    expected, operator = parameters.get("Expected"), parameters.get("ConditionalOperator")
    return None if expected is None and operator is None else expected_condition(expected, operator)


def read_changes(parameters: Parameters, names: Names) -> Update | None:
    """Read what an update changes."""
    text = parameters.get("UpdateExpression")
    if text is not None:
        return parse_update(text, names)
    updates = parameters.get("AttributeUpdates")
    return None if updates is None else attribute_updates(updates)


def read_projection(parameters: Parameters, names: Names) -> Projection | None:
    """Read which parts of items are wanted, None for all."""
    text = parameters.get("ProjectionExpression")
    if text is not None:
        return parse_projection(text, names)
    wanted = parameters.get("AttributesToGet")
    return None if wanted is None else attributes_to_get(wanted)


def read_filter(parameters: Parameters, names: Names, older: str) -> Condition | None:
    """Read which items a page shows of those that it looks at.

    Args:
        older: `QueryFilter` or `ScanFilter`.
    """
    text = parameters.get("FilterExpression")
    if text is not None:
        return parse_condition(text, names, "FilterExpression")
    filters, operator = parameters.get(older), parameters.get("ConditionalOperator")
    return None if filters is None and operator is None else filter_condition(filters, operator)


def read_key_condition(parameters: Parameters, names: Names, key: Key) -> KeyCondition:
    """Read which items of an index a query is about.

    Raises:
        ApiError: it does not say.
    """
    text, older = parameters.get("KeyConditionExpression"), parameters.get("KeyConditions")
    if text is not None:
        return parse_key_condition(text, names, key)
    if older is None:
        raise errors.invalid(
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
        )
    return key_conditions(older, key)
