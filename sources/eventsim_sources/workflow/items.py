"""What does a distributed Map go over, and where do its results go? Objects of buckets."""

import csv
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

from eventsim import json_fault, load_json
from eventsim_sources.json_path import PathError
from eventsim_sources.json_text import json_text
from eventsim_sources.workflow.failure import ITEM_READER, RUNTIME, StateFailed
from eventsim_sources.workflow.map_run import MapRun

Given = Mapping[str, Any]
Ask = Callable[[str, Given], Awaitable[Given]]
"""Calls an operation of S3."""

_DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}


def described_item(index: int, value: Any, source: str = "STATE_DATA") -> dict[str, Any]:
    """Return an item of a Map as the context object tells it (documented).

    Args:
        source: `STATE_DATA` for the state's own data, or the URI of what was read.
    """
    return {"Index": index, "Value": value, "Source": source}


def source_of(parameters: Given) -> str:
    """Return the URI of what a reader with these parameters reads."""
    return f"s3://{parameters.get('Bucket')}" + (f"/{parameters['Key']}" if "Key" in parameters else "")


async def read_items(reader: Given, parameters: Given, ask: Ask, *, items_max: int | None) -> list[Any]:
    """Return the items that a reader names.

    Raises:
        StateFailed: `States.ItemReaderFailed`.
    """
    try:
        if str(reader["Resource"]).endswith(":listObjectsV2"):
            items = await _objects(parameters, ask)
        else:
            answer = await ask("GetObject", parameters)
            items = parsed_items(_text(answer.get("Body")), reader.get("ReaderConfig") or {})
    except (ValueError, KeyError, PathError, csv.Error) as error:
        raise StateFailed(ITEM_READER, str(error)) from error
    except StateFailed as failure:
        raise StateFailed(ITEM_READER, failure.cause or failure.error) from failure
    return items if items_max is None else items[:items_max]


async def _objects(parameters: Given, ask: Ask) -> list[Any]:
    found: list[Any] = []
    token: Any = None
    while True:
        more = {"ContinuationToken": token} if token else {}
        answer = await ask("ListObjectsV2", {**parameters, **more})
        for each in answer.get("Contents", ()):
            told = {"Etag": each["ETag"], "Key": each["Key"], "LastModified": int(each["LastModified"].timestamp())}
            found.append({**told, "Size": each["Size"], "StorageClass": each.get("StorageClass", "STANDARD")})
        token = answer.get("NextContinuationToken")
        if not token:
            return found


def _text(body: Any) -> str:
    content = body.read() if hasattr(body, "read") else body or b""
    return content if isinstance(content, str) else bytes(content).decode("utf-8-sig")


def parsed_items(text: str, config: Given) -> list[Any]:
    """Return the items in what a reader with this `ReaderConfig` reads.

    Raises:
        ValueError, KeyError, csv.Error: there are none in it.
    """
    kind = config.get("InputType", "JSON")
    match kind:
        case "CSV":
            return list(_rows(text, config))
        case "JSONL":
            return [_parsed(line) for line in text.splitlines() if line.strip()]
        case "JSON":
            items = _parsed(text)
            for name in str(config.get("ItemsPointer") or "").split("/")[1:]:
                items = items[name.replace("~1", "/").replace("~0", "~")]
            if not isinstance(items, list):
                raise ValueError("Attempting to map over non-iterable node.")
            return items
        case _:
            raise ValueError(f"the input type {kind} is not simulated by eventsim")


def _parsed(text: str) -> Any:
    fault = json_fault(text)
    if fault:
        raise ValueError(fault)
    return load_json(text)


def _rows(text: str, config: Given) -> Iterator[dict[str, str]]:
    rows = csv.reader(text.splitlines(keepends=True), delimiter=_DELIMITERS[config.get("CSVDelimiter", "COMMA")])
    is_given = config.get("CSVHeaderLocation") == "GIVEN"
    headers = list(config["CSVHeaders"]) if is_given else next(rows, [])
    for row in rows:
        if row:
            yield dict(zip(headers, [*row, *[""] * (len(headers) - len(row))], strict=False))


def batched(items: Sequence[Any], batcher: Given, limits: Given) -> list[Any]:
    """Return what children get where items come in batches.

    Args:
        limits: what `MaxItemsPerBatch` and `MaxInputBytesPerBatch` come to.

    Raises:
        StateFailed: there is no limit.
    """
    count_max, size_max = limits.get("MaxItemsPerBatch"), limits.get("MaxInputBytesPerBatch")
    if not count_max and not size_max:
        raise StateFailed(RUNTIME, "ItemBatcher needs MaxItemsPerBatch or MaxInputBytesPerBatch")
    shared = {"BatchInput": batcher["BatchInput"]} if "BatchInput" in batcher else {}
    batches: list[list[Any]] = []
    size = 0
    for item in items:
        length = len(json_text(item).encode())
        is_full = bool(batches) and (len(batches[-1]) == count_max or bool(size_max and size + length > int(size_max)))
        if not batches or is_full:
            batches.append([])
            size = 0
        batches[-1].append(item)
        size += length
    return [{**shared, "Items": each} for each in batches]


def formed(described: Sequence[Given], config: Given) -> list[Any]:
    """Return what became of children in the form that a `WriterConfig` wants (documented).

    Args:
        described: the children, as files of results tell of them in whole.
    """
    transformation = config.get("Transformation", "NONE")
    if transformation == "NONE":
        return list(described)
    outputs = [load_json(each["Output"]) for each in described if "Output" in each]
    if transformation == "COMPACT":
        return outputs
    return [each for output in outputs for each in (output if isinstance(output, list) else [output])]


async def write_results(
    run: MapRun, described: Sequence[Given], parameters: Given, config: Given, ask: Ask
) -> dict[str, Any]:
    """Write what became of the children into a bucket; return what the state's result is then.

    Raises:
        StateFailed: it cannot be written.
    """
    bucket, prefix = str(parameters["Bucket"]), str(parameters.get("Prefix") or "").strip("/")
    folder = "/".join(filter(None, (prefix, run.arn.rpartition(":")[2])))
    kind = str(config.get("OutputType", "JSON")).lower()
    files: dict[str, list[Any]] = {"FAILED": [], "PENDING": [], "SUCCEEDED": []}
    for status in ("SUCCEEDED", "FAILED"):
        chosen = [each for each in described if (each["Status"] == "SUCCEEDED") == (status == "SUCCEEDED")]
        if chosen:
            results = formed(chosen, config) if status == "SUCCEEDED" else chosen
            key, body = f"{folder}/{status}_0.{kind}", _file(results, kind).encode()
            await ask("PutObject", {"Bucket": bucket, "Key": key, "Body": body})
            files[status].append({"Key": key, "Size": len(body)})
            run.results_written += len(chosen)
    manifest = {"DestinationBucket": bucket, "MapRunArn": run.arn, "ResultFiles": files}
    key = f"{folder}/manifest.json"
    await ask("PutObject", {"Bucket": bucket, "Key": key, "Body": json.dumps(manifest).encode()})
    return {"MapRunArn": run.arn, "ResultWriterDetails": {"Bucket": bucket, "Key": key}}


def _file(results: Sequence[Any], kind: str) -> str:
    if kind == "jsonl":
        return "".join(json.dumps(each, separators=(",", ":")) + "\n" for each in results)
    return json.dumps(results, separators=(",", ":"))
