"""API keys and usage plans."""

import csv
import io
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any

from eventsim import Result
from eventsim_sources.gateway.api.call import Call, bad_request, conflict, not_found, shown, there
from eventsim_sources.gateway.api.rest import patches
from eventsim_sources.gateway.api.rest.lists import listed
from eventsim_sources.gateway.api.rest.patches import check_path, no_such_path, patched
from eventsim_sources.gateway.usage import ApiKey, PlanStage, UsagePlan

_VALUE_MIN, _VALUE_MAX = 20, 128
_DAYS_MAX = 90


def create_api_key(call: Call) -> Result:
    """Make a key."""
    usage = call.register.usage
    value = call.text("value") or usage.new_value()
    if not _VALUE_MIN <= len(value) <= _VALUE_MAX:
        raise bad_request(f"API Key value should be at least {_VALUE_MIN} characters")
    if any(key.value == value for key in usage.keys.values()):
        raise conflict("API Key already exists")
    now = call.world.clock.date()
    given = {**call.given, "stageKeys": [_stage_key(each) for each in call.given.get("stageKeys", ())]}
    made = ApiKey(
        id=usage.new_id(),
        value=value,
        name=str(given.get("name", "")),
        customer_id=str(given.get("customerId", "")),
        description=str(given.get("description", "")),
        enabled=bool(given.get("enabled", False)),
        created_date=now,
        last_updated_date=now,
        stage_keys=given["stageKeys"],
        tags=dict(given.get("tags", {})),
    )
    usage.keys[made.id] = made
    return _told(made, shows=True)


def _stage_key(given: Any) -> str:
    return given if isinstance(given, str) else f"{given.get('restApiId')}/{given.get('stageName')}"


def get_api_key(call: Call) -> Result:
    """Tell of a key; its value only if that is asked for."""
    return _told(_key(call), shows=bool(call.given.get("includeValue")))


def get_api_keys(call: Call) -> Result:
    """List keys."""
    prefix = call.text("nameQuery")
    customer = call.text("customerId")
    keys = [
        key
        for key in call.register.usage.keys.values()
        if key.name.startswith(prefix) and customer in ("", key.customer_id)
    ]
    return listed(call, keys, partial(_told, shows=bool(call.given.get("includeValues"))))


def update_api_key(call: Call) -> Result:
    """Change a key."""
    changed = patched(_key(call), call.given.get("patchOperations", ()), patches.API_KEY)
    changed.last_updated_date = call.world.clock.date()
    call.register.usage.keys[changed.id] = changed
    return _told(changed, shows=False)


def import_api_keys(call: Call) -> Result:
    """Make keys of a table in CSV: `name,key,description,enabled,usageplanIds`."""
    body: Any = call.request.parameters["body"]
    content = body.read() if hasattr(body, "read") else body
    try:
        text = content.decode() if isinstance(content, bytes) else str(content)
    except UnicodeDecodeError:
        raise bad_request("Invalid API key file: it is no text in UTF-8") from None  # unconfirmed wording
    usage, made = call.register.usage, []
    rows = csv.DictReader(io.StringIO(text))
    if "key" not in {str(name).strip().lower() for name in rows.fieldnames or ()}:
        raise bad_request("Invalid API key file: the first line names the columns, of which `key` must be one")
    for row in rows:
        given = {str(name).strip().lower(): (value or "").strip() for name, value in row.items()}
        value = given.get("key", "")
        if len(value) < _VALUE_MIN:
            raise bad_request(f"API Key value should be at least {_VALUE_MIN} characters")
        now = call.world.clock.date()
        key = ApiKey(
            id=usage.new_id(),
            value=value,
            name=given.get("name", ""),
            description=given.get("description", ""),
            enabled=given.get("enabled", "true").lower() != "false",
            created_date=now,
            last_updated_date=now,
        )
        usage.keys[key.id] = key
        made.append(key.id)
        for plan in given.get("usageplanids", "").split():
            if plan in usage.plans:
                usage.plans[plan].keys.append(key.id)
    return {"ids": made, "warnings": []}


def get_usage(call: Call) -> Result:
    """Tell how often the keys of a plan were used, day by day."""
    plan, wanted = _plan(call), call.text("keyId")
    days = _days(call.text("startDate"), call.text("endDate"))
    items = {}
    for each in plan.keys:
        if wanted in ("", each):
            by_day, left = call.register.usage.used(plan, call.register.usage.keys[each])
            items[each] = [[by_day.get(day, 0), -1 if left is None else left] for day in days]
    return {
        "usagePlanId": plan.id,
        "startDate": call.text("startDate"),
        "endDate": call.text("endDate"),
        "items": items,
    }


