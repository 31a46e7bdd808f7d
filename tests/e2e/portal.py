"""A captive portal: `python -m tests.e2e.portal` answers everything with a page and status 200, as in a hotel."""

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer

PAGE = b"<!doctype html><title>Welcome</title><p>Please accept our terms to go online."


class Portal(BaseHTTPRequestHandler):
    """One answer for all."""

    protocol_version = "HTTP/1.1"

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Whatever the method: `do_GET`, `do_POST` …"""
        if name.startswith("do_"):
            return self._welcome
        raise AttributeError(name)

    def _welcome(self) -> None:
        size = int(self.headers.get("content-length", 0))
        self.rfile.read(size)
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


if __name__ == "__main__":
    server = HTTPServer(("127.0.0.1", 0), Portal)
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
