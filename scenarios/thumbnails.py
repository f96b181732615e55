"""The thumbnail function that every tutorial shows, with the faults that it has there.

It writes into the bucket that triggers it, takes the key as it comes, and saves every picture as JPEG.
"""

from io import BytesIO

import boto3
from PIL import Image

s3 = boto3.client("s3")


def lambda_handler(event, context):
    bucket = event["Records"][0]["s3"]["bucket"]["name"]
    key = event["Records"][0]["s3"]["object"]["key"]

    response = s3.get_object(Bucket=bucket, Key=key)
    image = Image.open(BytesIO(response["Body"].read()))
    image.thumbnail((200, 200))

    buffer = BytesIO()
    image.save(buffer, "JPEG")
    s3.put_object(Bucket=bucket, Key="resized-" + key, Body=buffer.getvalue(), ContentType="image/jpeg")
    print(f"{key}: {image.width} x {image.height}")
    return {"statusCode": 200}
