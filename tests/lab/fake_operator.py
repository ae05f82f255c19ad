# SPDX-License-Identifier: LGPL-2.1-or-later
"""The API of an account whose endpoints are bound to machines, on loopback: it keeps machines, signs their certificates, hands out
pages of endpoints, counts, and misbehaves when it is told to."""

import contextlib
import dataclasses
import http.server
import itertools
import json
import re
import threading
import time
import urllib.parse

from .fake_authority import Refused, pem

KEY = "2abcDEF_key"
MACHINES = "/kubernetes_operators"
PAGE = 100
STAMP = "%Y-%m-%dT%H:%M:%SZ"
UNSET = "0001-01-01T00:00:00Z"
CODES = {400: "ERR_NGROK_218", 401: "ERR_NGROK_206", 403: "ERR_NGROK_300", 404: "ERR_NGROK_404", 409: "ERR_NGROK_409", 429: "ERR_NGROK_226",
         500: "ERR_NGROK_500", 503: "ERR_NGROK_503"}


@dataclasses.dataclass
class Fault:
    """What the next `times` questions get in whose "METHOD /path?query" `on` stands.

    `kind`: `status` (with `status`, and `retry_after`), `malformed`, `empty`, `truncated`, `drop` (nothing is done), `lost` (it is done, and
    the answer is lost), `delay` (of `seconds`), `no-certificate`, or `empty-list`."""
    on: str
    kind: str
    times: int = 1
    status: int = 500
    retry_after: str = None
    seconds: float = 1


class Answer(Exception):
    def __init__(self, status, body=None, headers=()):
        super().__init__(status)
        self.status, self.body, self.headers = status, body, dict(headers)


def refusal(status, code=None, text="not so", retry_after=None):
    body = {"error_code": code or CODES.get(status, "ERR_NGROK_1"), "status_code": status, "msg": text,
            "details": {"operation_id": f"op_{time.monotonic_ns()}"}}
    return Answer(status, body, {"Retry-After": retry_after} if retry_after else {})


def is_selected(endpoint, selectors):
    """A toy of the account's language: `true`, `false`, `host == "x"`."""
    def matches(selector):
        host = re.fullmatch(r'\s*host\s*==\s*"([^"]*)"\s*', selector)
        return selector.strip() == "true" or bool(host and host[1] == endpoint["host"])
    return any(map(matches, selectors))


def endpoint(number, url, **fields):
    parts = urllib.parse.urlsplit(url)
    port = parts.port or {"http": 80, "https": 443, "tls": 443}.get(parts.scheme, 0)
    return {"id": f"ep_{number}", "url": url, "public_url": url, "proto": parts.scheme, "scheme": parts.scheme, "host": parts.hostname,
            "port": port, "hostport": f"{parts.hostname}:{port}", "bindings": ["kubernetes"], "type": "cloud", "created_at": UNSET} | fields


class Machine:
    def __init__(self, identity, said):
        self.id, self.certificate, self.serials = identity, None, set()
        self.said = {key: value for key, value in said.items() if key != "binding"}
        self.selectors = None

    def change(self, said, certificate):
        self.said |= {key: value for key, value in said.items() if key != "binding"}
        self.selectors = said.get("binding", {}).get("endpoint_selectors", self.selectors)
        self.certificate = certificate or self.certificate
        self.serials |= {certificate.serial_number} if certificate else set()

    def certificate_as_json(self):
        if not self.certificate:
            return {"cert": "", "not_before": UNSET, "not_after": UNSET}
        return {"cert": pem(self.certificate), "not_before": self.certificate.not_valid_before.strftime(STAMP),
                "not_after": self.certificate.not_valid_after.strftime(STAMP)}


