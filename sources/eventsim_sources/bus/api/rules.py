"""Operations on rules."""

from typing import Any

from msgspec.structs import replace

from eventsim import ApiError, Result
from eventsim_sources.bus import errors
from eventsim_sources.bus.api.call import Call, present, tags_of
from eventsim_sources.bus.limits import PATTERN_CHARS_MAX
from eventsim_sources.bus.managed import check_unmanaged, managed_rules
from eventsim_sources.bus.names import DEFAULT_BUS, events_arn
from eventsim_sources.bus.rule import Rule, RuleSettings
from eventsim_sources.bus.source import Bus
from eventsim_sources.schedule.expression import RULE, Expression, ExpressionError, parse_expression

_STATES = ("ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")


def put_rule(call: Call) -> Result:
    """Make a rule, or replace all that an earlier one of this name asked for."""
    name = call.name()
    bus = call.directory.bus(call.given.get("EventBusName"))
    check_unmanaged(bus, name)
    tags = tags_of(call.given.get("Tags"))
    rule = call.directory.put_rule(bus, name, _settings(call, bus), tags=tags)
    return {"RuleArn": rule.arn}


def _settings(call: Call, bus: Bus) -> RuleSettings:
    schedule_text, state = call.given.get("ScheduleExpression") or None, call.text("State") or "ENABLED"
    if state not in _STATES:
        must = f"Member must satisfy enum value set: [{', '.join(_STATES)}]"
        raise errors.constraint(state, "state", must)
    pattern_text = call.given.get("EventPattern") or None
    if schedule_text is None and pattern_text is None:
        raise errors.validation("Parameter(s) EventPattern or ScheduleExpression must be specified.")
    if schedule_text is not None and bus.name != DEFAULT_BUS:
        raise errors.validation("ScheduleExpression is supported only on the default event bus.")
    return RuleSettings(
        pattern_text=pattern_text,
        pattern=None if pattern_text is None else call.pattern(length_max=PATTERN_CHARS_MAX),
        schedule_text=schedule_text,
        schedule=None if schedule_text is None else read_schedule(schedule_text),
        is_enabled=state != "DISABLED",
        state=state,
        other=present({key: call.given.get(key) for key in ("Description", "RoleArn")}),
    )


def read_schedule(text: str) -> Expression:
    """Read a rule's schedule.

    Raises:
        ApiError: it is none; AWS does not say why.
    """
    try:
        return parse_expression(text, dialect=RULE)
    except ExpressionError:
        raise errors.validation("Parameter ScheduleExpression is not valid.") from None


def delete_rule(call: Call) -> Result:
    """Delete a rule that has no targets; one that is not there is deleted already."""
    bus = call.directory.bus(call.given.get("EventBusName"))
    check_unmanaged(bus, call.text("Name"))
    rule = bus.rules.get(call.text("Name"))
    if rule is None:
        return {}
    if rule.targets:
        raise errors.validation("Rule can't be deleted since it has targets.")
    call.directory.remove_rule(bus, rule)
    return {}


def describe_rule(call: Call) -> Result:
    """Tell of a rule."""
    managed = managed_rules(call.directory.bus(call.given.get("EventBusName"))).get(call.text("Name"))
    told = managed.described() if managed is not None else _listed(found(call, "Name"))
    return {**told, "CreatedBy": call.world.account_id}


def enable_rule(call: Call) -> Result:
    """Let a rule take events, and fire by its schedule from now on."""
    return _set_state(call, "ENABLED")


def disable_rule(call: Call) -> Result:
    """Let a rule rest."""
    return _set_state(call, "DISABLED")


def _set_state(call: Call, state: str) -> Result:
    bus = call.directory.bus(call.given.get("EventBusName"))
    check_unmanaged(bus, call.text("Name"))
    rule = bus.rule(call.text("Name"))
    settings = replace(rule.settings, state=state, is_enabled=state == "ENABLED")
    call.directory.put_rule(bus, rule.rule_name, settings)
    return {}


def list_rules(call: Call) -> Result:
    """List the rules of a bus."""
    bus, prefix = call.directory.bus(call.given.get("EventBusName")), call.text("NamePrefix")
    rules = [*map(_listed, bus.rules.values()), *(each.described() for each in managed_rules(bus).values())]
    chosen, more = call.page(
        [each for each in rules if each["Name"].startswith(prefix)], lambda rule: str(rule["Name"])
    )
    return {"Rules": chosen, **more}


def list_rule_names_by_target(call: Call) -> Result:
    """List the rules that tell a target."""
    bus, arn = call.directory.bus(call.given.get("EventBusName")), call.text("TargetArn")
    names = [name for name, rule in bus.rules.items() if any(each.arn == arn for each in rule.targets.values())]
    chosen, more = call.page(names, str)
    return {"RuleNames": chosen, **more}


def changeable(call: Call) -> Rule:
    """Return the rule that a request means, whose targets it changes.

    Raises:
        ApiError: it is not there, or its bus is not, or it is managed.
    """
    check_unmanaged(call.directory.bus(call.given.get("EventBusName")), call.text("Rule"))
    return found(call, "Rule")


def found(call: Call, parameter: str) -> Rule:
    """Return the rule that a request means.

    Raises:
        ApiError: it is not there, or its bus is not.
    """
    return call.directory.bus(call.given.get("EventBusName")).rule(call.text(parameter))


def _listed(rule: Rule) -> dict[str, Any]:
    settings = rule.settings
    listed = {
        "Name": rule.rule_name,
        "Arn": rule.arn,
        "EventPattern": settings.pattern_text,
        "ScheduleExpression": settings.schedule_text,
        "State": settings.state,
        **settings.other,
        "EventBusName": rule.bus,
    }
    return present(listed)


# --- tags --------------------------------------------------------------------------------------------------


def _tagged(call: Call, *, to_change: bool = False) -> dict[str, str]:
    """Return the tags of what a request names; a managed rule has none.

    Raises:
        ApiError: it is not there, or it is managed and its tags are to change.
    """
    arn, directory = call.text("ResourceARN"), call.directory
    kind, _, name = arn.removeprefix(events_arn(call.world, "")).partition("/")
    if kind == "event-bus":
        return directory.bus(arn).tags
    if kind != "rule":
        raise ApiError("ResourceNotFoundException", f"{arn} does not exist.")
    of_bus, _, name = name.rpartition("/")
    bus = directory.find_bus(of_bus)
    if bus is None:
        raise errors.missing("Rule", name, on=of_bus)
    if to_change:
        check_unmanaged(bus, name)
    return {} if name in managed_rules(bus) else bus.rule(name).tags


def tag_resource(call: Call) -> Result:
    """Set tags of a bus or a rule."""
    _tagged(call, to_change=True).update(tags_of(call.given.get("Tags")))
    return {}


def untag_resource(call: Call) -> Result:
    """Take tags of a bus or a rule away."""
    tags = _tagged(call, to_change=True)
    for key in call.given.get("TagKeys") or ():
        tags.pop(key, None)
    return {}


def list_tags_for_resource(call: Call) -> Result:
    """List the tags of a bus or a rule."""
    return {"Tags": [{"Key": key, "Value": value} for key, value in _tagged(call).items()]}
