"""By which names do requests mean a service, and which of botocore's names is that?

A signature names a service by its signing name, a host by its endpoint, a JSON request by its target, a form by its
version. Where these differ from botocore's name, a table here says so; tests hold the tables against the models.
"""

from collections.abc import Mapping
from typing import Final

BY_SIGNING_NAME: Final[Mapping[str, str]] = {
    "airflow": "mwaa",
    "aoss": "opensearchserverless",
    "aps": "amp",
    "cassandra": "keyspaces",
    "cloudcontrolapi": "cloudcontrol",
    "elasticfilesystem": "efs",
    "elasticloadbalancing": "elbv2",
    "elasticmapreduce": "emr",
    "execute-api": "apigatewaymanagementapi",
    "geo": "location",
    "iotdata": "iot-data",
    "mobiletargeting": "pinpoint",
    "monitoring": "cloudwatch",
    "s3-object-lambda": "s3",
    "s3express": "s3",
    "servicequotas": "service-quotas",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
}
"""Signing names that are no name of botocore's; all others are taken as they are."""

BY_ENDPOINT: Final[Mapping[str, str]] = {
    "dynamodb": "dynamodb",
    "email": "ses",
    "events": "events",
    "firehose": "firehose",
    "iam": "iam",
    "kinesis": "kinesis",
    "kms": "kms",
    "lambda": "lambda",
    "logs": "logs",
    "monitoring": "cloudwatch",
    "pipes": "pipes",
    "queue": "sqs",
    "scheduler": "scheduler",
    "secretsmanager": "secretsmanager",
    "sns": "sns",
    "sqs": "sqs",
    "ssm": "ssm",
    "states": "stepfunctions",
    "streams.dynamodb": "dynamodbstreams",
    "sts": "sts",
}
"""What a host begins with, for requests that are not signed. S3's hosts have a grammar of their own (`route`)."""

BY_TARGET: Final[Mapping[str, str]] = {
    "AWSCognitoIdentityProviderService": "cognito-idp",
    "AWSEvents": "events",
    "AWSStepFunctions": "stepfunctions",
    "AmazonSQS": "sqs",
    "AmazonSSM": "ssm",
    "DynamoDBStreams_20120810": "dynamodbstreams",
    "DynamoDB_20120810": "dynamodb",
    "Firehose_20150804": "firehose",
    "GraniteServiceVersion20100801": "cloudwatch",
    "Kinesis_20131202": "kinesis",
    "Logs_20140328": "logs",
    "TrentService": "kms",
    "secretsmanager": "secretsmanager",
}
"""What stands before the dot of `X-Amz-Target`, or in the path of Smithy's RPC protocol."""

BY_VERSION: Final[Mapping[str, str]] = {
    "2010-03-31": "sns",
    "2010-05-08": "iam",
    "2010-05-15": "cloudformation",
    "2010-08-01": "cloudwatch",
    "2010-12-01": "ses",
    "2011-06-15": "sts",
    "2012-06-01": "elb",
    "2012-11-05": "sqs",
    "2016-11-15": "ec2",
}
"""The `Version` of a form."""

BY_PATH: Final = (
    ("/v2/email/", "ses", "sesv2"),
    ("/v2/", "apigateway", "apigatewayv2"),
    ("/v20180820/", "s3", "s3control"),
    ("/configuration", "appconfig", "appconfigdata"),
    *((start, "bedrock", "bedrock-runtime") for start in ("/model/", "/guardrail/", "/async-invoke")),
)
"""Services that share a signing name and differ in their paths: (start of the path, signing name, service)."""


def service_signed(name: str, target: str, path: str, version: str) -> str:
    """Return botocore's name of the service that a signature names; one name may sign for several."""
    if BY_TARGET.get(target) == "dynamodbstreams":
        return "dynamodbstreams"
    if BY_VERSION.get(version) == "elb" and name == "elasticloadbalancing":
        return "elb"
    for start, signing_name, service in BY_PATH:
        if name == signing_name and path.startswith(start):
            return service
    return BY_SIGNING_NAME.get(name, name)
