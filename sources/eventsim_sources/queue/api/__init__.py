"""SQS as its clients know it: one function for each operation."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from eventsim import Operation, Request, Result, World
from eventsim_sources.queue.api import batches, messages, moves, permissions, queues, tags
from eventsim_sources.queue.api.directory import Directory

_OPERATIONS: Mapping[str, Callable[[Directory, Request], Result | Awaitable[Result]]] = {
    "AddPermission": permissions.add_permission,
    "CancelMessageMoveTask": moves.cancel_message_move_task,
    "ChangeMessageVisibility": messages.change_message_visibility,
    "ChangeMessageVisibilityBatch": batches.change_message_visibility_batch,
    "CreateQueue": queues.create_queue,
    "DeleteMessage": messages.delete_message,
    "DeleteMessageBatch": batches.delete_message_batch,
    "DeleteQueue": queues.delete_queue,
    "GetQueueAttributes": queues.get_queue_attributes,
    "GetQueueUrl": queues.get_queue_url,
    "ListDeadLetterSourceQueues": queues.list_dead_letter_source_queues,
    "ListMessageMoveTasks": moves.list_message_move_tasks,
    "ListQueueTags": tags.list_queue_tags,
    "ListQueues": queues.list_queues,
    "PurgeQueue": queues.purge_queue,
    "ReceiveMessage": messages.receive_message,
    "RemovePermission": permissions.remove_permission,
    "SendMessage": messages.send_message,
    "SendMessageBatch": batches.send_message_batch,
    "SetQueueAttributes": queues.set_queue_attributes,
    "StartMessageMoveTask": moves.start_message_move_task,
    "TagQueue": tags.tag_queue,
    "UntagQueue": tags.untag_queue,
}


def operations(world: World) -> Mapping[str, Operation]:
    """Return SQS's operations for one simulation."""
    directory = Directory(world)
    return {name: partial(operation, directory) for name, operation in _OPERATIONS.items()}
