"""A program that speaks the Runtime API by hand, and does what its events ask for."""

import http.client, json, os, sys, threading

runtime = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
events = 0


def ask(path, body=None, **headers):
    """Send a request to the Runtime API and return the answer with its body."""
    runtime.request("GET" if body is None else "POST", path, body, headers)
    answer = runtime.getresponse()
    return answer, answer.read()


def aws(operation, **parameters):
    """Call SQS as an SDK does."""
    connection = http.client.HTTPConnection(os.environ["AWS_ENDPOINT_URL"].partition("//")[2])
    scope = f"{os.environ['AWS_ACCESS_KEY_ID']}/20260101/us-east-1/sqs/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none",
        "X-Amz-Target": f"AmazonSQS.{operation}",
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amzn-Trace-Id": trace_id,
    }
    connection.request("POST", "/", json.dumps(parameters), headers)
    return json.loads(connection.getresponse().read())


def sleep(us):
    """Let virtual time pass."""
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    connection.request("POST", "/_eventsim/sleep", json.dumps({"us": us}))
    return json.loads(connection.getresponse().read())["epoch_us"]


def together(*steps):
    threads = [threading.Thread(target=step) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


exec(os.environ.get("AT_INIT", ""))
while True:
    answer, body = ask("/2018-06-01/runtime/invocation/next")
    event = json.loads(body)
    events += 1
    request_id = answer.headers["Lambda-Runtime-Aws-Request-Id"]
    trace_id = answer.headers["Lambda-Runtime-Trace-Id"]
    result, what = None, "response"
    scope = {**globals()}
    exec(event.get("do") or event.get("body") or "", scope)
    body = scope["result"] if isinstance(scope["result"], bytes) else json.dumps(scope["result"]).encode()
    ask(f"/2018-06-01/runtime/invocation/{request_id}/{scope['what']}", body)
