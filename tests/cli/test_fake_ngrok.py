# SPDX-License-Identifier: LGPL-2.1-or-later
"""The account that other tests take for the real one: what it must refuse it refuses, and what it is told to do wrong it does wrong."""

import json
import os
import socket
import ssl
import time
import urllib.error
import urllib.request

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lab import ingress_frame
from lab.fake_authority import key_pem, pem
from lab.fake_ngrok import fake_ngrok
from lab.fake_operator import MACHINES
from lab.fake_origin import BANNER, PATTERN

VECTORS = [
    (ingress_frame.request("app.example", 80), "0f 00 0a 0b 61 70 70 2e 65 78 61 6d 70 6c 65 10 50"),
    (ingress_frame.request("db.prod", 5432), "0c 00 0a 07 64 62 2e 70 72 6f 64 10 b8 2a"),
    (ingress_frame.request("a.b", 80, ingress_frame.identity(name="host1")), "10 00 0a 03 61 2e 62 10 50 1a 07 12 05 68 6f 73 74 31"),
    (ingress_frame.response("ep_1", "http"), "0c 00 0a 04 65 70 5f 31 12 04 68 74 74 70"),
    (ingress_frame.response("ep_1", "tcp", notices=["deprecated"]),
     "19 00 0a 04 65 70 5f 31 12 03 74 63 70 2a 0c 0a 0a 64 65 70 72 65 63 61 74 65 64"),
    (ingress_frame.response(error_code="ERR_TEST_1", error_message="no such endpoint"),
     "1e 00 1a 0a 45 52 52 5f 54 45 53 54 5f 31 22 10 6e 6f 20 73 75 63 68 20 65 6e 64 70 6f 69 6e 74"),
]


class World:
    def __init__(self, authority, operator, ingress):
        self.authority, self.operator, self.ingress = authority, operator, ingress

    def ask(self, method, path, body=None, **headers):
        """(status, JSON, headers); `None` for a header leaves it out."""
        wanted = {"Ngrok-Version": "2", "Authorization": f"Bearer {self.operator.key}"}
        if body is not None:
            wanted["Content-Type"] = "application/json"
        wanted |= {name.replace("_", "-"): value for name, value in headers.items()}
        question = urllib.request.Request(path if path.startswith("http") else self.operator.url + path, method=method,
                                          data=None if body is None else json.dumps(body).encode(),
                                          headers={name: value for name, value in wanted.items() if value is not None})
        try:
            with urllib.request.urlopen(question, timeout=5) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text else None, answer.headers
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, json.loads(answer.read()), answer.headers

    def register(self, make_key=lambda: ec.generate_private_key(ec.SECP384R1()), subject=((NameOID.ORGANIZATION_NAME, "bamgate"),),
                 features=("bindings",)):
        key = make_key()
        name = x509.Name([x509.NameAttribute(kind, text) for kind, text in subject])
        request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA384())
        answer = self.ask("POST", MACHINES, {"enabled_features": list(features), "metadata": "mine",
                                             "binding": {"csr": pem(request), "endpoint_selectors": ["true"]}})
        return answer, key

    def machine(self, directory):
        """A registered one: its JSON, and the context with which it comes to the ingress."""
        (_, said, _), key = self.register()
        pair = directory / "machine.pem"
        pair.write_text(said["binding"]["cert"]["cert"] + key_pem(key))
        return said, self.context(pair)

    def context(self, pair=None, trust="intermediate"):
        context = ssl.create_default_context(cafile=self.authority.path(trust))
        context.verify_flags |= 0x80000  # a part of a chain is enough
        if pair:
            context.load_cert_chain(pair)
        return context

    def line(self, context, session=None, name="127.0.0.1"):
        sock = socket.create_connection(("127.0.0.1", self.ingress.port), timeout=5)
        return context.wrap_socket(sock, server_hostname=name, session=session)

    def dial(self, context, host, port, **more):
        """The line, and the answer's fields."""
        line = self.line(context, **more)
        line.sendall(ingress_frame.request(host, port))
        return line, read_answer(line)


