"""A receiver of webhooks as others run it: a process of its own, behind HTTP.

    python receiver.py FOLDER [CERTIFICATE KEY]

It answers as FOLDER/mode says, appends what it got to FOLDER/got, one JSON object per
line, and writes its port to FOLDER/port.
"""

from __future__ import annotations

import json
import ssl
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOLDER = Path(sys.argv[1])


class Handler(BaseHTTPRequestHandler):
    """Takes a body, keeps it, answers as it is told."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        mode = (FOLDER / "mode").read_text()
        line = {
            "mode": mode,
            "path": self.path,
            "body": body.decode(),
            "headers": {name.lower(): value for name, value in self.headers.items()},
        }
        with (FOLDER / "got").open("a") as log:
            log.write(json.dumps(line) + "\n")
        getattr(self, f"_{mode}", self._status)(mode)

    def _status(self, mode: str) -> None:
        self.send_response(int(mode))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _slow(self, mode: str) -> None:
        time.sleep(60)

    def _drip(self, mode: str) -> None:
        """An answer that never ends, a byte at a time."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
        while True:
            self.wfile.write(b"x")
            time.sleep(0.1)

    def _flood(self, mode: str) -> None:
        """A head without end."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            self.wfile.write(b"X-Flood: " + b"x" * 1000 + b"\r\n")

    def _large(self, mode: str) -> None:
        """A body of a gigabyte."""
        self.send_response(200)
        self.send_header("Content-Length", str(10**9))
        self.end_headers()
        for _ in range(1000):
            self.wfile.write(b"x" * 10**6)

    def _redirect(self, mode: str) -> None:
        self.send_response(307)
        self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/else")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _busy(self, mode: str) -> None:
        self.send_response(503)
        self.send_header("Retry-After", "1800")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # whoever hangs up is not worth a word
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    (FOLDER / "port.new").write_text(str(server.server_port))
    (FOLDER / "port.new").rename(FOLDER / "port")
    server.serve_forever()
