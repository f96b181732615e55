"""A function that prints metrics which CloudWatch does not take."""

import json


def handler(event, context):
    directive = {"Namespace": "Shop", "Dimensions": [["version"]], "Metrics": [{"Name": "latency", "Unit": "ms"}]}
    metrics = {"Timestamp": 1767225600000, "CloudWatchMetrics": [directive]}
    print(json.dumps({"_aws": metrics, "version": 7, "latency": 12}))
