import boto3, json, os
table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
def connect(event, context):
    cid = event["requestContext"]["connectionId"]
    if event["requestContext"]["eventType"] == "CONNECT": table.put_item(Item={"connectionId": cid})
    else: table.delete_item(Key={"connectionId": cid})
    return {"statusCode": 200, "body": "ok"}
def send(event, context):
    rc = event["requestContext"]
    api = boto3.client("apigatewaymanagementapi", endpoint_url=f"https://{rc['domainName']}/{rc['stage']}")
    data = json.loads(event["body"])["data"]
    for item in table.scan(ProjectionExpression="connectionId")["Items"]:
        try: api.post_to_connection(ConnectionId=item["connectionId"], Data=data)
        except api.exceptions.GoneException: table.delete_item(Key=item)
    return {"statusCode": 200, "body": "Data sent."}
