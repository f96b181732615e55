"""The same function done right: the key is decoded, transparency is dropped, the result lands beside the trigger."""

from io import BytesIO
from urllib.parse import unquote_plus

import boto3
from PIL import Image

s3 = boto3.client("s3")


def lambda_handler(event, context):
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = unquote_plus(record["s3"]["object"]["key"])

        response = s3.get_object(Bucket=bucket, Key=key)
        image = Image.open(BytesIO(response["Body"].read())).convert("RGB")
        image.thumbnail((200, 200))

        buffer = BytesIO()
        image.save(buffer, "JPEG")
        target = "resized/" + key.removeprefix("uploads/").rsplit(".", 1)[0] + ".jpg"
        s3.put_object(Bucket=bucket, Key=target, Body=buffer.getvalue(), ContentType="image/jpeg")
        print(f"{key} -> {target}: {image.width} x {image.height}")
    return {"statusCode": 200}
