"""Operations on archives and replays."""

from collections.abc import Mapping
from typing import Any

from eventsim import Result
from eventsim_sources.bus import errors
from eventsim_sources.bus.api.call import Call, present
from eventsim_sources.bus.archive import Archive
from eventsim_sources.bus.limits import PATTERN_OF_ARCHIVE_CHARS_MAX, REPLAYS_ACTIVE_MAX
from eventsim_sources.bus.names import bus_name, is_bus_arn
from eventsim_sources.bus.replay import Replay

_SETTINGS = ("Description", "KmsKeyIdentifier")


def create_archive(call: Call) -> Result:
    """Let a bus remember events from now on."""
    name = call.name("ArchiveName")
    directory = call.directory
    if name in directory.archives:
        raise errors.exists("Archive", name)
    bus = directory.bus(call.given["EventSourceArn"])
    archive = directory.archives[name] = Archive(
        call.world,
        name,
        bus.arn,
        pattern_text=call.given.get("EventPattern"),
        pattern=call.pattern(length_max=PATTERN_OF_ARCHIVE_CHARS_MAX),
        retention_days=int(call.given.get("RetentionDays") or 0),
        settings=call.kept(_SETTINGS),
    )
    bus.archives.append(archive)
    return {"ArchiveArn": archive.arn, "State": "ENABLED", "CreationTime": archive.created}


def update_archive(call: Call) -> Result:
    """Change an archive; what is not given stays."""
    archive = _archive(call)
    given = call.given
    if not any(given.get(name) is not None for name in ("EventPattern", "RetentionDays", *_SETTINGS)):
        raise errors.validation("At least one of EventPattern, RetentionDays or Description must be provided.")
    pattern = call.pattern(length_max=PATTERN_OF_ARCHIVE_CHARS_MAX)
    if pattern is not None:
        archive.pattern, archive.pattern_text = pattern, given["EventPattern"]
    if given.get("RetentionDays") is not None:
        archive.retention_days = int(given["RetentionDays"])
    archive.settings = call.kept(_SETTINGS, archive.settings)
    return {"ArchiveArn": archive.arn, "State": "ENABLED", "CreationTime": archive.created}


def delete_archive(call: Call) -> Result:
    """Forget an archive and what it keeps."""
    archive = _archive(call)
    del call.directory.archives[archive.name]
    archive.forget()
    bus = call.directory.find_bus(archive.bus_arn)
    if bus is not None and archive in bus.archives:  # its own bus may be gone, and this a later one of that name
        bus.archives.remove(archive)
    return {}


def describe_archive(call: Call) -> Result:
    """Tell of an archive."""
    archive = _archive(call)
    more = {"ArchiveArn": archive.arn, "EventPattern": archive.pattern_text, **archive.settings}
    return present({**_listed(call, archive), **more})


def list_archives(call: Call) -> Result:
    """List the archives."""
    call.check_filters("State", "EventSourceArn", "NamePrefix")
    prefix, source, state = call.text("NamePrefix"), call.text("EventSourceArn"), call.text("State")
    archives = [
        archive
        for name, archive in call.directory.archives.items()
        if name.startswith(prefix) and source in ("", archive.bus_arn) and state in ("", "ENABLED")
    ]
    chosen, more = call.page(archives, lambda archive: archive.name)
    return {"Archives": [_listed(call, archive) for archive in chosen], **more}


def _archive(call: Call) -> Archive:
    name = call.text("ArchiveName")
    archive = call.directory.archives.get(name)
    if archive is None:
        raise errors.missing("Archive", name)
    return archive


def _listed(call: Call, archive: Archive) -> dict[str, Any]:
    now_us = call.world.clock.now_us
    return {
        "ArchiveName": archive.name,
        "EventSourceArn": archive.bus_arn,
        "State": "ENABLED",
        "RetentionDays": archive.retention_days,
        "SizeBytes": archive.size_bytes(now_us),
        "EventCount": len(archive.all(now_us)),
        "CreationTime": archive.created,
    }


