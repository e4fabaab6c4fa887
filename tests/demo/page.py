# SPDX-License-Identifier: GPL-2.0-or-later
"""The web server of the demonstration's target. usage: page.py BLOB

GET /      {"you": the source address it saw, "sha256": of the blob}        GET /blob   the blob
POST /     {"you": ..., "sha256": of what was sent}
"""
import hashlib
import json
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

blob = Path(sys.argv[1]).read_bytes()


class Page(BaseHTTPRequestHandler):
    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def tell(self, octets):
        source = self.client_address[0].removeprefix("::ffff:")
        self.answer(json.dumps({"you": source, "sha256": hashlib.sha256(octets).hexdigest()}).encode() + b"\n")

    def do_GET(self):
        if self.path == "/blob":
            self.answer(blob)
        else:
            self.tell(blob)

    def do_POST(self):
        self.tell(self.rfile.read(int(self.headers["Content-Length"])))


class Server(ThreadingHTTPServer):
    address_family = socket.AF_INET6  # and IPv4, mapped
    daemon_threads = True


Server(("::", 80), Page).serve_forever()