def exactly(line, size):
    data = b""
    while len(data) < size:
        more = line.recv(size - len(data))
        if not more:
            raise EOFError(data)
        data += more
    return data


def to_end(line):
    return b"".join(iter(lambda: line.recv(65536), b""))


def read_answer(line):
    size = int.from_bytes(exactly(line, 2), "little")
    return [(number, value) for number, value in ingress_frame.fields(exactly(line, size))]


@pytest.fixture
def world(tmp_path):
    with fake_ngrok(tmp_path) as parts:
        yield World(*parts)


@pytest.fixture
def machine(world, tmp_path):
    return world.machine(tmp_path)


@pytest.mark.parametrize("made, bytes_of_it", VECTORS)
def test_frames_are_those_of_the_protocol(made, bytes_of_it):
    assert made.hex(" ") == bytes_of_it


def test_requests_are_read():
    who = ingress_frame.identity("u", "host1")
    assert ingress_frame.decode_request(ingress_frame.request("db.prod", 5432, who)[2:]) == {
        "host": "db.prod", "port": 5432, "identity": {1: "u", 2: "host1"}}


@pytest.mark.parametrize("message", ["0a05616263", "0b", "08", "0a", "ff", "00", "0d010203", "08" + "ff" * 11])
def test_what_is_no_message_is_refused(message):
    with pytest.raises(ingress_frame.Broken):
        ingress_frame.decode_request(bytes.fromhex(message))


@pytest.mark.parametrize("headers, status, code", [
    ({"Ngrok_Version": None}, 400, "ERR_NGROK_218"),
    ({"Ngrok_Version": "1"}, 400, "ERR_NGROK_217"),
    ({"Authorization": None}, 401, "ERR_NGROK_206"),
    ({"Authorization": "Bearer another"}, 401, "ERR_NGROK_206"),
])
def test_questions_must_be_as_they_should(world, headers, status, code):
    got, said, _ = world.ask("GET", MACHINES, **headers)
    assert (got, said["error_code"]) == (status, code)
    assert said["details"]["operation_id"]


def test_bodies_must_be_json(world):
    assert world.ask("POST", MACHINES, {}, Content_Type="text/plain")[0] == 400
    assert not world.operator.machines


def test_a_machine_is_registered(world):
    world.operator.lifetime = 60
    (status, said, _), key = world.register()
    certificate = x509.load_pem_x509_certificate(said["binding"]["cert"]["cert"].encode())
    assert status == 201 and said["id"] == "k8sop_1" and said["metadata"] == "mine"
    assert (certificate.not_valid_after - certificate.not_valid_before).total_seconds() == 60
    assert certificate.public_key().public_numbers() == key.public_key().public_numbers()
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert said["binding"]["ingress_endpoint"] == world.ingress.address


@pytest.mark.parametrize("wrong", [
    {"subject": [(NameOID.COMMON_NAME, "x")]},
    {"make_key": lambda: rsa.generate_private_key(65537, 2048)},
    {"features": ["ingress"]},
])
def test_bad_registrations_are_refused(world, wrong):
    (status, said, _), _ = world.register(**wrong)
    assert status == 400 and said["error_code"] in ("ERR_NGROK_20006", "ERR_NGROK_19002")
    assert not world.operator.machines


def test_a_machine_is_changed_and_deleted(world, machine):
    said, _ = machine
    path = f"{MACHINES}/{said['id']}"
    assert world.ask("PATCH", path, {"binding": {"endpoint_selectors": ["false"]}})[1]["binding"]["endpoint_selectors"] == ["false"]
    assert world.ask("GET", path)[1]["binding"]["cert"] == said["binding"]["cert"]
    assert world.ask("DELETE", path)[0] == 204
    assert world.ask("GET", path)[0] == 404