def _days(begin: str, end: str) -> list[str]:
    try:
        first, last = date.fromisoformat(begin), date.fromisoformat(end)
    except ValueError:
        raise bad_request("Usage: dates have the form 2026-01-31") from None
    if not 0 <= (last - first).days <= _DAYS_MAX:
        raise bad_request(f"Usage: a range has 1 to {_DAYS_MAX} days")
    return [(first + timedelta(days=day)).isoformat() for day in range((last - first).days + 1)]


def update_usage(call: Call) -> Result:
    """Set how many requests a key has left in this period."""
    plan, key = _plan(call), _plan_key(call)
    for each in call.given.get("patchOperations", ()):
        check_path(each, patches.USAGE)
        if not str(each.get("value")).isdecimal():
            raise bad_request(f"Invalid patch value: {each.get('value')}")
        call.register.usage.extend(plan, key, int(each["value"]))
    today = call.world.clock.date().date().isoformat()
    by_day, left = call.register.usage.used(plan, key)
    items = {key.id: [[by_day.get(today, 0), -1 if left is None else left]]}
    return {"usagePlanId": plan.id, "startDate": today, "endDate": today, "items": items}


def delete_api_key(call: Call) -> Result:
    """Delete a key."""
    key = _key(call)
    usage = call.register.usage
    del usage.keys[key.id]
    for plan in usage.plans.values():
        plan.keys = [each for each in plan.keys if each != key.id]
    return {}


def _key(call: Call, parameter: str = "apiKey") -> ApiKey:
    return there(call.register.usage.keys.get(call.text(parameter)), "Invalid API Key identifier specified")


def _told(key: ApiKey, *, shows: bool) -> dict[str, Any]:
    told = shown(key)
    told.setdefault("enabled", True)
    told.setdefault("stageKeys", [])
    if not shows:
        del told["value"]
    return told


def create_usage_plan(call: Call) -> Result:
    """Make a plan."""
    usage = call.register.usage
    if not call.text("name"):
        raise bad_request("Usage Plan name cannot be empty")
    plan = call.make(UsagePlan, id=usage.new_id())
    plan.throttle, plan.quota = _limits(plan.throttle), _limits(plan.quota)
    _check_quota(plan)
    for stage in plan.api_stages:
        _check_stage(call, stage)
    usage.plans[plan.id] = plan
    return _plan_told(plan)


def _check_quota(plan: UsagePlan) -> None:
    """See that a quota says for how long it is, and begins within itself.

    Raises:
        ApiError: it does not.
    """
    limit, period, offset = (plan.quota.get(name) for name in ("limit", "period", "offset"))
    if limit is not None and period is None:
        raise bad_request("Usage Plan quota must have a period: DAY, WEEK or MONTH")
    if offset and limit is not None and not 0 <= int(offset) <= int(limit):
        raise bad_request("Usage Plan quota offset must lie between 0 and the limit")


def _check_stage(call: Call, stage: PlanStage) -> None:
    api = call.register.rest(stage.api_id)
    if api is None or stage.stage not in api.stages:
        raise not_found(f"API Stage not found: {stage.api_id}:{stage.stage}")


def get_usage_plan(call: Call) -> Result:
    """Tell of a plan."""
    return _plan_told(_plan(call))


def get_usage_plans(call: Call) -> Result:
    """List plans, of one key if it is named."""
    key = call.text("keyId")
    plans = [plan for plan in call.register.usage.plans.values() if not key or key in plan.keys]
    return listed(call, plans, _plan_told)


def update_usage_plan(call: Call) -> Result:
    """Change a plan: its limits, or the stages that it is for."""
    plan = _plan(call)
    others = []
    for each in call.given.get("patchOperations", ()):
        path = str(each.get("path", ""))
        if path.startswith("/apiStages/"):
            _patch_method(plan, path, each)
        elif path == "/apiStages":
            _patch_stages(call, plan, each)
        else:
            others.append(each)
    plan = patched(plan, others, patches.USAGE_PLAN)
    try:
        plan.throttle, plan.quota = _limits(plan.throttle), _limits(plan.quota)
    except (KeyError, TypeError, ValueError) as error:
        raise bad_request(f"Invalid patch value: {error}") from None
    _check_quota(plan)
    call.register.usage.plans[plan.id] = plan
    return _plan_told(plan)


