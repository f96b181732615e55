"""A function that prints its metrics as CloudWatch's embedded metric format wants them."""

import json
import time


def handler(event, context):
    begun = time.time()
    ask_the_bank(int(event["order"]))
    latency = {"Name": "BankLatency", "Unit": "Milliseconds"}
    directive = {"Namespace": "Shop", "Dimensions": [["bank"]], "Metrics": [latency]}
    metrics = {"Timestamp": int(begun * 1000), "CloudWatchMetrics": [directive]}
    took_ms = round((time.time() - begun) * 1000)
    print(json.dumps({"_aws": metrics, "bank": "Giro", "BankLatency": took_ms, "order": event["order"]}))


def ask_the_bank(order):
    time.sleep(2.4 if 60 < order <= 150 else 0.12)
