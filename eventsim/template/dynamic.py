"""What does `{{resolve:…}}` stand for? A parameter's or a secret's value, looked up when a resource is made."""

import json
import re
from typing import Any

from eventsim.errors import ApiError, ConfigurationError, NotSimulated
from eventsim.json_text import load_json
from eventsim.template.site import Site

_REFERENCE = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]+)\}\}")


async def resolved_text(site: Site, value: Any, logical_id: str) -> Any:
    """Return plain data with every dynamic reference replaced by what it stands for; what is not there is invented.

    Raises:
        ConfigurationError: a secret that is there has no such key.
    """
    if isinstance(value, str):
        return await _replaced(site, value, logical_id) if "{{resolve:" in value else value
    if isinstance(value, list):
        return [await resolved_text(site, each, logical_id) for each in value]
    if isinstance(value, dict):
        return {key: await resolved_text(site, each, logical_id) for key, each in value.items()}
    return value


async def _replaced(site: Site, text: str, logical_id: str) -> str:
    parts, end = [], 0
    for match in _REFERENCE.finditer(text):
        parts.append(text[end : match.start()])
        look_up = _secret if match[1] == "secretsmanager" else _parameter
        try:
            parts.append(await look_up(site, match[2]))
        except (ApiError, NotSimulated):
            invented = re.split(r"[:/]", match[2].strip(":/"))[-1]
            site.notes.add(f"{logical_id}: {match[0]} is not there, so it is {invented!r}; make it before you deploy")
            parts.append(invented)
        end = match.end()
    return "".join(parts) + text[end:]


async def _parameter(site: Site, reference: str) -> str:
    """Look a parameter up: `name` or `name:version`."""
    result = await site.ask("ssm", "GetParameter", {"Name": reference, "WithDecryption": True})
    return str(result["Parameter"]["Value"])


async def _secret(site: Site, reference: str) -> str:
    """Look a secret up: `id:SecretString:key:stage:version`, where the id may be an ARN."""
    found = re.fullmatch(r"(arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:[^:]+|[^:]+)(?::(.*))?", reference)
    if found is None:
        raise ConfigurationError(f"{reference!r} does not name a secret")
    rest: list[str] = str(found[2] or "").split(":")[1:]
    key, stage, version = [*rest, "", "", ""][:3]
    parameters = {"SecretId": found[1], "VersionStage": stage, "VersionId": version}
    given = {name: value for name, value in parameters.items() if value}
    result = await site.ask("secretsmanager", "GetSecretValue", given)
    text = str(result["SecretString"])
    if not key:
        return text
    try:
        value = load_json(text)[key]
    except (ValueError, LookupError, TypeError):
        raise ConfigurationError(f"the secret {found[1]} has no key {key!r}") from None
    return value if isinstance(value, str) else json.dumps(value)
