"""What does a call of any service need? Tables for the services that functions use, and a rule for all others."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.permissions import (
    of_apis,
    of_buckets,
    of_buses,
    of_configurations,
    of_connections,
    of_functions,
    of_identities,
    of_images,
    of_keys,
    of_logs,
    of_mails,
    of_metrics,
    of_models,
    of_objects,
    of_parameters,
    of_queues,
    of_schedules,
    of_secrets,
    of_sessions,
    of_stacks,
    of_streams,
    of_tables,
    of_tags,
    of_topics,
    of_traces,
    of_user_pools,
    of_workflows,
    uncalled,
)
from eventsim.permissions.need import Need, Needs, Place

_TABLES: Final[Mapping[str, Mapping[str, Needs]]] = MappingProxyType(
    {
        "apigatewaymanagementapi": of_connections.NEEDS,
        "appconfig": of_configurations.NEEDS,
        "appconfigdata": of_configurations.OF_CLIENTS,
        "bedrock-runtime": of_models.OF_BEDROCK,
        "cloudformation": of_stacks.NEEDS,
        "cloudwatch": of_metrics.NEEDS,
        "cognito-identity": of_user_pools.OF_IDENTITIES,
        "cognito-idp": of_user_pools.NEEDS,
        "comprehend": of_models.OF_COMPREHEND,
        "dynamodb": of_tables.NEEDS,
        "dynamodbstreams": of_tables.OF_STREAMS,
        "ecr": of_images.NEEDS,
        "events": of_buses.NEEDS,
        "firehose": of_streams.OF_DELIVERY_STREAMS,
        "iam": of_identities.NEEDS,
        "kinesis": of_streams.NEEDS,
        "kms": of_keys.NEEDS,
        "lambda": of_functions.NEEDS,
        "logs": of_logs.NEEDS,
        "pipes": of_schedules.OF_PIPES,
        "rekognition": of_models.OF_REKOGNITION,
        "resourcegroupstaggingapi": of_tags.NEEDS,
        "s3": {**of_buckets.NEEDS, **of_objects.NEEDS},
        "scheduler": of_schedules.NEEDS,
        "secretsmanager": of_secrets.NEEDS,
        "ses": of_mails.OF_SES,
        "sesv2": of_mails.OF_SESV2,
        "sns": of_topics.NEEDS,
        "sqs": of_queues.NEEDS,
        "ssm": of_parameters.NEEDS,
        "stepfunctions": of_workflows.NEEDS,
        "sts": of_sessions.NEEDS,
        "textract": of_models.OF_TEXTRACT,
        "translate": of_models.OF_TRANSLATE,
        "xray": of_traces.NEEDS,
    }
)
"""botocore's name of a service → operation → what it needs."""

_PREFIXES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "accessanalyzer": "access-analyzer",
        "amp": "aps",
        "apigatewaymanagementapi": "execute-api",
        "apigatewayv2": "apigateway",
        "appconfigdata": "appconfig",
        "appintegrations": "app-integrations",
        "application-insights": "applicationinsights",
        **dict.fromkeys(("bedrock-agent", "bedrock-agent-runtime", "bedrock-runtime"), "bedrock"),
        **dict.fromkeys(("chime-sdk-identity", "chime-sdk-meetings", "chime-sdk-messaging"), "chime"),
        "cloudcontrol": "cloudformation",
        "cloudhsmv2": "cloudhsm",
        "cloudsearchdomain": "cloudsearch",
        "codeguruprofiler": "codeguru-profiler",
        "connectcases": "cases",
        "customer-profiles": "profile",
        **dict.fromkeys(("docdb", "neptune"), "rds"),
        "dynamodbstreams": "dynamodb",
        "efs": "elasticfilesystem",
        **dict.fromkeys(("elb", "elbv2"), "elasticloadbalancing"),
        "emr": "elasticmapreduce",
        "forecastquery": "forecast",
        "greengrassv2": "greengrass",
        "iot-data": "iot",
        "ivs-realtime": "ivs",
        "keyspaces": "cassandra",
        "kinesis-video-archived-media": "kinesisvideo",
        "kinesis-video-media": "kinesisvideo",
        "kinesisanalyticsv2": "kinesisanalytics",
        **dict.fromkeys(("lex-models", "lex-runtime", "lexv2-models", "lexv2-runtime"), "lex"),
        "location": "geo",
        "mwaa": "airflow",
        "neptunedata": "neptune-db",
        "opensearch": "es",
        "opensearchserverless": "aoss",
        **dict.fromkeys(("personalize-events", "personalize-runtime"), "personalize"),
        "pinpoint": "mobiletargeting",
        "pinpoint-sms-voice-v2": "sms-voice",
        "resourcegroupstaggingapi": "tag",
        "s3control": "s3",
        **dict.fromkeys(("sagemaker-featurestore-runtime", "sagemaker-runtime"), "sagemaker"),
        "service-quotas": "servicequotas",
        "sesv2": "ses",
        "sso-admin": "sso",
        "stepfunctions": "states",
        **dict.fromkeys(("timestream-query", "timestream-write"), "timestream"),
        "voice-id": "voiceid",
    }
)
"""Services whose actions begin with another word than botocore's name; nor is it always the signing name."""


def needs_of(service: str, operation: str, parameters: Mapping[str, Any], place: Place) -> Iterable[Need]:
    """Return what a call needs.

    An operation without a line in a table needs the action of its name, on whichever resource.
    """
    if service in of_apis.SERVICES:
        return of_apis.needs_of_request(service, operation, parameters, place)
    needs = _TABLES.get(service, {}).get(operation) or uncalled.NEEDS.get((service, operation))
    if needs is None:
        return [Need(f"{_PREFIXES.get(service, service)}:{operation}", "")]
    return needs(parameters, place)