# --- replays -----------------------------------------------------------------------------------------------


def start_replay(call: Call) -> Result:
    """Let the events of an archive come to their bus again."""
    name, directory = call.name("ReplayName"), call.directory
    destination: Mapping[str, Any] = call.given["Destination"]
    if not is_bus_arn(destination["Arn"]):
        raise errors.parameter("Destination.Arn", "Must contain an event bus ARN.")
    directory.bus(destination["Arn"])
    archive = _source(call)
    if destination["Arn"] != archive.bus_arn:
        raise errors.parameter("Destination.Arn", "Cross event bus replay is not permitted.")
    start, end = call.instant("EventStartTime"), call.instant("EventEndTime")
    if end <= start:
        raise errors.parameter("EventEndTime", "EventStartTime must be before EventEndTime.")
    if name in directory.replays:
        raise errors.exists("Replay", name)
    if sum(replay.is_active for replay in directory.replays.values()) >= REPLAYS_ACTIVE_MAX:
        raise errors.too_many()
    replay = directory.replays[name] = Replay(
        call.world,
        directory.journal,
        name,
        archive,
        start=start,
        end=end,
        only=frozenset(destination.get("FilterArns") or ()),
        description=call.given.get("Description"),
        destination=dict(destination),
        find_bus=lambda: directory.find_bus(archive.bus_arn),
    )
    replay.begin(call.request.entry)
    return {"ReplayArn": replay.arn, "State": replay.state, "ReplayStartTime": replay.started}


def _source(call: Call) -> Archive:
    name = call.text("EventSourceArn").rpartition("archive/")[2]
    archive = call.directory.archives.get(name)
    if archive is None:
        raise errors.parameter("EventSourceArn", f"Archive {name} does not exist.")
    bus = call.directory.find_bus(archive.bus_arn)
    if bus is None:
        raise errors.missing("Event bus", bus_name(archive.bus_arn))
    return archive


def cancel_replay(call: Call) -> Result:
    """End a replay that goes on."""
    replay = _replay(call)
    if replay.state not in ("STARTING", "RUNNING"):  # unconfirmed words
        message = f"Replay {replay.name} is not in a valid state for this operation."
        raise errors.illegal_status(message)
    replay.cancel(call.request.entry)
    return {"ReplayArn": replay.arn, "State": replay.state}


def describe_replay(call: Call) -> Result:
    """Tell of a replay."""
    replay = _replay(call)
    more = {"ReplayArn": replay.arn, "Description": replay.description, "Destination": replay.destination}
    return present({**_listed_replay(replay), **more})


def list_replays(call: Call) -> Result:
    """List the replays."""
    call.check_filters("State", "EventSourceArn", "NamePrefix")
    prefix, source, state = call.text("NamePrefix"), call.text("EventSourceArn"), call.text("State")
    replays = [
        replay
        for name, replay in call.directory.replays.items()
        if name.startswith(prefix) and source in ("", replay.archive.arn) and state in ("", replay.state)
    ]
    chosen, more = call.page(replays, lambda replay: replay.name)
    return {"Replays": [_listed_replay(replay) for replay in chosen], **more}


def _replay(call: Call) -> Replay:
    name = call.text("ReplayName")
    replay = call.directory.replays.get(name)
    if replay is None:
        raise errors.missing("Replay", name)
    return replay


def _listed_replay(replay: Replay) -> dict[str, Any]:
    listed = {
        "ReplayName": replay.name,
        "EventSourceArn": replay.archive.arn,
        "State": replay.state,
        "EventStartTime": replay.start,
        "EventEndTime": replay.end,
        "EventLastReplayedTime": replay.last,
        "ReplayStartTime": replay.started,
        "ReplayEndTime": replay.ended,
    }
    return present(listed)
