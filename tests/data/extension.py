"""An extension that speaks its API by hand, and does what its variables ask for."""

import http.client, json, os, sys, threading, time

api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
name = os.path.basename(__file__)
seen = []


def ask(method, path, body=None, **headers):
    """Send a request to one of Lambda's APIs and return the answer with its body."""
    api.request(method, path, None if body is None else json.dumps(body), headers)
    answer = api.getresponse()
    return answer, answer.read()


def say(*what):
    """Print a line that begins with the name of the extension."""
    print(name, *what, flush=True)


def fail(where, kind):
    ask("POST", f"/2020-01-01/extension/{where}/error", {"errorMessage": "no"}, **{**own, ERROR: kind})
    sys.exit(1)


def aws(operation, **parameters):
    """Call SQS as an SDK does."""
    connection = http.client.HTTPConnection(os.environ["AWS_ENDPOINT_URL"].partition("//")[2])
    scope = f"{os.environ['AWS_ACCESS_KEY_ID']}/20260101/us-east-1/sqs/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none",
        "X-Amz-Target": f"AmazonSQS.{operation}",
        "Content-Type": "application/x-amz-json-1.0",
    }
    connection.request("POST", "/", json.dumps(parameters), headers)
    return json.loads(connection.getresponse().read())


def sleep(us):
    """Let virtual time pass."""
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    connection.request("POST", "/_eventsim/sleep", json.dumps({"us": us}))
    return connection.getresponse().read()


def listen(**wish):
    """Listen at a port of the machine and subscribe to telemetry; what comes is `seen`."""
    import http.server

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            batch = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            seen.extend(batch)
            exec(os.environ.get("ON_TELEMETRY", ""), {**globals(), "batch": batch})
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()
            with arrived:
                arrived.notify_all()

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    destination = {"protocol": "HTTP", "URI": f"http://sandbox.localdomain:{server.server_port}/"}
    wish = {"schemaVersion": "2022-12-13", "types": ["platform", "function", "extension"], **wish}
    return ask("PUT", os.environ.get("API", "/2022-07-01/telemetry"), {**wish, "destination": destination}, **own)


def serve():
    """Listen at a port of the machine, and do what comes; who asks finds the number of the port in a file."""
    import http.server

    class Server(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            do = self.rfile.read(int(self.headers["Content-Length"])).decode()
            body = json.dumps(eval(do)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with open(f"{os.environ['TMPDIR']}/port", "w") as file:
        file.write(str(server.server_port))


def wait_for(kind):
    """Wait until telemetry has told of something of this kind."""
    with arrived:
        arrived.wait_for(lambda: any(each["type"] == kind for each in seen))


arrived = threading.Condition()
ERROR = "Lambda-Extension-Function-Error-Type"
exec(os.environ.get("AT_START", ""))
events = os.environ.get("EVENTS", "INVOKE,SHUTDOWN").split(",")
answer, told = ask("POST", "/2020-01-01/extension/register", {"events": events}, **{"Lambda-Extension-Name": name})
own = {"Lambda-Extension-Identifier": answer.headers["Lambda-Extension-Identifier"]}
exec(os.environ.get("AT_INIT", ""))
while True:
    event = json.loads(ask("GET", "/2020-01-01/extension/event/next", **own)[1])
    if event["eventType"] == "SHUTDOWN":
        exec(os.environ.get("ON_SHUTDOWN", "say('ends:', event['shutdownReason'])"))
        break
    exec(os.environ.get("ON_INVOKE", ""))
