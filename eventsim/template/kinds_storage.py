"""How are buckets, tables, secrets, parameters and log groups made?"""

import json
from collections.abc import Mapping
from typing import Any

from eventsim.calls.metric_reading import is_measured, metric_of
from eventsim.errors import ApiError, NotSimulated
from eventsim.json_text import load_json
from eventsim.template import table_settings
from eventsim.template.bucket_settings import SETTINGS, Setting
from eventsim.template.changes import differs
from eventsim.template.fit import fit
from eventsim.template.inert import placeholder
from eventsim.template.intrinsic import as_text
from eventsim.template.site import Item, Made, Site, input_shape


async def bucket(item: Item) -> Made:
    """Make a bucket and tell it whom to notify."""
    site = item.site
    name = item.name("BucketName", characters_max=63, is_lower=True)
    parameters: dict[str, Any] = {"Bucket": name}
    if site.ground.region != "us-east-1":
        parameters["CreateBucketConfiguration"] = {"LocationConstraint": site.ground.region}
    if item.flag("ObjectLockEnabled"):
        parameters["ObjectLockEnabledForBucket"] = True
    await site.ask("s3", "CreateBucket", parameters)
    undo = item.begin(name, ("s3", "DeleteBucket", {"Bucket": name}))
    await bucket_settings(item, name, {})
    region = site.ground.region
    attributes = {
        "Arn": f"arn:aws:s3:::{name}",
        "DomainName": f"{name}.s3.amazonaws.com",
        "DualStackDomainName": f"{name}.s3.dualstack.{region}.amazonaws.com",
        "RegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
        "WebsiteURL": f"http://{name}.s3-website-{region}.amazonaws.com",
    }
    return Made(physical_id=name, attributes=attributes, undo=undo, place=("buckets", name))


async def bucket_policy(item: Item) -> Made:
    """Say who may do what with a bucket: it is kept and told, and not obeyed."""
    name = item.text("Bucket")
    policy = json.dumps(item.take("PolicyDocument"), separators=(",", ":"))
    await _optional(item, "PutBucketPolicy", {"Bucket": name, "Policy": policy})
    return Made(physical_id=name, undo=(("s3", "DeleteBucketPolicy", {"Bucket": name}),))


async def bucket_settings(item: Item, name: str, before: Mapping[str, Any]) -> None:
    """Keep what is set on a bucket and was not before, and undo what is set no more."""
    for property_, setting in SETTINGS.items():
        await _kept(item, name, property_, setting, before)
    notifications = item.take("NotificationConfiguration")
    if notifications or before.get("NotificationConfiguration"):
        settings = {"Bucket": name, "NotificationConfiguration": _notifications(notifications or {})}
        await item.site.ask("s3", "PutBucketNotificationConfiguration", settings)


async def _kept(item: Item, bucket: str, property_: str, setting: Setting, before: Mapping[str, Any]) -> None:
    given, old = item.properties.get(property_), before.get(property_)
    if given == old:
        item.take(property_)
        return
    if given is None:
        operation, parameters = setting.gone
        if operation:
            item.take(property_)
            await _optional(item, operation, {"Bucket": bucket, **parameters})
        return
    item.take(property_)
    shape = input_shape("s3", setting.operation).members[setting.parameter]
    made = fit(setting.made(given), shape, item.unused, property_)
    if made:
        beside = {name: given[name] for name in setting.beside if name in given}
        await _optional(item, setting.operation, {"Bucket": bucket, setting.parameter: made, **beside})


async def _optional(item: Item, operation: str, parameters: Mapping[str, Any]) -> None:
    """Make a setting without which the bucket works just as well; say so if it has no effect here."""
    try:
        await item.site.ask("s3", operation, parameters)
    except (NotSimulated, ApiError) as error:
        item.site.notes.add(f"{item.logical_id}: {_why_without_effect(operation, error)}")


def _why_without_effect(operation: str, error: NotSimulated | ApiError) -> str:
    """Return why a setting does nothing here: nobody simulates it, or copies go to a bucket that is elsewhere.

    Raises:
        ApiError: S3 refuses it.
    """
    if isinstance(error, ApiError) and error.message == "Destination bucket must exist.":
        return "a bucket to which it shall be copied is not here; nothing is copied"
    if isinstance(error, ApiError) and error.code != "NotImplemented":
        raise error
    return f"{operation} is not simulated; the setting has no effect"


