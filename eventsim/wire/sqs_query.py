"""How did SQS name things before it spoke JSON? Its query protocol still does, and the model no longer tells.

`AttributeName.1`, `Attribute.1.Name`, `SendMessageBatchRequestEntry.1.Id` and the like are documented; names of which
no example was at hand follow their pattern (unconfirmed).
"""

from collections.abc import Mapping
from typing import Any, Final

NAMESPACE: Final = "http://queue.amazonaws.com/doc/2012-11-05/"

_MEMBERS: Final[Mapping[str, str]] = {
    "AWSAccountIdList": "AWSAccountId",
    "ActionNameList": "ActionName",
    "AttributeNameList": "AttributeName",
    "BatchResultErrorEntryList": "BatchResultErrorEntry",
    "BinaryList": "BinaryListValue",
    "ChangeMessageVisibilityBatchRequestEntryList": "ChangeMessageVisibilityBatchRequestEntry",
    "ChangeMessageVisibilityBatchResultEntryList": "ChangeMessageVisibilityBatchResultEntry",
    "DeleteMessageBatchRequestEntryList": "DeleteMessageBatchRequestEntry",
    "DeleteMessageBatchResultEntryList": "DeleteMessageBatchResultEntry",
    "ListMessageMoveTasksResultEntryList": "ListMessageMoveTasksResultEntry",
    "MessageAttributeNameList": "MessageAttributeName",
    "MessageList": "Message",
    "MessageSystemAttributeList": "MessageSystemAttributeName",
    "QueueUrlList": "QueueUrl",
    "SendMessageBatchRequestEntryList": "SendMessageBatchRequestEntry",
    "SendMessageBatchResultEntryList": "SendMessageBatchResultEntry",
    "StringList": "StringListValue",
    "TagKeyList": "TagKey",
}
"""What each element of a list is called; all lists are flattened."""

_MAPS: Final[Mapping[str, tuple[str, str, str]]] = {
    "MessageBodyAttributeMap": ("MessageAttribute", "Name", "Value"),
    "MessageBodySystemAttributeMap": ("MessageSystemAttribute", "Name", "Value"),
    "MessageSystemAttributeMap": ("Attribute", "Name", "Value"),
    "QueueAttributeMap": ("Attribute", "Name", "Value"),
    "TagMap": ("Tag", "Key", "Value"),
}
"""What an entry of a map is called, its key and its value; all maps are flattened."""

_WORDS: Final[Mapping[str, str]] = {
    "AWS.SimpleQueueService.NonExistentQueue": "The specified queue does not exist for this wsdl version.",
}
"""What an error says in the query protocol where it says something else in JSON (recorded), by its code."""


def words_of(code: str, message: str) -> str:
    """Return what an error says in the query protocol, given what it says in JSON."""
    return _WORDS.get(code, message)


def with_query_names(description: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description of SQS's model with the names and the protocol that it had before."""
    shapes = {name: _renamed(name, shape) for name, shape in description["shapes"].items()}
    operations = {
        name: {**operation, "output": {**operation["output"], "resultWrapper": f"{name}Result"}}
        if "output" in operation
        else operation
        for name, operation in description["operations"].items()
    }
    metadata = {**description["metadata"], "protocol": "query", "protocols": ["query"], "xmlNamespace": NAMESPACE}
    return {**description, "metadata": metadata, "shapes": shapes, "operations": operations}


def _renamed(name: str, shape: Mapping[str, Any]) -> Mapping[str, Any]:
    if name in _MEMBERS:
        return {**shape, "flattened": True, "member": {**shape["member"], "locationName": _MEMBERS[name]}}
    if name in _MAPS:
        entry, key, value = _MAPS[name]
        return {
            **shape,
            "flattened": True,
            "locationName": entry,
            "key": {**shape["key"], "locationName": key},
            "value": {**shape["value"], "locationName": value},
        }
    return shape
