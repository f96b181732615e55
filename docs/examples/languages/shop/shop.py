import os
from http.server import BaseHTTPRequestHandler, HTTPServer


class Shop(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(f"here is {self.path}\n")

    def do_POST(self):  # an event that is no request
        event = self.rfile.read(int(self.headers["content-length"]))
        self.answer(f'"took {len(event)} bytes at {self.path}"')

    def answer(self, text):
        self.send_response(200)
        self.send_header("content-type", "text/plain")
        self.end_headers()
        self.wfile.write(text.encode())


HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Shop).serve_forever()