_NUMBERS: Mapping[str, Callable[[Any], Any]] = {
    "rateLimit": float,
    "burstLimit": int,
    "limit": int,
    "offset": int,
    "period": str,
}


def _limits(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return rates, or a quota, as numbers; a quota begins with its period unless it says otherwise."""
    limits = {name: _NUMBERS[name](value) for name, value in given.items()}
    return {**limits, "offset": limits.get("offset", 0)} if "limit" in limits else limits


def _patch_stages(call: Call, plan: UsagePlan, each: Mapping[str, Any]) -> None:
    """Let a plan be for one more stage, or for one less: `API:STAGE`."""
    api_id, _, stage = str(each.get("value") or "").partition(":")
    if not api_id or not stage:
        raise bad_request("Invalid API Stage specified")
    made = PlanStage(api_id=api_id, stage=stage)
    kept = [one for one in plan.api_stages if (one.api_id, one.stage) != (api_id, stage)]
    if each.get("op") != "remove":
        _check_stage(call, made)
        kept.append(made)
    elif len(kept) == len(plan.api_stages):
        raise not_found(f"Invalid API Stage {{api: {api_id}, stage: {stage}}} specified for usageplan {plan.id}")
    plan.api_stages = kept


def _patch_method(plan: UsagePlan, path: str, each: Mapping[str, Any]) -> None:
    """Change the rates of one method: `/apiStages/API:STAGE/throttle/~1orders~1GET/rateLimit`."""
    parts = [part.replace("~1", "/") for part in path.split("/")[2:]]
    api_id, _, name = parts[0].partition(":")
    stage = next((one for one in plan.api_stages if (one.api_id, one.stage) == (api_id, name)), None)
    is_setting = parts[-1] in ("rateLimit", "burstLimit")
    how = str(each.get("op") or "")
    if stage is None or parts[1:2] != ["throttle"] or not (is_setting or how == "remove"):
        raise no_such_path(path, how, ["/apiStages", "/apiStages/{API:STAGE}/throttle/{METHOD}/rateLimit"])
    throttle = {method: dict(given) for method, given in stage.throttle.items()}
    method = "/".join(parts[2:-1] if is_setting else parts[2:])
    if how == "remove" and not method:
        throttle.clear()
    elif how == "remove":
        throttle.pop(method, None)
    elif is_setting:
        throttle.setdefault(method, {})[parts[-1]] = _NUMBERS[parts[-1]](each.get("value"))
    stage.throttle = throttle


def delete_usage_plan(call: Call) -> Result:
    """Delete a plan."""
    del call.register.usage.plans[_plan(call).id]
    return {}


def _plan(call: Call) -> UsagePlan:
    return there(call.register.usage.plans.get(call.text("usagePlanId")), "Invalid Usage Plan ID specified")


def _plan_told(plan: UsagePlan) -> dict[str, Any]:
    return {**shown(plan), "apiStages": [shown(each) for each in plan.api_stages]}


def create_usage_plan_key(call: Call) -> Result:
    """Put a key under a plan."""
    plan, key = _plan(call), _key(call, "keyId")
    if call.text("keyType") != "API_KEY":
        raise bad_request(f"Invalid key type specified: {call.text('keyType')}")
    if key.id in plan.keys:
        raise conflict(f"Usage plan {plan.id} already has the API key {key.id}")
    plan.keys.append(key.id)
    return _plan_key_told(key)


def get_usage_plan_key(call: Call) -> Result:
    """Tell of a key under a plan."""
    return _plan_key_told(_plan_key(call))


def get_usage_plan_keys(call: Call) -> Result:
    """List the keys under a plan."""
    usage = call.register.usage
    prefix = call.text("nameQuery")
    keys = [usage.keys[each] for each in _plan(call).keys if usage.keys[each].name.startswith(prefix)]
    return listed(call, keys, _plan_key_told)


def delete_usage_plan_key(call: Call) -> Result:
    """Take a key from a plan."""
    key = _plan_key(call)
    _plan(call).keys.remove(key.id)
    return {}


def _plan_key(call: Call) -> ApiKey:
    key = _key(call, "keyId")
    if key.id not in _plan(call).keys:
        raise not_found("Invalid Usage Plan Key ID specified")
    return key


def _plan_key_told(key: ApiKey) -> dict[str, Any]:
    return {"id": key.id, "type": "API_KEY", "value": key.value, "name": key.name}
