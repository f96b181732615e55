"""Operations on message move tasks, which bring dead letters back."""

import base64
import binascii

from eventsim import ApiError, Request, Result, load_json
from eventsim_sources.parameters import number, text
from eventsim_sources.queue import errors
from eventsim_sources.queue.api.directory import Directory
from eventsim_sources.queue.limits import MOVE_RATE_MAX, MOVE_TASKS_LISTED_MAX
from eventsim_sources.queue.redrive import MoveTask
from eventsim_sources.queue.source import Queue


def start_message_move_task(directory: Directory, request: Request) -> Result:
    """Begin to move the messages of a dead-letter queue back, or elsewhere."""
    source = _source(directory, text(request, "SourceArn"))
    destination_arn = text(request, "DestinationArn") or None
    if destination_arn is not None:
        _check_destination(directory, source, destination_arn)
    rate = number(request, "MaxNumberOfMessagesPerSecond")
    if rate is not None and not 1 <= rate <= MOVE_RATE_MAX:  # unconfirmed words
        raise errors.value_invalid(rate, "MaxNumberOfMessagesPerSecond", "Must be between 1 and 500, if provided.")
    redrives = (queue.settings.redrive for queue in directory.queues().values())
    if not any(redrive is not None and redrive.target_arn == source.arn for redrive in redrives):
        raise errors.parameter_invalid("Source queue must be configured as a Dead Letter Queue.")
    if any(task.status == "RUNNING" for task in source.move_tasks):
        raise errors.parameter_invalid(
            "There is already a task running. Only one active task is allowed for a source queue arn at a given time."
        )
    task = MoveTask(directory.world, source, source.new_task_id(), destination_arn=destination_arn, rate=rate)
    source.move_tasks.append(task)
    return {"TaskHandle": task.handle}


def cancel_message_move_task(directory: Directory, request: Request) -> Result:
    """Stop a task that is running."""
    try:
        handle = load_json(base64.b64decode(text(request, "TaskHandle"), validate=True))
        task_id, source_arn = handle["taskId"], handle["sourceArn"]
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise errors.parameter_invalid("Value for parameter TaskHandle is invalid.") from None
    source = _source(directory, source_arn)
    for task in source.move_tasks:
        if task.task_id == task_id and task.status == "RUNNING":
            task.cancel()
            return {"ApproximateNumberOfMessagesMoved": task.moved_count}
    raise errors.resource_missing("Task does not exist.")


def list_message_move_tasks(directory: Directory, request: Request) -> Result:
    """List the tasks of a dead-letter queue, newest first."""
    source = _source(directory, text(request, "SourceArn"))
    given = number(request, "MaxResults")
    limit = 1 if given is None else given
    if not 1 <= limit <= MOVE_TASKS_LISTED_MAX:  # unconfirmed words
        raise errors.value_invalid(limit, "MaxResults", "Must be between 1 and 10, if provided.")
    newest = list(reversed(source.move_tasks))[:limit]
    return {"Results": [task.described() for task in newest]}


def _source(directory: Directory, arn: str) -> Queue:
    _check_arn(arn, "SourceArn")
    source = directory.by_arn(arn)
    if source is None:
        raise _missing("SourceArn")
    return source


def _check_destination(directory: Directory, source: Queue, arn: str) -> None:
    """See that messages may move to a queue.

    Raises:
        ApiError: there is none, it is the one they come from, or it is of the other type, where they would have no
            group; the words for the latter two are unconfirmed.
    """
    _check_arn(arn, "DestinationArn")
    destination = directory.by_arn(arn)
    if destination is None:
        raise _missing("DestinationArn")
    if destination is source:
        raise errors.parameter_invalid("Source queue arn and destination queue arn cannot be the same.")
    if destination.settings.is_fifo != source.settings.is_fifo:
        raise errors.parameter_invalid("Destination queue must be same type of queue as the source.")


def _check_arn(arn: str, parameter: str) -> None:
    if arn.count(":") < 5 or not arn.startswith("arn:"):  # unconfirmed words
        raise errors.parameter_invalid(
            f"You must use this format to specify the {parameter}: "
            "arn:<partition>:<service>:<region>:<account-id>:<resource-id>"
        )


def _missing(parameter: str) -> ApiError:
    return errors.resource_missing(f"The resource that you specified for the {parameter} parameter doesn't exist.")
