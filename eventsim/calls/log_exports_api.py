"""How are log events exported to a bucket? By tasks, one after another, each stream into an object of its own."""

import gzip
from collections.abc import Mapping
from typing import Any

from eventsim.api import Caller, Request, Result
from eventsim.calls.inert import Offer, offer
from eventsim.calls.log_book import LogEvent
from eventsim.calls.log_groups import LogGroup
from eventsim.calls.log_service import LogService, invalid, not_found, page
from eventsim.errors import ApiError

EXPORT_US = 10_000_000
"""How long an export takes (unconfirmed: AWS says up to 12 hours)."""
PREFIX = "exportedlogs"
"""Under which objects lie if no prefix is given (documented)."""
_TOLD = ("taskName", "from", "to", "destination", "destinationPrefix")
_OVER = ("COMPLETED", "FAILED", "CANCELLED")


def create_export_task(logs: LogService, request: Request) -> Result:
    """Begin to export the events of a group, from one instant to another; only one task of an account runs at once."""
    given: Any = {name: value for name, value in request.parameters.items() if value is not None}
    group = logs.group(request)
    if given["from"] > given["to"]:
        raise invalid("The specified time range is not valid.")  # unconfirmed wording
    if any(task["status"]["code"] not in _OVER for task in logs.exports.values()):
        raise ApiError("LimitExceededException", "Resource limit exceeded.")
    given.setdefault("destinationPrefix", PREFIX)
    try:
        _put(logs, given, "aws-logs-write-test", b"Permission Check Successful", request.entry)
    except ApiError as error:
        message = "The given bucket does not exist. Please make sure the bucket is valid."
        raise invalid(message if error.code == "NoSuchBucket" else error.message) from error
    task = {
        "taskId": logs.export_id(),
        **{
            name: given[name]
            for name in ("taskName", "from", "to", "destination", "destinationPrefix")
            if name in given
        },
        "logGroupName": group.name,
        "status": {"code": "PENDING"},
        "executionInfo": {"creationTime": logs.clock.epoch_ms()},
    }
    logs.exports[task["taskId"]] = task
    prefix = str(given.get("logStreamNamePrefix") or "")
    logs.clock.at(
        logs.clock.now_us + EXPORT_US, lambda _: _export(logs, group, prefix, task, cause=request.entry), None
    )
    return {"taskId": task["taskId"]}


def _export(logs: LogService, group: LogGroup, prefix: str, task: dict[str, Any], *, cause: int) -> None:
    if task["status"]["code"] in _OVER:
        return
    logs.groups.all()
    task["status"] = {"code": "COMPLETED", "message": "Completed successfully"}
    try:
        for name, stream in sorted(group.streams.items()):
            first, last = stream.places(task["from"], task["to"] + 1)
            if name.startswith(prefix) and first < last:
                lines = "".join(_line(logs, event) for event in stream.events[first:last])
                key = f"{task['taskId']}/{name.replace('/', '-')}/000000.gz"
                _put(logs, task, key, gzip.compress(lines.encode(), mtime=0), cause)
    except ApiError as error:
        task["status"] = {"code": "FAILED", "message": error.message}
    task["executionInfo"]["completionTime"] = logs.clock.epoch_ms()


def _line(logs: LogService, event: LogEvent) -> str:
    at = logs.clock.iso_ms(event.at_ms * 1000 - logs.clock.start_epoch_us)
    message = event.message.removesuffix("\n")
    return f"{at} {message}\n"


def _put(logs: LogService, task: Mapping[str, Any], key: str, body: bytes, cause: int) -> None:
    """Put an object into the bucket of a task.

    Raises:
        ApiError: there is no such bucket, for one.
    """
    parameters = {"Bucket": task["destination"], "Key": f"{task['destinationPrefix']}/{key}", "Body": body}
    logs.call("s3", "PutObject", parameters, caller=Caller(cause=cause))


def describe_export_tasks(logs: LogService, request: Request) -> Result:
    """List tasks, all of them or those in a state."""
    given = request.parameters
    found = [
        task
        for task in logs.exports.values()
        if given.get("taskId") in (None, task["taskId"]) and given.get("statusCode") in (None, task["status"]["code"])
    ]
    items, more = page(found, given)
    return {"exportTasks": list(items), **more}


def cancel_export_task(logs: LogService, request: Request) -> Result:
    """End a task that is under way."""
    task = logs.exports.get(str(request.parameters["taskId"]))
    if task is None:
        raise not_found("The specified export task does not exist.")
    if task["status"]["code"] in _OVER:
        raise ApiError("InvalidOperationException", "The specified export task has already finished")
    task["status"] = {"code": "CANCELLED", "message": "Cancelled by user"}  # unconfirmed wording
    return {}


OFFERS: Mapping[str, Offer] = {
    "CancelExportTask": offer(cancel_export_task, "taskId"),
    "CreateExportTask": offer(
        create_export_task, "taskName logGroupName logStreamNamePrefix from to destination destinationPrefix"
    ),
    "DescribeExportTasks": offer(describe_export_tasks, "taskId statusCode nextToken limit"),
}
