"""How are buses, rules and what belongs to them called? Names and ARNs."""

import re
from typing import TypeGuard

from eventsim import World

DEFAULT_BUS = "default"
_BUS_ARN = re.compile(r"arn:aws[a-z-]*:events:[a-z0-9-]+:\d{12}:event-bus/[/.\w-]{1,256}", re.ASCII)


def events_arn(world: World, resource: str) -> str:
    """Return the ARN of something of EventBridge here: `event-bus/orders`, `rule/orders/paid`."""
    return f"arn:aws:events:{world.region}:{world.account_id}:{resource}"


def rule_arn(of_bus: str, name: str) -> str:
    """Return the ARN of a rule of the bus with this ARN; those on the default bus do not name it."""
    begin, _, bus = of_bus.rpartition("event-bus/")
    return f"{begin}rule/{name}" if bus == DEFAULT_BUS else f"{begin}rule/{bus}/{name}"


def region_of(arn: str) -> str:
    """Return the region that an ARN names."""
    return arn.split(":", 5)[3]


def account_of(arn: str) -> str:
    """Return the account that an ARN names."""
    return arn.split(":", 5)[4]


def bus_name(name_or_arn: str | None) -> str:
    """Return the name of a bus that is given by its name, its ARN, or not at all."""
    return (name_or_arn or DEFAULT_BUS).rpartition(":event-bus/")[2]


def is_bus_arn(name_or_arn: str | None) -> TypeGuard[str]:
    """Tell whether a bus is named by its ARN."""
    return name_or_arn is not None and _BUS_ARN.fullmatch(name_or_arn) is not None


def told_target(arn: str) -> str:
    """Return how a story names a target: `function bill`, `queue orders`, `bus audit`."""
    service, resource = ([*arn.split(":", 5), *[""] * 5])[2:6:3]
    match service:
        case "lambda":
            return f"function {arn.rpartition(':function:')[2]}"
        case "sqs":
            return f"queue {resource}"
        case "sns":
            return f"topic {resource}"
        case "kinesis":
            return resource.replace("/", " ", 1)
        case "logs":
            return f"log group {resource.removeprefix('log-group:').removesuffix(':*')}"
        case "events":
            kind, _, name = resource.partition("/")
            words = {"event-bus": "bus", "api-destination": "API destination"}
            return f"{words.get(kind, kind)} {name.partition('/')[0]}"
        case "execute-api":
            return f"API {resource.partition('/')[0]}"
        case "states":
            return f"state machine {resource.rpartition(':')[2]}"
        case _:
            return arn
