# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cloudflare as bamgatectl sees it: the REST API as far as Workers need it, with its envelope, codes and rules, and the edge, where
what was uploaded really runs, in workerd. What the API refuses is refused here; what it lets pass quietly (a secret that an upload
leaves out) passes. Everything is on loopback: which of both is meant is told by the Host header."""

import contextlib
import email.message
import http.server
import json
import os
import re
import secrets
import select
import shutil
import socket
import ssl
import subprocess
import threading
import urllib.parse

from .workerd import runtime

API = "api.cloudflare.com"
EDIT, READ = "Workers Scripts: Edit", "Account Settings: Read"
MODULE_TYPES = {"application/javascript+module": "esModule", "application/wasm": "wasm", "text/plain": "text",
                "application/octet-stream": "data"}
START_TIMEOUT = 20
GO_ON = object()
CHUNK = 65536


class Refusal(Exception):
    """An answer that is no success."""

    def __init__(self, status, code, message, **headers):
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers


def invalid(message):
    return Refusal(400, 10021, message)


def missing_script():
    return Refusal(404, 10007, "This Worker does not exist on your account.")


# --- The form of an upload ---

def parse_form(content_type, body):
    """{name: (headers, content)}, as strictly as RFC 7578 says it."""
    message = email.message.Message()
    message["Content-Type"] = content_type or ""
    if message.get_content_type() != "multipart/form-data" or not message.get_param("boundary"):
        raise invalid("the body is no multipart/form-data")
    mark = b"--" + message.get_param("boundary").encode()
    first, *parts = (b"\r\n" + body).split(b"\r\n" + mark)
    if first != b"" or not parts or parts.pop() not in (b"--\r\n", b"--"):
        raise invalid("the parts are not held together by the boundary")
    found = {}
    for part in parts:
        if not part.startswith(b"\r\n") or b"\r\n\r\n" not in part:
            raise invalid("a part has no headers")
        head, _, content = part[2:].partition(b"\r\n\r\n")
        headers = email.message_from_bytes(head)
        name = headers.get_param("name", header="Content-Disposition")
        if headers.get_content_disposition() != "form-data" or not name or name in found:
            raise invalid("a part has no name of its own")
        found[name] = (headers, content)
    return found


# --- What is uploaded ---

def exports(source, name):
    """Does the main module export this class?"""
    return re.search(rf"export\s+(?:default\s+)?class\s+{name}\b|export\s*{{[^}}]*\b{name}\b[^}}]*}}", source) is not None


class Upload:
    """A version of a script, judged against the one before (None: there is none)."""

    def __init__(self, form, before, strict):
        self.before = before
        if "metadata" not in form or form["metadata"][0].get_content_type() != "application/json":
            raise invalid("there is no part “metadata” of type application/json")
        try:
            self.metadata = json.loads(form["metadata"][1])
        except ValueError as error:
            raise invalid("metadata: not valid JSON") from error
        self.modules = {name: self.module(name, *part) for name, part in form.items() if name != "metadata"}
        self.main = self.metadata.get("main_module")
        if self.main not in self.modules or self.modules[self.main][0] != "esModule":
            raise invalid(f"No such module “{self.main}”: main_module")
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", self.metadata.get("compatibility_date", "")):
            raise invalid("Invalid compatibility date")
        self.tag, self.classes = before.migrated() if before else ("", {})
        self.migrate(self.metadata.get("migrations"))
        self.check_classes()
        self.bindings = {}
        for binding in self.metadata.get("bindings", []):
            self.bind(binding, strict)
        self.keep_bindings(self.metadata.get("keep_bindings", []))

    def migrated(self):
        return self.tag, dict(self.classes)

    @staticmethod
    def module(name, headers, content):
        kind = MODULE_TYPES.get(headers.get("Content-Type", ""))
        if kind is None or headers.get_filename() != name or not re.fullmatch(r"[\w.-]+", name):
            raise invalid(f"Unsupported module “{name}” of type “{headers.get('Content-Type')}”")
        return kind, content

    def source(self):
        return self.modules[self.main][1].decode()

    def migrate(self, migrations):
        if migrations is None:
            return
        if not isinstance(migrations, dict):
            raise invalid("json: cannot unmarshal array into Go struct field .migrations of type ActorMigrations")
        old = migrations.get("old_tag", "")
        if old != self.tag:
            raise Refusal(412, 10079, f"Actor migration tag precondition failed, got tag '{old}' when expected tag is "
                                      f"'{self.tag}'. Please make sure the tags match and try again.")
        for step in migrations.get("steps", [migrations]):
            self.apply(step)
        self.tag = migrations["new_tag"]

    def apply(self, step):
        known = {"new_sqlite_classes": "sqlite", "new_classes": "key-value"}
        if set(step) - set(known) - {"old_tag", "new_tag", "steps"}:
            raise invalid(f"a step of a migration has {sorted(step)}")
        for kind, storage in known.items():
            for name in step.get(kind, []):
                if name in self.classes:
                    raise Refusal(400, 10074, f"Cannot apply {kind[:-2].replace('_', '-')} migration to class '{name}' that is "
                                              "already depended on by existing Durable Objects")
                if not exports(self.source(), name):
                    raise Refusal(400, 10070, f"Cannot apply {kind[:-2].replace('_', '-')} migration to class '{name}' that is "
                                              "not exported by script")
                self.classes[name] = storage

    def check_classes(self):
        for name in self.classes:
            if not exports(self.source(), name):
                raise Refusal(400, 10064, f"New version of script does not export class '{name}' which is depended on by "
                                          "existing Durable Objects.")

    def bind(self, binding, strict):
        kind, name = binding.get("type"), binding.get("name")
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_$][\w$]*", name) or name in self.bindings:
            raise invalid(f"Binding name '{name}' already in use, or no name")
        if kind == "inherit":
            if self.before and name in self.before.bindings:
                self.bindings[name] = self.before.bindings[name]
            elif strict:
                raise invalid(f"binding '{name}' cannot be inherited: the previous version has none of this name")
            return
        if kind in ("plain_text", "secret_text") and not isinstance(binding.get("text"), str):
            raise invalid(f"invalid or missing text property for binding {name}")
        if kind == "durable_object_namespace" and binding.get("class_name") not in self.classes:
            raise Refusal(400, 10061, f"Cannot create binding for class '{binding.get('class_name')}' because it is not currently "
                                      "configured to implement Durable Objects.")
        if kind not in ("plain_text", "secret_text", "durable_object_namespace"):
            raise invalid(f"unknown binding type '{kind}'")
        self.bindings[name] = binding

    def keep_bindings(self, kinds):
        for name, binding in (self.before.bindings if self.before else {}).items():
            if binding["type"] in kinds:
                self.bindings.setdefault(name, binding)


# --- Where it runs ---

def quoted(text):
    return json.dumps(text, ensure_ascii=True)


def configuration(upload):
    """For workerd, what the upload says to Cloudflare."""
    names = [upload.main, *sorted(set(upload.modules) - {upload.main})]
    modules = ",\n".join(f'(name = {quoted(name)}, {upload.modules[name][0]} = embed {quoted(name)})' for name in names)
    flags = ", ".join(map(quoted, upload.metadata.get("compatibility_flags", [])))
    objects = ", ".join(f'(className = {quoted(name)}, uniqueKey = {quoted("key-" + name)}, '
                        f'enableSql = {str(storage == "sqlite").lower()})' for name, storage in upload.classes.items())
    bindings = ", ".join(
        f'(name = {quoted(name)}, durableObjectNamespace = {quoted(binding["class_name"])})'
        if binding["type"] == "durable_object_namespace" else f'(name = {quoted(name)}, text = {quoted(binding["text"])})'
        for name, binding in upload.bindings.items())
    return f"""using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ (name = "worker", worker = .worker), (name = "state", disk = (writable = true)) ],
  sockets = [ (name = "http", http = (), service = "worker") ]);