def test_lists_have_pages(world, machine):
    world.operator.bind(*(f"http://app{n}.example" for n in range(250)))
    place, sizes, seen = f"{MACHINES}/{machine[0]['id']}/bound_endpoints", [], []
    while place:
        _, page, _ = world.ask("GET", place)
        sizes.append(len(page["endpoints"]))
        seen += [one["id"] for one in page["endpoints"]]
        place = page["next_page_uri"]
    assert sizes == [100, 100, 50]
    assert seen == [f"ep_{n}" for n in range(250, 0, -1)]


def test_selectors_choose(world, machine):
    path = f"{MACHINES}/{machine[0]['id']}"
    world.operator.bind("http://a.example", "tcp://b.example:5")
    for selector, chosen in (("true", 2), ("false", 0), ('host == "b.example"', 1)):
        world.ask("PATCH", path, {"binding": {"endpoint_selectors": [selector]}})
        assert len(world.ask("GET", f"{path}/bound_endpoints")[1]["endpoints"]) == chosen


def test_faults_of_the_api(world, machine):
    place, operator = f"{MACHINES}/{machine[0]['id']}", world.operator
    operator.bind("http://a.example")
    operator.fail("GET", "status", status=429, retry_after="7")
    status, said, headers = world.ask("GET", place)
    assert (status, headers["Retry-After"], said["error_code"]) == (429, "7", "ERR_NGROK_226")
    for kind, wrong in (("malformed", ValueError), ("drop", OSError), ("truncated", Exception), ("lost", OSError)):
        operator.fail("GET", kind)
        with pytest.raises(wrong):
            world.ask("GET", place)
        assert world.ask("GET", place)[0] == 200
    operator.fail("bound_endpoints", "empty-list")
    assert [len(world.ask("GET", f"{place}/bound_endpoints")[1]["endpoints"]) for _ in range(2)] == [0, 1]
    operator.fail("GET", "no-certificate")
    assert [bool(world.ask("GET", place)[1]["binding"]["cert"]["cert"]) for _ in range(2)] == [False, True]


def test_a_lost_answer_is_of_something_done(world):
    world.operator.fail("POST", "lost")
    with pytest.raises(OSError):
        world.register()
    assert list(world.operator.machines) == ["k8sop_1"]


def test_questions_are_counted(world, machine):
    world.ask("GET", MACHINES)
    assert world.operator.count(f"POST {MACHINES}") == 1 and world.operator.count("GET") == 1
    assert world.operator.times("GET") > world.operator.times("POST")


# the ingress


def test_a_connection(world, machine):
    _, context = machine
    world.operator.bind("tcp://db.prod:5432")
    line, answer = world.dial(context, "db.prod", 5432)
    with line:
        line.sendall(b"hello")
        assert exactly(line, 5) == b"hello"
    assert answer == [(1, b"ep_1"), (2, b"tcp")]
    world.ingress.wait(lambda ingress: ingress.log[0].get("ended"))
    entry = world.ingress.log[0]
    assert entry["serial"] == next(iter(world.operator.machines.values())).certificate.serial_number
    assert entry["server_name"] is None and entry["alpn"] is False and entry["version"] == "TLSv1.3"
    assert world.ingress.requests() == [("db.prod", 5432)]


def test_who_comes_is_seen(world, machine, tmp_path):
    context = world.context(tmp_path / "machine.pem")
    context.set_alpn_protocols(["http/1.1"])
    with world.line(context, name="ingress.test"):
        world.ingress.wait(lambda ingress: ingress.log and "serial" in ingress.log[0])
    assert world.ingress.log[0]["server_name"] == "ingress.test" and world.ingress.log[0]["alpn"] is True


def test_sessions_are_resumed(world, machine):
    _, context = machine
    world.operator.bind("tcp://db.prod:5432")
    first, _ = world.dial(context, "db.prod", 5432)
    session = first.session
    first.close()
    second, _ = world.dial(context, "db.prod", 5432, session=session)
    second.close()
    assert world.ingress.full_handshakes() == 1 and world.ingress.log[1]["resumed"] is True


