# SPDX-License-Identifier: LGPL-2.1-or-later
"""The ingress of an account, on loopback: TLS that asks for a machine's certificate, one frame each way, and then whatever an endpoint is.
A thread for each connection; what came is in `log`."""

import contextlib
import dataclasses
import socket
import ssl
import struct
import threading
import time

from cryptography import x509

from . import ingress_frame
from .fake_origin import ORIGINS

HELLO_S = 10
SERVER_NAME, ALPN = 0, 16
EXTENSION = struct.Struct("!HH")
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
BY_LENGTH = {"length-zero": b"\x00\x00", "length-too-large": b"\x40\x00\x0a\x04ep_1", "garbage": b"\x05\x00\xff\xff\xff\xff\xff"}


@dataclasses.dataclass
class Fault:
    """What the next `times` connections get.

    `kind`: `hang` (after TCP), `hang-in-handshake`, `close-after-handshake`, `close-after-request`, `silent` (no answer to the request), `split`
    (the answer byte by byte), `together` (the answer and the first bytes in one record), `length-zero`, `length-too-large`, `garbage`,
    `unknown-fields`, `notices`, `error` (with `code` and `message`, each may be empty), `reset` (in the middle of the bytes), or what the
    ingress shows: `expired`, `wrong-name`, `foreign`, `no-intermediate`."""
    kind: str
    times: int = 1
    code: str = "ERR_TEST_1"
    message: str = "no such endpoint"


def extensions(hello):
    """Of a whole ClientHello with its record's head (RFC 8446, 4.1.2): {type: bytes}."""
    at = 5 + 4 + 2 + 32
    at += 1 + hello[at]
    at += 2 + int.from_bytes(hello[at:at + 2], "big")
    at += 1 + hello[at]
    end, at, found = at + 2 + int.from_bytes(hello[at:at + 2], "big"), at + 2, {}
    while at + EXTENSION.size <= end:
        kind, size = EXTENSION.unpack_from(hello, at)
        found[kind] = hello[at + EXTENSION.size:at + EXTENSION.size + size]
        at += EXTENSION.size + size
    return found


def peek_hello(sock):
    """The first record without taking it; b"" where none comes."""
    end = time.monotonic() + HELLO_S
    wanted = 5
    while time.monotonic() < end:
        seen = sock.recv(wanted, socket.MSG_PEEK | socket.MSG_WAITALL)
        if len(seen) < 5 or len(seen) < wanted:
            return b""
        if wanted > 5:
            return seen
        wanted = 5 + int.from_bytes(seen[3:5], "big")
    return b""