const worker :Workerd.Worker = (
  compatibilityDate = {quoted(upload.metadata["compatibility_date"])}, compatibilityFlags = [{flags}],
  modules = [{modules}],
  durableObjectNamespaces = [{objects}], durableObjectStorage = (localDisk = "state"), bindings = [{bindings}]);
"""


class Script:
    """A Worker of an account, running."""

    def __init__(self, directory):
        self.directory = directory
        self.upload, self.is_public, self.process, self.port, self.versions = None, False, None, None, 0
        self.state = directory / "state"
        self.state.mkdir(parents=True)

    def take(self, upload):
        """Runs it in place of the one before; where it does not start, that goes on."""
        self.versions += 1
        folder = self.directory / f"version-{self.versions}"
        folder.mkdir()
        for name, (_, content) in upload.modules.items():
            (folder / name).write_bytes(content)
        (folder / "config.capnp").write_text(configuration(upload), encoding="ascii")
        before = self.process
        if before:
            self.stop()
        process, port = self.start(folder)
        if process is None:
            raise invalid((folder / "log").read_text()[-2000:])
        self.process, self.port, self.upload = process, port, upload

    def start(self, folder):
        reading, writing = os.pipe()
        with open(folder / "log", "wb") as log:
            process = subprocess.Popen([runtime(), "serve", folder / "config.capnp", "--experimental", "--socket-addr=http=127.0.0.1:0",
                                        f"--directory-path=state={self.state}", f"--control-fd={writing}"],
                                       pass_fds=[writing], stdout=log, stderr=log)
        os.close(writing)
        with open(reading, encoding="utf-8") as pipe:
            line = pipe.readline() if select.select([pipe], [], [], START_TIMEOUT)[0] else ""
        if line:
            return process, json.loads(line)["port"]
        process.kill()
        process.wait(10)
        return None, None

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def remove(self):
        self.stop()
        shutil.rmtree(self.directory)


class Account:
    def __init__(self, name, subdomain="example"):
        self.name, self.subdomain, self.scripts = name, subdomain, {}


class Token:
    """Of a person, or of the account `owner`, which alone knows it then."""

    def __init__(self, accounts, rights=(EDIT, READ), status="active", owner=None):
        self.accounts, self.rights, self.status, self.owner = accounts, set(rights), status, owner


class Fault:
    """Something that happens `when` ("before" or "after") a call is performed: a status, "drop", or a function, after which the line
    breaks, unless it says GO_ON. `times` it happens, then no more."""

    def __init__(self, method, path, when, what, times=1, headers=None):
        self.method, self.path, self.when, self.what, self.times = method, re.compile(path), when, what, times
        self.headers = headers or {}

    def takes(self, method, path, when):
        if not self.times or self.when != when or self.method != method or not self.path.fullmatch(path):
            return False
        self.times -= 1
        return True


class Dropped(Exception):
    pass


class Cloudflare:
    """`with Cloudflare(directory) as cloudflare:`; its address is `url`."""

    def __init__(self, directory, certificate=None):
        self.directory = directory
        self.accounts, self.tokens, self.faults, self.calls = {}, {}, [], []
        self.edge_lag = 0  # requests that a name is still unknown for
        self.lock = threading.RLock()
        self.servers, self.threads = [], []
        self.port = self.listen("127.0.0.1", 0, certificate)
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.port}"

    def listen(self, address, port, certificate=None):
        """Before it is entered: Workers are reached here too, as from elsewhere. The port."""
        server = http.server.ThreadingHTTPServer((address, port), self.handler())
        server.daemon_threads = True
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        self.servers.append(server)
        return server.server_address[1]

    def __enter__(self):
        for server in self.servers:
            self.threads.append(threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}))
            self.threads[-1].start()
        return self

    def __exit__(self, *_):
        for server, thread in zip(self.servers, self.threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()
        for account in self.accounts.values():
            for script in account.scripts.values():
                script.stop()

    def add_account(self, name, **options):
        identity = secrets.token_hex(16)
        self.accounts[identity] = Account(name, **options)
        return identity

    def add_token(self, accounts, **options):
        text = secrets.token_urlsafe(30)
        self.tokens[text] = Token(accounts, **options)
        return text

    # --- The API ---

    def routes(self):
        script = r"/accounts/(?P<account>[0-9a-f]{32})/workers/scripts/(?P<name>[a-z0-9_-]{1,63})"
        return [
            ("GET", r"/user/tokens/verify", None, self.verify),
            ("GET", r"/accounts/(?P<account>[0-9a-f]{32})/tokens/verify", None, self.verify),
            ("GET", r"/accounts", READ, self.list_accounts),
            ("GET", r"/accounts/(?P<account>[0-9a-f]{32})/workers/subdomain", EDIT, self.subdomain),
            ("GET", r"/accounts/(?P<account>[0-9a-f]{32})/workers/scripts", EDIT, self.list_scripts),
            ("GET", script + "/settings", EDIT, self.settings),
            ("GET", script + "/subdomain", EDIT, self.publicity),
            ("POST", script + "/subdomain", EDIT, self.publish),
            ("PUT", script, EDIT, self.put),
            ("DELETE", script, EDIT, self.delete),
        ]

    def perform(self, method, target, headers, body):
        url = urllib.parse.urlsplit(target)
        path = url.path.removeprefix("/client/v4")
        query = dict(urllib.parse.parse_qsl(url.query))
        with self.lock:
            self.calls.append((method, path))
            self.meet_fault(method, path, "before")
            answer = self.answer(method, path, query, headers, body)
            self.meet_fault(method, path, "after")
            return answer

    def meet_fault(self, method, path, when):
        fault = next((fault for fault in self.faults if fault.takes(method, path, when)), None)
        if fault is None:
            return
        if callable(fault.what) and fault.what() is GO_ON:
            return
        if fault.what == 429:
            raise Refusal(429, 10429, "Too many requests", **fault.headers)
        if isinstance(fault.what, int):
            raise Refusal(fault.what, 10013, "workers.api.error.unknown", **fault.headers)
        raise Dropped

    def answer(self, method, path, query, headers, body):
        for wanted, pattern, right, perform in self.routes():
            found = re.fullmatch(pattern, path)
            if not found or wanted != method:
                continue
            fields = found.groupdict()
            token = self.authenticate(headers, right, path, fields.get("account"))
            return perform(token=token, query=query, headers=headers, body=body, **fields)
        raise Refusal(404, 7003, f"Could not route to {path}, perhaps your object identifier is invalid?")

    def authenticate(self, headers, right, path, account):
        kind, _, text = headers.get("Authorization", "").partition(" ")
        if kind != "Bearer" or not re.fullmatch(r"[\w-]{16,}", text):
            raise Refusal(400, 6003, "Invalid request headers")
        token = self.tokens.get(text)
        if path.endswith("/tokens/verify"):
            if token is None or token.owner != account:
                raise Refusal(401, 1000, "Invalid API Token")
            return token
        if token is None or token.status != "active":
            raise Refusal(403, 9109, "Invalid access token") if path == "/accounts" else Refusal(403, 10000, "Authentication error")
        if (account and (right not in token.rights or account not in token.accounts)):
            raise Refusal(403, 10000, "Authentication error")
        return token

    @staticmethod
    def verify(token, **_):
        return {"id": "f" * 32, "status": token.status}

    def list_accounts(self, token, query, **_):
        """Whom a token may not see is not there."""
        listed = [{"id": identity, "name": account.name, "type": "standard"} for identity, account in self.accounts.items()
                  if identity in token.accounts and READ in token.rights]
        size, page = int(query.get("per_page", 20)), int(query.get("page", 1))
        pages = max(1, -(-len(listed) // size))
        return Paged(listed[(page - 1) * size:page * size],
                     {"page": page, "per_page": size, "total_pages": pages, "total_count": len(listed)})

    def subdomain(self, account, **_):
        if not self.accounts[account].subdomain:
            raise missing_script()
        return {"subdomain": self.accounts[account].subdomain}

    def list_scripts(self, account, **_):
        return [{"id": name, "etag": "0" * 64, "handlers": ["fetch"], "compatibility_date": script.upload.metadata["compatibility_date"],
                 **({"migration_tag": script.upload.tag} if script.upload.tag else {})}
                for name, script in self.accounts[account].scripts.items()]

    def script(self, account, name):
        try:
            return self.accounts[account].scripts[name]
        except KeyError:
            raise missing_script() from None

    def settings(self, account, name, **_):
        upload = self.script(account, name).upload
        return {"bindings": [{key: value for key, value in binding.items() if key != "text" or binding["type"] != "secret_text"}
                             for binding in upload.bindings.values()],
                "compatibility_date": upload.metadata["compatibility_date"], "tags": []}

    def publicity(self, account, name, **_):
        return {"enabled": self.script(account, name).is_public, "previews_enabled": False}

    def publish(self, account, name, headers, body, **_):
        if headers.get_content_type() != "application/json" or not isinstance(json.loads(body).get("enabled"), bool):
            raise Refusal(400, 10026, "Could not parse request body")
        script = self.script(account, name)
        if not self.accounts[account].subdomain:
            raise Refusal(400, 10063, "You need a workers.dev subdomain in order to proceed.")
        script.is_public = json.loads(body)["enabled"]
        return {"enabled": script.is_public, "previews_enabled": False}

    def put(self, account, name, query, headers, body, **_):
        scripts = self.accounts[account].scripts
        script = scripts.get(name)
        upload = Upload(parse_form(headers.get("Content-Type"), body), script and script.upload,
                        query.get("bindings_inherit") == "strict")
        if script is None:
            script = Script(self.directory / account / f"{name}-{secrets.token_hex(4)}")
        script.take(upload)
        scripts[name] = script
        return {"id": name, "etag": "0" * 64, "startup_time_ms": 5, "migration_tag": upload.tag}

    def delete(self, account, name, **_):
        self.script(account, name).remove()
        del self.accounts[account].scripts[name]

    # --- The edge ---

    def find_public(self, host):
        """The port of who answers at this name; None: nobody."""
        with self.lock:
            for account in self.accounts.values():
                for name, script in account.scripts.items():
                    if host == f"{name}.{account.subdomain}.workers.dev" and script.is_public:
                        if self.edge_lag:
                            self.edge_lag -= 1
                            return None
                        return script.port
        return None

    def handler(cloudflare):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                """It says nothing."""

            def serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                host = self.headers.get("Host", "").partition(":")[0]
                if host == API:
                    self.serve_api(body)
                else:
                    self.serve_edge(host, body)

            def serve_api(self, body):
                try:
                    result = cloudflare.perform(self.command, self.path, self.headers, body)
                except Dropped:
                    self.close_connection = True
                    return
                except Refusal as refusal:
                    self.say(refusal.status, {"result": None, "success": False, "messages": [],
                                              "errors": [{"code": refusal.code, "message": refusal.message}]}, refusal.headers)
                    return
                envelope = {"result": result, "success": True, "errors": [], "messages": []}
                if isinstance(result, Paged):
                    envelope |= {"result": result.rows, "result_info": result.info}
                self.say(200, envelope, {})

            def say(self, status, envelope, headers):
                text = json.dumps(envelope).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(text)

            def serve_edge(self, host, body):
                self.close_connection = True
                port = cloudflare.find_public(host)
                if port is None:
                    self.send_error(404, "There is nothing here yet")
                    return
                with socket.create_connection(("127.0.0.1", port)) as worker:
                    worker.sendall(self.head(host) + body)
                    splice(self.connection, worker)

            def head(self, host):
                lines = [f"{self.command} {self.path} HTTP/1.1", f"CF-Connecting-IP: {self.client_address[0]}", f"Host: {host}"]
                lines += [f"{name}: {value}" for name, value in self.headers.items()
                          if name.lower() not in ("cf-connecting-ip", "host", "connection")]
                is_upgrade = "upgrade" in self.headers
                return "\r\n".join([*lines, f"Connection: {'Upgrade' if is_upgrade else 'close'}", "", ""]).encode("latin-1")

            do_GET = do_PUT = do_POST = do_DELETE = serve  # noqa: N815

        return Handler


class Paged:
    def __init__(self, rows, info):
        self.rows, self.info = rows, info


def splice(one, other):
    """Both ways, until one of them ends."""
    with contextlib.suppress(OSError):
        while True:
            for source in select.select([one, other], [], [])[0]:
                data = source.recv(CHUNK)
                if not data:
                    return
                (other if source is one else one).sendall(data)


def serve_one_account(directory):
    """As a program of its own: says in a line of JSON where it is and with which API token, and stays."""
    with Cloudflare(directory) as cloudflare:
        token = cloudflare.add_token([cloudflare.add_account("Personal")])
        print(json.dumps({"url": cloudflare.url, "token": token}), flush=True)
        threading.Event().wait()