def test_strangers_are_refused(world, tmp_path):
    with pytest.raises((OSError, EOFError)):
        world.dial(world.context(), "db.prod", 5432)


def test_a_machine_that_is_out_is_refused(world, machine):
    world.operator.forget()
    with pytest.raises((OSError, EOFError)):
        world.dial(machine[1], "db.prod", 5432)
    assert world.ingress.requests() == []


def test_nobody_is_there(world, machine):
    line, answer = world.dial(machine[1], "nobody", 1)
    line.close()
    assert answer == [(3, b"ERR_NGROK_3200"), (4, b"the endpoint is offline")]


@pytest.mark.parametrize("kind", ["expired", "wrong-name", "foreign", "no-intermediate"])
def test_bad_certificates_of_the_ingress(world, kind):
    context = world.context(trust="root" if kind == "no-intermediate" else "intermediate")
    world.ingress.fail(kind)
    with pytest.raises(ssl.SSLCertVerificationError):
        world.line(context)
    world.line(context).close()


def test_who_trusts_others_does_not_come_in(world):
    with pytest.raises(ssl.SSLCertVerificationError):
        world.line(world.context(trust="foreign"))


@pytest.mark.parametrize("kind, bytes_of_it", [
    ("length-zero", b"\0\0"),
    ("length-too-large", b"\x40\0\x0a\x04ep_1"),
    ("garbage", b"\x05\0\xff\xff\xff\xff\xff"),
    ("close-after-request", b""),
    ("close-after-handshake", b""),
    ("together", ingress_frame.response("ep_1", "tcp") + b"first bytes\n"),
    ("split", ingress_frame.response("ep_1", "tcp")),
    ("notices", ingress_frame.response("ep_1", "tcp", notices=["deprecated"])),
    ("unknown-fields", ingress_frame.response("ep_1", "tcp", extra=bytes.fromhex("9a06096e65787420796561729006 07"))),
])
def test_faults_of_the_ingress(world, machine, kind, bytes_of_it):
    world.operator.bind("tcp://db.prod:5432")
    world.ingress.fail(kind)
    with world.line(machine[1]) as line:
        line.sendall(ingress_frame.request("db.prod", 5432))
        assert (exactly(line, len(bytes_of_it)) if bytes_of_it else to_end(line)) == bytes_of_it


@pytest.mark.parametrize("code, message", [("ERR_TEST_1", ""), ("", "no such endpoint")])
def test_errors_of_half_the_fields(world, machine, code, message):
    world.operator.bind("tcp://db.prod:5432")
    world.ingress.fail("error", code=code, message=message)
    line, answer = world.dial(machine[1], "db.prod", 5432)
    line.close()
    assert answer == [(3, code.encode())] * bool(code) + [(4, message.encode())] * bool(message)


@pytest.mark.parametrize("kind", ["hang", "hang-in-handshake"])
def test_the_ingress_hangs(world, kind):
    world.ingress.fail(kind)
    with socket.create_connection(("127.0.0.1", world.ingress.port), timeout=0.3) as sock, pytest.raises(OSError):
        world.context().wrap_socket(sock, server_hostname="127.0.0.1")


def test_the_ingress_is_silent(world, machine):
    world.ingress.fail("silent")
    with world.line(machine[1]) as line:
        line.sendall(ingress_frame.request("db.prod", 5432))
        line.settimeout(0.3)
        with pytest.raises(TimeoutError):
            line.recv(1)


def test_a_stream_is_reset(world, machine):
    world.operator.bind("tcp://db.prod:5432")
    world.ingress.fail("reset")
    line, _ = world.dial(machine[1], "db.prod", 5432)
    with line, socket.socket(fileno=os.dup(line.fileno())) as below:  # TLS here takes a reset for an end
        below.settimeout(5)
        with pytest.raises(ConnectionResetError):
            to_end(below)


