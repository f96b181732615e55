import base64
import json


def lambda_handler(event, context):
    for record in event["Records"]:
        payload = json.loads(base64.b64decode(record["kinesis"]["data"]).decode("utf-8"))
        if not isinstance(payload["AtomicMass"], float):
            raise ValueError("not a mass: {}".format(payload))
        print(f"{payload['Element']} is well")
