import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(f"{self.path} on {os.environ['SIZE']}".encode())


HTTPServer(("127.0.0.1", int(sys.argv[1].removeprefix("--port="))), Handler).serve_forever()