def test_the_ingress_goes_and_comes_back(world, machine):
    world.ingress.pause()
    with pytest.raises(ConnectionRefusedError):
        world.line(machine[1])
    world.ingress.resume()
    world.line(machine[1]).close()


def test_limits(world, machine):
    world.ingress.limit, world.ingress.kill_idle_s = 1, 0.2
    with world.line(machine[1]) as line:
        world.ingress.wait(lambda ingress: ingress.idle == 1)
        with pytest.raises(OSError):
            world.line(machine[1])
        since = time.monotonic()
        assert to_end(line) == b"" and time.monotonic() - since < 5
    assert (world.ingress.refused, world.ingress.most_idle, world.ingress.most_open) == (1, 1, 1)


# origins


@pytest.fixture
def origin(world, machine):
    """Dials one of that name."""
    def dial(name, *rest):
        world.operator.bind("tcp://db.prod:5432")
        world.ingress.origins["db.prod", 5432] = (name, *rest)
        return world.dial(machine[1], "db.prod", 5432)[0]
    return dial


def test_it_speaks_first(origin):
    with origin("banner") as line:
        assert exactly(line, len(BANNER)) == BANNER


def test_it_sends_so_much(origin):
    with origin("source", 100_000) as line:
        assert exactly(line, 100_000) == (PATTERN * 2)[:100_000]


@pytest.mark.parametrize("name, sent, came", [("after-end", b"all of it", b"all of it"), ("sink", b"12345", b"5")])
def test_it_answers_after_the_end(world, machine, name, sent, came):
    """Over TLS whose one direction has ended: Python's own sockets cannot do that."""
    world.operator.bind("tcp://db.prod:5432")
    world.ingress.origins["db.prod", 5432] = name
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    line = machine[1].wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    with socket.create_connection(("127.0.0.1", world.ingress.port), timeout=5) as sock:
        run(sock, incoming, outgoing, line.do_handshake)
        line.write(ingress_frame.request("db.prod", 5432) + sent)
        with pytest.raises(ssl.SSLWantReadError):
            line.unwrap()
        answer = ingress_frame.response("ep_1", "tcp") + came
        assert run(sock, incoming, outgoing, lambda: line.read(len(answer)), len(answer)) == answer


def run(sock, incoming, outgoing, step, size=0):
    """`step` until it is done, or has given `size` bytes, with the bytes that it wants."""
    given = b""
    while True:
        try:
            more = step()
            given += more or b""
            if len(given) >= size:
                return given
        except ssl.SSLWantReadError:
            pass
        finally:
            sock.sendall(outgoing.read())
        if not incoming.pending:
            incoming.write(sock.recv(65536))


def ask_http(line, text):
    line.sendall(text)
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += exactly(line, 1)
    return head


def test_http_keeps_alive_and_says_what_came(origin):
    with origin("http") as line:
        for body in (b"one", b"two"):
            head = ask_http(line, b"POST /x HTTP/1.1\r\nHost: a:9080\r\nContent-Length: 3\r\n\r\n" + body)
            size = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
            said = json.loads(exactly(line, size))
            assert said["body"] == body.decode() and "Host: a:9080\r\n" in said["head"]


def test_http_reads_and_writes_chunks(origin):
    with origin("http") as line:
        head = ask_http(line, b"POST /chunked HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")
        rest = to_end(line)
        assert b"chunked" in head and rest.endswith(b"0\r\n\r\n") and b'abc' in rest


def test_http_is_upgraded(origin):
    with origin("http") as line:
        assert ask_http(line, b"GET /upgrade HTTP/1.1\r\n\r\nmore").startswith(b"HTTP/1.1 101 ")
        assert exactly(line, 4) == b"more"


def test_http_answers_early(origin):
    with origin("http") as line:
        assert ask_http(line, b"POST /early HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n").startswith(b"HTTP/1.1 413 ")
