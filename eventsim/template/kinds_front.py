"""How are load balancers and user pools made? Where somebody answers for them; otherwise they have no behaviour."""

from collections.abc import Mapping
from typing import Any

from eventsim.template.inert import if_offered
from eventsim.template.site import Item, Made


async def load_balancer(item: Item) -> Made:
    """Make a load balancer."""
    name = item.name("Name", characters_max=32)
    without = ("LoadBalancerAttributes", "Name")
    (made,) = (await item.create("elbv2", "CreateLoadBalancer", {"Name": name}, without=without))["LoadBalancers"]
    arn = made["LoadBalancerArn"]
    attributes = {
        "LoadBalancerArn": arn,
        "DNSName": made.get("DNSName", ""),
        "LoadBalancerFullName": arn.partition("loadbalancer/")[2],
        "LoadBalancerName": name,
        "CanonicalHostedZoneID": made.get("CanonicalHostedZoneId", ""),
        "SecurityGroups": made.get("SecurityGroups", []),
    }
    undo = (("elbv2", "DeleteLoadBalancer", {"LoadBalancerArn": arn}),)
    return Made(physical_id=arn, attributes=attributes, undo=undo)


async def target_group(item: Item) -> Made:
    """Make a target group and tell it its targets."""
    name = item.name("Name", characters_max=32)
    without = ("TargetGroupAttributes", "Targets", "Name")
    (made,) = (await item.create("elbv2", "CreateTargetGroup", {"Name": name}, without=without))["TargetGroups"]
    arn = made["TargetGroupArn"]
    undo = item.begin(arn, ("elbv2", "DeleteTargetGroup", {"TargetGroupArn": arn}))
    if item.take("Targets"):
        await item.create("elbv2", "RegisterTargets", {"TargetGroupArn": arn})
    settings = item.take("TargetGroupAttributes")
    if settings and item.site.ground.offers("elbv2", "ModifyTargetGroupAttributes"):
        parameters = {"TargetGroupArn": arn, "Attributes": settings}
        await item.site.ask("elbv2", "ModifyTargetGroupAttributes", parameters)
    attributes = {
        "TargetGroupArn": arn,
        "TargetGroupFullName": arn.rpartition(":")[2],
        "TargetGroupName": name,
        "LoadBalancerArns": [],
    }
    return Made(physical_id=arn, attributes=attributes, undo=undo)


async def listener(item: Item) -> Made:
    """Let a load balancer listen."""
    (made,) = (await item.create("elbv2", "CreateListener", without=("ListenerAttributes",)))["Listeners"]
    arn = made["ListenerArn"]
    return Made(
        physical_id=arn, attributes={"ListenerArn": arn}, undo=(("elbv2", "DeleteListener", {"ListenerArn": arn}),)
    )


async def listener_rule(item: Item) -> Made:
    """Give a listener a rule."""
    (made,) = (await item.create("elbv2", "CreateRule"))["Rules"]
    arn = made["RuleArn"]
    attributes = {"RuleArn": arn, "IsDefault": False}
    return Made(physical_id=arn, attributes=attributes, undo=(("elbv2", "DeleteRule", {"RuleArn": arn}),))


async def user_pool(item: Item) -> Made:
    """Make a user pool."""
    name = item.text("UserPoolName") or item.name(characters_max=128)
    without = ("LambdaConfig", "UserPoolTags", "EnabledMfas")
    made = (await item.create("cognito-idp", "CreateUserPool", {"PoolName": name}, without=without))["UserPool"]
    identifier = made["Id"]
    if item.properties.get("LambdaConfig"):
        instead = "the step `invoke` of a workload takes `user_pool`, a trigger in its shape"
        item.site.notes.add(f"{item.logical_id}: LambdaConfig has no effect: user pools invoke no functions; {instead}")
        item.take("LambdaConfig")
    provider = f"cognito-idp.{item.site.ground.region}.amazonaws.com/{identifier}"
    attributes = {
        "Arn": made.get("Arn") or item.site.arn("cognito-idp", f"userpool/{identifier}"),
        "ProviderName": provider,
        "ProviderURL": f"https://{provider}",
        "UserPoolId": identifier,
    }
    undo = (("cognito-idp", "DeleteUserPool", {"UserPoolId": identifier}),)
    return Made(physical_id=identifier, attributes=attributes, undo=undo)


async def user_pool_client(item: Item) -> Made:
    """Make a client of a user pool."""
    name = item.text("ClientName") or item.name(characters_max=128)
    made = await item.create("cognito-idp", "CreateUserPoolClient", {"ClientName": name})
    client = made["UserPoolClient"]
    attributes = {
        "ClientId": client["ClientId"],
        "ClientSecret": client.get("ClientSecret", ""),
        "Name": name,
    }
    undo = item.undo("cognito-idp", "DeleteUserPoolClient", ClientId=client["ClientId"])
    return Made(physical_id=client["ClientId"], attributes=attributes, undo=(undo,))


async def user_pool_group(item: Item) -> Made:
    """Make a group of a user pool."""
    name = item.text("GroupName") or item.name(characters_max=128)
    await item.create("cognito-idp", "CreateGroup", {"GroupName": name})
    return Made(physical_id=name, undo=(item.undo("cognito-idp", "DeleteGroup", GroupName=name),))


FRONT: Mapping[str, Any] = {
    "AWS::Cognito::UserPool": if_offered("cognito-idp", "CreateUserPool", user_pool),
    "AWS::Cognito::UserPoolClient": if_offered("cognito-idp", "CreateUserPoolClient", user_pool_client),
    "AWS::Cognito::UserPoolGroup": if_offered("cognito-idp", "CreateGroup", user_pool_group),
    "AWS::ElasticLoadBalancingV2::Listener": if_offered("elbv2", "CreateListener", listener),
    "AWS::ElasticLoadBalancingV2::ListenerRule": if_offered("elbv2", "CreateRule", listener_rule),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": if_offered("elbv2", "CreateLoadBalancer", load_balancer),
    "AWS::ElasticLoadBalancingV2::TargetGroup": if_offered("elbv2", "CreateTargetGroup", target_group),
}
