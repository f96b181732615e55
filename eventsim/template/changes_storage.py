"""How do buckets, tables, parameters, secrets and log groups change?"""

import json

from msgspec import structs

from eventsim.template import kinds_storage as kinds
from eventsim.template import table_settings
from eventsim.template.changes import Properties, differs
from eventsim.template.site import Item, Made
from eventsim.template.table_changes import change_table


async def bucket(item: Item, made: Made, before: Properties) -> None:
    """Give a bucket other settings."""
    await kinds.bucket_settings(item, made.physical_id, before)


async def table(item: Item, made: Made, before: Properties) -> Made:
    """Give a table another throughput, other indexes, another expiry, another stream."""
    name = made.physical_id
    await change_table(item, name, before)
    await table_settings.set_on_table(item, name, before)
    if differs(item, before, "ResourcePolicy"):
        await _change_policy(item, made.attributes["Arn"])
    described = (await item.site.ask("dynamodb", "DescribeTable", {"TableName": name}))["Table"]
    stream = {"StreamArn": described["LatestStreamArn"]} if item.properties.get("StreamSpecification") else {}
    return structs.replace(made, attributes={**made.attributes, **stream})


async def _change_policy(item: Item, arn: str) -> None:
    policy = item.take("ResourcePolicy")
    if policy:
        parameters = {"ResourceArn": arn, "Policy": json.dumps(policy["PolicyDocument"])}
        await item.site.ask("dynamodb", "PutResourcePolicy", parameters)
    else:
        await item.site.ask("dynamodb", "DeleteResourcePolicy", {"ResourceArn": arn})


async def parameter(item: Item, made: Made, before: Properties) -> Made:
    """Give a parameter another value."""
    more = {"Name": made.physical_id, "Type": item.text("Type", "String"), "Overwrite": True}
    if before.get("Description") and not item.text("Description"):
        more["Description"] = ""
    await item.create("ssm", "PutParameter", more, without=("Tags", "Name"))
    return structs.replace(made, attributes={"Type": more["Type"], "Value": item.text("Value")})


async def secret(item: Item, made: Made, before: Properties) -> None:
    """Give a secret another text, description or key; a text is made up once more if that shall be done otherwise."""
    changed = {}
    if differs(item, before, "SecretString") or differs(item, before, "GenerateSecretString"):
        changed["SecretString"] = await kinds.secret_text(item)
    for name in ("Description", "KmsKeyId"):
        if differs(item, before, name):
            changed[name] = item.text(name)
    given = {name: value for name, value in changed.items() if value or name != "SecretString"}
    if given:
        await item.site.ask("secretsmanager", "UpdateSecret", {"SecretId": made.physical_id, **given})


async def rotation_schedule(item: Item, _made: Made, _before: Properties) -> None:
    """Have a secret rotated by another function, or at other times."""
    await kinds.rotate(item)


async def log_group(item: Item, made: Made, before: Properties) -> None:
    """Let a log group keep longer or shorter what is logged, give it another key or protection."""
    await kinds.log_group_settings(item, made.physical_id, before)
