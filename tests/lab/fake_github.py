# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the Worker asks of GitHub, on loopback: whose account a token is of. As a program, it serves the accounts that its argument
says, `{"TOKEN": {"id": 1, "login": "x"}}`, until its input ends."""

import contextlib
import http.server
import json
import sys
import threading

PREFIX = "Bearer "


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        token = self.headers.get("Authorization", "").removeprefix(PREFIX)
        status, body = self.server.tokens.get(token, (401, {"message": "Bad credentials"}))
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def fake_github():
    """`tokens`: from a token to the answer, status and JSON or bytes; `asked` is what was asked; `url` where."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.tokens, server.asked = {}, []
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def account(number, login):
    return 200, {"id": number, "login": login}


if __name__ == "__main__":
    with fake_github() as fake:
        fake.tokens |= {token: (200, said) for token, said in json.loads(sys.argv[1]).items()}
        print(json.dumps({"event": "ready", "url": fake.url}), flush=True)
        sys.stdin.read()