class FakeOperator:
    """`with FakeOperator(authority) as operator:` — `operator.url` is the account's API; what is public may be set while it runs."""

    def __init__(self, authority, key=KEY, port=0):
        self.authority, self.key = authority, key
        self.lifetime, self.since = 90 * 24 * 3600, 0
        self.ingress = None          # of every machine; None: absent
        self.next_host = None        # where lists go on; None: here
        self.keeps_old = False       # certificates that were renewed stay good, as they do at the real one
        self.machines, self.endpoints, self.faults, self.log = {}, [], [], []
        self.lock, self.numbers, self.endpoint_numbers = threading.RLock(), itertools.count(1), itertools.count(1)
        self.changed = threading.Condition(self.lock)
        self.over = threading.Event()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Questions)
        self.server.daemon_threads, self.server.owner = True, self
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})

    # what tests do

    def bind(self, *urls, **fields):
        """Endpoints that are there from now on; their ids."""
        with self.lock:
            made = [endpoint(next(self.endpoint_numbers), url, **fields) for url in urls]
            self.endpoints = made[::-1] + self.endpoints
            return [one["id"] for one in made]

    def unbind(self, *urls):
        with self.lock:
            self.endpoints = [one for one in self.endpoints if one["url"] not in urls]

    def fail(self, on, kind, times=1, **more):
        with self.lock:
            self.faults.append(Fault(on, kind, times, **more))

    def forget(self):
        """All machines, as in the account's dashboard."""
        with self.lock:
            self.machines.clear()

    def count(self, what=""):
        """Questions so far in whose "METHOD /path?query" it stands."""
        with self.lock:
            return sum(what in entry["line"] for entry in self.log)

    def wait(self, what, n=1, seconds=15):
        """Until `n` more such questions have been answered."""
        with self.changed:
            wanted = self.count(what) + n
            assert self.changed.wait_for(lambda: self.count(what) >= wanted, seconds), f"no {what} within {seconds} s"

    def wait_until(self, condition, seconds=15):
        """Until it is so, looked at after each question and each poke()."""
        with self.changed:
            assert self.changed.wait_for(condition, seconds), f"not within {seconds} s; the last question: {self.log[-1:]}"

    def poke(self):
        with self.changed:
            self.changed.notify_all()

    def times(self, what):
        """When such questions came, in seconds of a clock that only goes on."""
        with self.lock:
            return [entry["at"] for entry in self.log if what in entry["line"]]

    def find(self, host, port):
        """The endpoint there; None."""
        with self.lock:
            return next((one for one in self.endpoints if (one["host"], one["port"]) == (host, port)), None)

    def is_live(self, serial):
        """Is there a machine whose newest certificate has it, or, where old ones stay good until they end, any?"""
        with self.lock:
            if self.keeps_old:
                return any(serial in one.serials for one in self.machines.values())
            return any(one.certificate and one.certificate.serial_number == serial for one in self.machines.values())

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    # what the account does

    def as_json(self, machine, fault):
        certificate = Machine("", {}).certificate_as_json() if fault and fault.kind == "no-certificate" else machine.certificate_as_json()
        binding = {"cert": certificate, "endpoint_selectors": machine.selectors}
        if self.ingress:
            binding["ingress_endpoint"] = self.ingress
        return machine.said | {"id": machine.id, "uri": f"{self.url}{MACHINES}/{machine.id}", "created_at": UNSET, "updated_at": UNSET,
                               "principal": {"id": "usr_1", "uri": ""}, "binding": binding, "field_of_next_year": {"x": [1]}}

    def certify(self, said):
        request = said.get("binding", {}).get("csr")
        return self.authority.sign_request(request, self.since, self.lifetime) if request else None

    def register(self, said, fault):
        if "bindings" not in said.get("enabled_features", ()):
            raise refusal(400, "ERR_NGROK_19002", "the feature is not enabled")
        if not said.get("binding", {}).get("csr"):
            raise refusal(400, "ERR_NGROK_19002", "no request for a certificate")
        certificate = self.certify(said)
        machine = Machine(f"k8sop_{next(self.numbers)}", said)
        machine.change(said, certificate)
        self.machines[machine.id] = machine
        return Answer(201, self.as_json(machine, fault))

    def page(self, name, path, items, query):
        """`items` newest first, of which the query says how many, and after which."""
        limit = max(1, min(int(query.get("limit", PAGE)), PAGE))
        before = query.get("before_id")
        known = [item["id"] for item in items]
        start = known.index(before) + 1 if before in known else 0
        shown, more = items[start:start + limit], start + limit < len(items)
        place = self.next_host or self.url
        following = f"{place}{path}?limit={limit}&before_id={shown[-1]['id']}" if more or (self.next_host and shown) else None
        return Answer(200, {name: shown, "uri": f"{self.url}{path}", "next_page_uri": following})

    def of_machine(self, method, machine, said, fault):
        if method == "GET":
            return Answer(200, self.as_json(machine, fault))
        if method == "PATCH":
            machine.change(said, self.certify(said))
            return Answer(200, self.as_json(machine, fault))
        if method == "DELETE":
            del self.machines[machine.id]
            return Answer(204)
        raise refusal(405)

    def route(self, method, path, query, said, fault):
        empty = fault and fault.kind == "empty-list"
        if path == "/endpoints" and method == "GET":
            return self.page("endpoints", path, [] if empty else self.endpoints, query)
        if path == MACHINES and method == "POST":
            return self.register(said, fault)
        if path == MACHINES and method == "GET":
            return self.page("operators", path, [self.as_json(one, fault) for one in reversed(self.machines.values())], query)
        identity, _, rest = path.removeprefix(f"{MACHINES}/").partition("/")
        machine = self.machines.get(identity)
        if not machine or rest not in ("", "bound_endpoints"):
            raise refusal(404, text=f"there is no {path}")
        if not rest:
            return self.of_machine(method, machine, said, fault)
        chosen = [one for one in self.endpoints if is_selected(one, machine.selectors or [])]
        return self.page("endpoints", path, [] if empty else chosen, query)

    def check(self, headers, body):
        if headers.get("Ngrok-Version") != "2":
            raise refusal(400, "ERR_NGROK_217" if headers.get("Ngrok-Version") else "ERR_NGROK_218")
        if headers.get("Authorization") != f"Bearer {self.key}":
            raise refusal(401)
        if body and headers.get_content_type() != "application/json":
            raise refusal(400, "ERR_NGROK_400", "the body is no JSON")

    def take_fault(self, line):
        for fault in self.faults:
            if fault.times and fault.on in line:
                fault.times -= 1
                return fault
        return None

    def answer(self, method, target, headers, body):
        """The answer, and the fault that it is to have."""
        parts = urllib.parse.urlsplit(target)
        line, query = f"{method} {target}", dict(urllib.parse.parse_qsl(parts.query))
        with self.changed:
            fault = self.take_fault(line)
            self.log.append({"line": line, "path": parts.path, "query": query, "headers": dict(headers), "body": body.decode(),
                             "at": time.monotonic()})
            try:
                self.check(headers, body)
                if fault and fault.kind == "status":
                    raise refusal(fault.status, retry_after=fault.retry_after)
                if fault and fault.kind == "drop":
                    return None, fault
                return self.route(method, parts.path, query, json.loads(body or b"{}"), fault), fault
            except Refused as why:
                return refusal(400, str(why), "the request for a certificate is refused"), fault
            except ValueError:
                return refusal(400, "ERR_NGROK_400", "the body is no JSON"), fault
            except Answer as answer:
                return answer, fault
            finally:
                self.changed.notify_all()


class Questions(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer, fault = self.server.owner.answer(self.command, self.path, self.headers, body)
        kind = fault.kind if fault else None
        if kind in ("drop", "lost"):
            self.close_connection = True
            return
        if kind == "delay":
            self.server.owner.over.wait(fault.seconds)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.write(answer, kind)

    do_GET = do_POST = do_PATCH = do_DELETE = serve

    def write(self, answer, kind):
        text = b"" if answer.body is None else json.dumps(answer.body).encode()
        text = {"malformed": b'{"endpoints": [', "empty": b""}.get(kind, text)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if kind == "truncated":
            text, self.close_connection = text[:len(text) // 2], True
        self.wfile.write(text)

    def log_message(self, *_):
        pass
