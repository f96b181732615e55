"""How are buses, rules and what belongs to them called? Names and ARNs."""

from eventsim import World

DEFAULT_BUS = "default"


def arn_of(world: World, resource: str) -> str:
    """Return the ARN of something of EventBridge here: `event-bus/orders`, `rule/orders/paid`."""
    return f"arn:aws:events:{world.region}:{world.account_id}:{resource}"


def bus_arn(world: World, name: str) -> str:
    """Return the ARN of a bus."""
    return arn_of(world, f"event-bus/{name}")


def rule_arn(world: World, bus: str, name: str) -> str:
    """Return the ARN of a rule; those on the default bus do not name it."""
    return arn_of(world, f"rule/{name}" if bus == DEFAULT_BUS else f"rule/{bus}/{name}")


def bus_name(name_or_arn: str | None) -> str:
    """Return the name of a bus that is given by its name, its ARN, or not at all."""
    return (name_or_arn or DEFAULT_BUS).rpartition(":event-bus/")[2]


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
        case "states":
            return f"state machine {resource.rpartition(':')[2]}"
        case _:
            return arn