class FakeIngress:
    """`with FakeIngress(authority, operator) as ingress:` — `ingress.address` is HOST:PORT. `origins` says what is behind an endpoint, by
    (host, port); others are `echo`. See fake_origin."""

    def __init__(self, authority, operator, port=0):
        self.authority, self.operator = authority, operator
        self.origins, self.faults, self.log = {}, [], []
        self.limit, self.kill_idle_s = None, None  # connections at once; how long one may wait with its request
        self.open, self.idle, self.most_open, self.most_idle, self.refused = 0, 0, 0, 0, 0
        self.condition = threading.Condition()
        self.contexts, self.connections, self.listener = {}, set(), None
        self.port, self.is_over = port, False
        self.threads = []

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def context(self, kind="good"):
        """One for each kind of certificate, so that sessions are resumed."""
        if kind not in self.contexts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.authority.ingress_files(kind))
            context.load_verify_locations(self.authority.path("clients"))
            context.verify_mode = ssl.CERT_REQUIRED
            self.contexts[kind] = context
        return self.contexts[kind]

    # what tests do

    def fail(self, kind, times=1, **more):
        with self.condition:
            self.faults.append(Fault(kind, times, **more))

    def pause(self):
        """TCP is refused from here on; connections that are there stay."""
        listener, self.listener = self.listener, None
        if listener:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def resume(self):
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=512)
        self.port = self.listener.getsockname()[1]
        thread = threading.Thread(target=self.accept, args=(self.listener,), daemon=True)
        self.threads.append(thread)
        thread.start()

    def wait(self, condition, seconds=15):
        """Until `condition(self)`."""
        with self.condition:
            assert self.condition.wait_for(lambda: condition(self), seconds), f"not within {seconds} s: {self.log[-3:]}"

    def requests(self):
        """(host, port) of every one so far."""
        with self.condition:
            return [(entry["request"]["host"], entry["request"]["port"]) for entry in self.log if entry.get("request")]

    def full_handshakes(self):
        with self.condition:
            return sum(entry.get("resumed") is False for entry in self.log)

    def cut(self):
        """All connections, at once."""
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self):
        self.resume()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.pause()
        self.cut()
        for thread in self.threads:
            thread.join(10)

    # what the ingress does

    def accept(self, listener):
        while not self.is_over:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            with self.condition:
                is_full = self.limit is not None and self.open >= self.limit
                self.refused += is_full
            if is_full:
                sock.close()
                continue
            thread = threading.Thread(target=self.serve, args=(sock,), daemon=True)
            self.threads = [one for one in self.threads if one.is_alive()] + [thread]
            thread.start()

    def take_fault(self):
        with self.condition:
            for fault in self.faults:
                if fault.times:
                    fault.times -= 1
                    return fault
        return Fault("none", 0)

    @contextlib.contextmanager
    def counted(self, what):
        with self.condition:
            setattr(self, what, getattr(self, what) + 1)
            setattr(self, f"most_{what}", max(getattr(self, f"most_{what}"), getattr(self, what)))
            self.condition.notify_all()
        try:
            yield
        finally:
            with self.condition:
                setattr(self, what, getattr(self, what) - 1)
                self.condition.notify_all()

    def note(self, entry, **fields):
        with self.condition:
            entry |= fields
            self.condition.notify_all()

    def serve(self, sock):
        entry, fault = {"at": time.monotonic()}, self.take_fault()
        with self.condition:
            self.log.append(entry)
        self.connections.add(sock)
        try:
            with self.counted("open"), sock:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.talk(sock, entry, fault)
        except (OSError, ValueError, ingress_frame.Broken) as why:
            self.note(entry, error=f"{type(why).__name__}: {why}")
        finally:
            self.connections.discard(sock)
            self.note(entry, ended=True)

    def wait_for_the_end(self, sock):
        """Of the other side, or ours."""
        sock.settimeout(60)
        while sock.recv(65536):
            pass

    def talk(self, sock, entry, fault):
        if fault.kind == "hang":
            self.wait_for_the_end(sock)
            return
        sock.settimeout(HELLO_S)
        self.read_hello(sock, entry)
        if fault.kind == "hang-in-handshake":
            self.wait_for_the_end(sock)
            return
        kind = fault.kind if fault.kind in ("expired", "wrong-name", "foreign", "no-intermediate") else "good"
        with self.context(kind).wrap_socket(sock, server_side=True, suppress_ragged_eofs=True) as line:
            self.connections.add(line)
            try:
                self.welcome(line, entry, fault)
            finally:
                self.connections.discard(line)

    def read_hello(self, sock, entry):
        hello = peek_hello(sock)
        found = extensions(hello) if hello else {}
        name = found.get(SERVER_NAME)
        self.note(entry, server_name=name[5:].decode() if name else None, alpn=ALPN in found)

    def welcome(self, line, entry, fault):
        certificate = x509.load_der_x509_certificate(line.getpeercert(binary_form=True))
        serial = certificate.serial_number
        self.note(entry, serial=serial, version=line.version(), resumed=line.session_reused)
        if fault.kind == "close-after-handshake" or not self.operator.is_live(serial):
            self.note(entry, refused=True)
            return
        request = self.read_request(line)
        self.note(entry, request=request)
        if fault.kind == "silent":
            self.wait_for_the_end(line)
        elif fault.kind != "close-after-request":
            self.answer(line, request, fault)

    def read_request(self, line):
        line.settimeout(self.kill_idle_s or 60)
        with self.counted("idle"):
            head = read_exactly(line, ingress_frame.HEAD.size)
            line.settimeout(HELLO_S)
            return ingress_frame.decode_request(read_exactly(line, ingress_frame.HEAD.unpack(head)[0]))

    def response(self, request, fault):
        found = self.operator.find(request["host"], request["port"])
        if fault.kind == "error":
            return None, ingress_frame.response(error_code=fault.code, error_message=fault.message)
        if not found:
            return None, ingress_frame.response(error_code="ERR_NGROK_3200", error_message="the endpoint is offline")
        notices = ["deprecated"] if fault.kind == "notices" else []
        extra = ingress_frame.field(99, "next year") + ingress_frame.field(98, 7) if fault.kind == "unknown-fields" else b""
        return found, ingress_frame.response(found["id"], found["proto"], notices=notices, extra=extra)

    def answer(self, line, request, fault):
        found, frame = self.response(request, fault)
        line.settimeout(60)
        if fault.kind in BY_LENGTH:
            line.sendall(BY_LENGTH[fault.kind])
            found = found if fault.kind == "length-zero" else None
        elif fault.kind == "split":
            for byte in frame:
                line.sendall(bytes([byte]))
        elif fault.kind == "together":
            line.sendall(frame + b"first bytes\n")
        else:
            line.sendall(frame)
        if not found:
            end(line)
        elif fault.kind == "reset":
            line.sendall(b"half of the")
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        else:
            ORIGINS[self.origin_of(request)[0]](line, *self.origin_of(request)[1:])
            end(line)

    def origin_of(self, request):
        origin = self.origins.get((request["host"], request["port"]), "echo")
        return (origin,) if isinstance(origin, str) else origin


def read_exactly(line, size):
    data = b""
    while len(data) < size:
        more = line.recv(size - len(data))
        if not more:
            raise ValueError(f"{size - len(data)} bytes are missing")
        data += more
    return data


def end(line):
    """Says that nothing more comes, and reads on until the other side says so too."""
    with contextlib.suppress(OSError, ValueError):
        line.settimeout(10)
        line.unwrap()