def _notifications(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return CloudFormation's notification settings as the API has them."""
    made: dict[str, Any] = {}
    for section, target, arn in (
        ("QueueConfigurations", "Queue", "QueueArn"),
        ("TopicConfigurations", "Topic", "TopicArn"),
        ("LambdaConfigurations", "Function", "LambdaFunctionArn"),
    ):
        configured = [
            {arn: each[target], "Events": [each["Event"]], **_key_filter(each)} for each in given.get(section) or []
        ]
        if configured:
            made["LambdaFunctionConfigurations" if target == "Function" else section] = configured
    bus = given.get("EventBridgeConfiguration")
    if isinstance(bus, dict) and as_text(bus.get("EventBridgeEnabled", True)).lower() == "true":
        made["EventBridgeConfiguration"] = {}
    return made


def _key_filter(given: Mapping[str, Any]) -> dict[str, Any]:
    rules = ((given.get("Filter") or {}).get("S3Key") or {}).get("Rules") or []
    filters = [{"Name": str(rule["Name"]).lower(), "Value": as_text(rule["Value"])} for rule in rules]
    return {"Filter": {"Key": {"FilterRules": filters}}} if filters else {}


_TABLE_LATER = (
    *("StreamSpecification", "SSESpecification", "GlobalSecondaryIndexes", "TimeToLiveSpecification"),
    *("KinesisStreamSpecification", "PointInTimeRecoverySpecification", "ContributorInsightsSpecification"),
    *("ResourcePolicy", "ImportSourceSpecification"),
)


async def table(item: Item) -> Made:
    """Make a table, with its stream and what else is set on it."""
    name = item.name("TableName")
    stream, encryption = item.take("StreamSpecification"), item.take("SSESpecification")
    policy = item.take("ResourcePolicy")
    view = {"StreamEnabled": True, "StreamViewType": stream["StreamViewType"]} if stream else None
    more = {
        "TableName": name,
        "StreamSpecification": view,
        "SSESpecification": table_settings.encryption(encryption) if encryption else None,
        "GlobalSecondaryIndexes": _indexes(item),
        "ResourcePolicy": json.dumps(policy["PolicyDocument"]) if policy else None,
    }
    made = await item.create("dynamodb", "CreateTable", more, without=_TABLE_LATER)
    undo = item.begin(name, ("dynamodb", "DeleteTable", {"TableName": name}))
    await table_settings.set_on_table(item, name, {})
    described = made["TableDescription"]
    attributes = {"Arn": described["TableArn"]}
    if stream:
        attributes["StreamArn"] = described.get("LatestStreamArn", "")
    return Made(physical_id=name, attributes=attributes, undo=undo, place=("tables", name))


def _indexes(item: Item) -> Any:
    """Return the global indexes as an operation takes them, None if there are none."""
    given = item.take("GlobalSecondaryIndexes")
    if not given:
        return None
    created = [table_settings.as_created(each) for each in given]
    shape = input_shape("dynamodb", "CreateTable").members["GlobalSecondaryIndexes"]
    return fit(created, shape, item.unused, "GlobalSecondaryIndexes")


async def secret(item: Item) -> Made:
    """Keep a secret, made up if the template asks for it."""
    site = item.site
    name = item.name("Name", characters_max=512)
    text = await secret_text(item)
    tags = [{"Key": key, "Value": value} for key, value in item.tags().items()]
    key = item.text("KmsKeyId")
    parameters = {
        "Name": name,
        "SecretString": text,
        "Description": item.text("Description"),
        "KmsKeyId": key,
        "Tags": tags,
    }
    made = await site.ask("secretsmanager", "CreateSecret", {key: value for key, value in parameters.items() if value})
    arn = made["ARN"]
    undo = (("secretsmanager", "DeleteSecret", {"SecretId": arn, "ForceDeleteWithoutRecovery": True}),)
    return Made(physical_id=arn, attributes={"Id": arn}, undo=undo)


async def secret_text(item: Item) -> str:
    """Return the text of a secret, made up if the template asks for it."""
    generate = item.take("GenerateSecretString")
    text = item.text("SecretString")
    return text if generate is None else await _generated(item, generate)


async def _generated(item: Item, given: Mapping[str, Any]) -> str:
    settings: dict[str, Any] = {}
    for name in ("ExcludeCharacters", "PasswordLength"):
        if name in given:
            settings[name] = int(given[name]) if name == "PasswordLength" else given[name]
    for name in (
        *("ExcludeLowercase", "ExcludeNumbers", "ExcludePunctuation", "ExcludeUppercase", "IncludeSpace"),
        "RequireEachIncludedType",
    ):
        if name in given:
            settings[name] = as_text(given[name]).lower() == "true"
    made = await item.site.ask("secretsmanager", "GetRandomPassword", settings)
    password: str = made["RandomPassword"]
    template, key = given.get("SecretStringTemplate"), given.get("GenerateStringKey")
    if template is None or key is None:
        return password
    document = template if isinstance(template, dict) else load_json(template)
    return json.dumps({**document, key: password}, separators=(",", ":"))


async def secret_policy(item: Item) -> Made:
    """Say who may read a secret: it is kept and told, and not obeyed."""
    identifier = item.text("SecretId")
    policy = json.dumps(item.take("ResourcePolicy"), separators=(",", ":"))
    await item.create("secretsmanager", "PutResourcePolicy", {"ResourcePolicy": policy}, without=("ResourcePolicy",))
    undo = (("secretsmanager", "DeleteResourcePolicy", {"SecretId": identifier}),)
    return Made(physical_id=identifier, attributes={"Id": identifier}, undo=undo)


async def rotation_schedule(item: Item) -> Made:
    """Have a secret rotated by a function of the user's; those that AWS would lend are not here."""
    identifier = item.text("SecretId")
    if item.properties.get("HostedRotationLambda") and not item.properties.get("RotationLambdaARN"):
        item.taken |= set(item.properties)
        return placeholder(
            item, problem="rotates a secret by a function of AWS's own (`HostedRotationLambda`), which is not here"
        )
    arn = await rotate(item)
    undo = (("secretsmanager", "CancelRotateSecret", {"SecretId": identifier}),)
    return Made(physical_id=arn, attributes={"Id": arn}, undo=undo)


async def rotate(item: Item) -> str:
    """Say who rotates a secret and when, which rotates it now unless the template says otherwise; return its ARN."""
    item.take("RotateImmediatelyOnUpdate")  # which is the default again when it is no longer given
    names = {"RotateImmediatelyOnUpdate": "RotateImmediately"}
    arn: str = (await item.create("secretsmanager", "RotateSecret", names=names))["ARN"]
    return arn


async def parameter(item: Item) -> Made:
    """Keep a parameter."""
    name = item.text("Name") or item.name()
    kind = item.text("Type", "String")
    await item.create("ssm", "PutParameter", {"Name": name, "Type": kind, "Overwrite": False})
    undo = (("ssm", "DeleteParameter", {"Name": name}),)
    attributes = {"Type": kind, "Value": item.text("Value")}
    return Made(physical_id=name, attributes=attributes, undo=undo)


async def log_group(item: Item) -> Made:
    """Make a log group; one that a function's logs made already is taken over."""
    name = item.text("LogGroupName") or item.name(characters_max=512)
    log_class = item.text("LogGroupClass")
    await ensure_log_group(item.site, name, {"logGroupClass": log_class} if log_class else {})
    undo = item.begin(name, ("logs", "DeleteLogGroup", {"logGroupName": name}))
    await log_group_settings(item, name, {})
    arn = item.site.arn("logs", f"log-group:{name}:*")
    tags = item.tags()
    if tags:
        await item.site.ask("logs", "TagResource", {"resourceArn": arn.removesuffix(":*"), "tags": tags})
    return Made(physical_id=name, attributes={"Arn": arn}, undo=undo)


async def log_group_settings(item: Item, name: str, before: Mapping[str, Any]) -> None:
    """Set on a log group what is other than before: how long it keeps what is logged, its key, its protection."""
    if differs(item, before, "RetentionInDays"):
        if item.number("RetentionInDays") is None:
            await item.site.ask("logs", "DeleteRetentionPolicy", {"logGroupName": name})
        await keep_logs(item, name)
    if differs(item, before, "KmsKeyId"):
        key = item.text("KmsKeyId")
        operation, more = ("AssociateKmsKey", {"kmsKeyId": key}) if key else ("DisassociateKmsKey", {})
        await item.site.ask("logs", operation, {"logGroupName": name, **more})
    if differs(item, before, "DeletionProtectionEnabled"):
        protection = {"deletionProtectionEnabled": item.flag("DeletionProtectionEnabled")}
        await item.site.ask("logs", "PutLogGroupDeletionProtection", {"logGroupIdentifier": name, **protection})


async def keep_logs(item: Item, name: str) -> None:
    """Say how long a log group keeps what is logged, if the template does."""
    days = item.number("RetentionInDays")
    if days is not None:
        await item.site.ask("logs", "PutRetentionPolicy", {"logGroupName": name, "retentionInDays": days})


async def ensure_log_group(site: Site, name: str, more: Mapping[str, str] = {}) -> None:
    """Make a log group unless it is there.

    Args:
        more: further parameters of the operation.
    """
    try:
        await site.ask("logs", "CreateLogGroup", {"logGroupName": name, **more})
    except ApiError as error:
        if error.code != "ResourceAlreadyExistsException":
            raise


async def log_stream(item: Item) -> Made:
    """Make a log stream."""
    name = item.name("LogStreamName", characters_max=512)
    await item.create("logs", "CreateLogStream", {"logStreamName": name})
    return Made(physical_id=name, undo=(item.undo("logs", "DeleteLogStream", logStreamName=name),))


async def log_policy(item: Item) -> Made:
    """Say who may write logs: it is kept and told, and not obeyed."""
    name = item.text("PolicyName")
    await item.create("logs", "PutResourcePolicy")
    return Made(physical_id=name, undo=(("logs", "DeleteResourcePolicy", {"policyName": name}),))


async def query_definition(item: Item) -> Made:
    """Keep a query."""
    made = await item.create("logs", "PutQueryDefinition")
    identifier = made["queryDefinitionId"]
    undo = (("logs", "DeleteQueryDefinition", {"queryDefinitionId": identifier}),)
    return Made(physical_id=identifier, attributes={"QueryDefinitionId": identifier}, undo=undo)


async def subscription_filter(item: Item) -> Made:
    """Let somebody have what is logged."""
    name = item.name("FilterName")
    await item.create("logs", "PutSubscriptionFilter", {"filterName": name})
    return Made(physical_id=name, undo=(item.undo("logs", "DeleteSubscriptionFilter", filterName=name),))


async def metric_filter(item: Item) -> Made:
    """Make metrics of what is logged."""
    name = item.name("FilterName")
    await item.create("logs", "PutMetricFilter", {"filterName": name})
    group = item.text("LogGroupName")
    undo = (("logs", "DeleteMetricFilter", {"logGroupName": group, "filterName": name}),)
    return Made(physical_id=name, undo=undo)


async def alarm(item: Item) -> Made:
    """Watch a metric."""
    name = item.name("AlarmName")
    await item.create("cloudwatch", "PutMetricAlarm", {"AlarmName": name})
    unwatched = _unwatched(item)
    if unwatched:
        item.site.notes.add(f"{item.logical_id}: the alarm gets no data: {unwatched}")
    undo = (("cloudwatch", "DeleteAlarms", {"AlarmNames": [name]}),)
    attributes = {"Arn": item.site.arn("cloudwatch", f"alarm:{name}")}
    return Made(physical_id=name, attributes=attributes, undo=undo, place=("alarms", name))


def _unwatched(item: Item) -> str:
    """Return why an alarm will never change by itself, "" if it may."""
    if item.properties.get("ThresholdMetricId"):
        return "alarms over bands are not evaluated"
    asked = [query["MetricStat"]["Metric"] for query in item.properties.get("Metrics") or () if "MetricStat" in query]
    for metric in asked or [item.properties]:
        namespace, name, dimensions = metric_of(metric)
        if not is_measured(namespace, name, dimensions):
            shown = "".join(f" by {dimension}" for dimension, _ in dimensions)
            return f"{namespace} {name}{shown} is not measured here"
    return ""


async def composite_alarm(item: Item) -> Made:
    """Watch other alarms."""
    name = item.name("AlarmName")
    await item.create("cloudwatch", "PutCompositeAlarm", {"AlarmName": name})
    undo = (("cloudwatch", "DeleteAlarms", {"AlarmNames": [name]}),)
    attributes = {"Arn": item.site.arn("cloudwatch", f"alarm:{name}")}
    return Made(physical_id=name, attributes=attributes, undo=undo, place=("alarms", name))


async def dashboard(item: Item) -> Made:
    """Keep a dashboard."""
    name = item.name("DashboardName")
    await item.create("cloudwatch", "PutDashboard", {"DashboardName": name})
    return Made(physical_id=name, undo=(("cloudwatch", "DeleteDashboards", {"DashboardNames": [name]}),))


STORAGE: Mapping[str, Any] = {
    "AWS::CloudWatch::Alarm": alarm,
    "AWS::CloudWatch::CompositeAlarm": composite_alarm,
    "AWS::CloudWatch::Dashboard": dashboard,
    "AWS::DynamoDB::Table": table,
    "AWS::Logs::LogGroup": log_group,
    "AWS::Logs::LogStream": log_stream,
    "AWS::Logs::MetricFilter": metric_filter,
    "AWS::Logs::QueryDefinition": query_definition,
    "AWS::Logs::ResourcePolicy": log_policy,
    "AWS::Logs::SubscriptionFilter": subscription_filter,
    "AWS::S3::Bucket": bucket,
    "AWS::S3::BucketPolicy": bucket_policy,
    "AWS::SSM::Parameter": parameter,
    "AWS::SecretsManager::ResourcePolicy": secret_policy,
    "AWS::SecretsManager::RotationSchedule": rotation_schedule,
    "AWS::SecretsManager::Secret": secret,
}
