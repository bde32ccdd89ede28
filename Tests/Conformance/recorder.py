"""A proxy that stands before the sandbox and writes down what goes through it."""

import dataclasses
import http.client
import http.server
import threading
import urllib.parse

PREFIX = "/api/v10"
# Of one connection only, not of what is said.
OF_THE_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclasses.dataclass(frozen=True)
class Exchange:
    """A request below /api/v10 and its answer."""

    method: str
    path: str
    query: tuple
    headers: dict
    body: bytes
    status: int
    content_type: str | None
    answer: bytes

    def __str__(self):
        return f"{self.method} {self.path} {self.status}"


def exchange(host, method, target, headers, body):
    """Asks the server at HOST:PORT; returns what was said, and the answer's headers."""
    connection = http.client.HTTPConnection(host, timeout=30)
    try:
        connection.request(method, target, body=body or None, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    parts = urllib.parse.urlsplit(target)
    said = Exchange(
        method,
        parts.path.removeprefix(PREFIX),
        tuple(urllib.parse.parse_qsl(parts.query, keep_blank_values=True)),
        {name.lower(): value for name, value in headers.items()},
        body,
        answer.status,
        answer.headers.get("Content-Type"),
        content,
    )
    return said, answer.getheaders()


class Recorder:
    """Listens on a port of its own and passes everything on to `host`."""

    def __init__(self, host):
        self.exchanges = []
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                recorder._pass_on(self, host)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = pass_on

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def end(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _pass_on(self, handler, host):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        headers = {
            name: value
            for name, value in handler.headers.items()
            if name.lower() not in OF_THE_HOP | {"host"}
        }
        try:
            said, answered = exchange(host, handler.command, handler.path, headers, body)
        except OSError:
            # The sandbox isn't there yet, or no more; so says a closed connection.
            handler.close_connection = True
            return
        self.exchanges.append(said)
        handler.send_response_only(said.status)
        for name, value in answered:
            if name.lower() not in OF_THE_HOP:
                handler.send_header(name, value)
        if said.status != 204:
            handler.send_header("Content-Length", str(len(said.answer)))
        handler.end_headers()
        handler.wfile.write(said.answer)
