import boto3


def copy(event, context):
    """Keep every order in the other region, too."""
    copies = boto3.client("s3", region_name="eu-west-1")
    for record in event["Records"]:
        copies.put_object(Bucket="copies", Key=record["messageId"], Body=record["body"])


def test_orders_are_kept_in_both_regions(simulation):
    abroad = simulation.elsewhere("eu-west-1")
    abroad.add_source("buckets", "copies")
    simulation.add_source("queues", "orders")
    simulation.add_function("copy", handler=copy)
    simulation.add_mapping(source="orders", function="copy")

    simulation.send("orders", {"order": 1})
    simulation.until_idle()

    assert abroad.numbers("buckets", "copies")["objects"] == 1
    assert boto3.client("sqs", region_name="eu-west-1").list_queues().get("QueueUrls") is None
