# SPDX-License-Identifier: LGPL-2.1-or-later
"""A file from one machine to another, and what a hostile peer makes of the port for it.

    hub ── r ── a 10.0.0.1, b 10.0.0.2, a stranger c in no network
"""
import hashlib
import json
import sys

import pytest

from lab.bamgate import program
from lab.mesh import Mesh
from lab.wait import wait_for

PORT = 25191
MIB = 1 << 20

# A client of a peer's, who says what nobody of us would: each line is a request, answered with its status.
RAW = """
import http.client, json, sys
for line in sys.stdin:
    ask = json.loads(line)
    connection = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]), timeout=20)
    try:
        connection.request(ask["method"], ask["path"], ask.get("body", "").encode(), ask.get("headers", {}))
        answer = connection.getresponse()
        print("answer", json.dumps([answer.status, answer.read().decode()]), flush=True)
    except OSError as error:
        print("answer", json.dumps([0, str(error)]), flush=True)
    connection.close()
"""

# Bytes without end, and without a length.
ENDLESS = """
import socket, sys
talk = socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)
talk.settimeout(5)
talk.sendall(sys.argv[3].encode().decode("unicode_escape").encode())
sent = 0
try:
    while sent < 64 << 20:
        sent += talk.send(b"8000\\r\\n" + b"x" * 0x8000 + b"\\r\\n")
except OSError:
    pass
print("sent", sent, flush=True)
"""


@pytest.fixture
def pair(net):
    with Mesh(net) as mesh:
        a, b = mesh.machine("a"), mesh.machine("b")
        mesh.wait_connected(a, b)
        yield a, b


def make_file(machine, name, size):
    path = machine.host.dir / name
    path.write_bytes(b"".join(hashlib.sha256(str(n).encode()).digest() for n in range(-(-size // 32)))[:size])
    return path


def send(machine, *files, to="b"):
    return machine.host.start(f"send-{len(machine.host.processes)}", program("bamgatectl"), "send", *files, f"{to}:")


def take(machine, folder, *options):
    return machine.host.start(f"receive-{len(machine.host.processes)}", program("bamgatectl"), "receive",
                              *(options or ["--all"]), "--directory", folder)


def files(machine):
    return machine.ctl_json("receive")["files"]


def wait_offers(machine, count=1):
    return wait_for(f"{count} files are offered to {machine.name}",
                    lambda: (found := [file for file in files(machine) if file["state"] == "offered"]) and len(found) == count and found, 30)


def wait_bytes(folder, count):
    """Until so much of a file has come."""
    def there():
        return sum(part.stat().st_size for part in folder.glob("*.part")) >= count
    wait_for(f"{count} bytes came", there, 30)


def slow(machine, rate="24mbit"):
    machine.host.run("tc", "qdisc", "add", "dev", machine.interface, "root", "tbf", "rate", rate, "burst", "64k", "latency", "50ms")


def test_files_are_offered_taken_and_declined(pair):
    a, b = pair
    inbox = b.host.dir / "inbox"
    photo, empty = make_file(a, "photo.jpg", 3 * MIB + 5), make_file(a, "empty", 0)
    inbox.mkdir()
    (inbox / "photo.jpg").write_text("mine")
    sent = send(a, photo, empty)
    offers = wait_offers(b, 2)
    assert {(file["name"], file["peer"], file["size_bytes"]) for file in offers} == {("photo.jpg", "a", 3 * MIB + 5), ("empty", "a", 0)}
    assert not list(inbox.glob("*.part"))  # nothing comes before somebody takes it
    took = take(b, inbox)
    assert took.wait(30) == 0, took.output()
    assert sent.wait(30) == 0, sent.output()
    assert (inbox / "photo (2).jpg").read_bytes() == photo.read_bytes() and (inbox / "photo.jpg").read_text() == "mine"
    assert (inbox / "empty").read_bytes() == b"" and not list(inbox.glob("*.part"))
    declined = send(a, photo)
    offer = wait_offers(b)[0]
    b.ctl("receive", "--decline", offer["id"][:8])
    assert declined.wait(20) == 1 and "b declined it" in declined.text()
    folder = a.ctl("send", a.host.dir, "b:", check=False)
    assert folder.returncode == 1 and "is a folder" in folder.stderr


def test_what_was_sent_is_not_sent_again(pair, net):
    a, b = pair
    inbox = b.host.dir / "inbox"
    film = make_file(a, "film.mkv", 24 * MIB)
    slow(a)
    sent = send(a, film)
    wait_offers(b)
    took = take(b, inbox)
    wait_bytes(inbox, 2 * MIB)
    net.cut(a.host)
    before = sum(part.stat().st_size for part in inbox.glob("*.part"))
    net.mend(a.host)
    wait_bytes(inbox, max(before, 4 * MIB))
    b.kill()
    b.start().wait_state("online")
    wait_bytes(inbox, 8 * MIB)
    a.kill()
    a.start().wait_state("online")
    slow(a)
    wait_bytes(inbox, 12 * MIB)
    assert took.wait(90) == 0, took.output() + b.daemon.output() + a.daemon.output()
    assert sent.wait(30) == 0, sent.output()
    assert (inbox / "film.mkv").read_bytes() == film.read_bytes()
    assert "24.0 MiB" in took.text()


def test_a_part_that_is_no_beginning_is_written_over(pair):
    a, b = pair
    inbox = b.host.dir / "inbox"
    inbox.mkdir()
    film = make_file(a, "film.mkv", 2 * MIB)
    (inbox / "film.mkv.bamgate.part").write_bytes(b"x" * MIB)
    sent = send(a, film)
    wait_offers(b)
    assert take(b, inbox).wait(30) == 0 and sent.wait(30) == 0
    assert (inbox / "film.mkv").read_bytes() == film.read_bytes()


def test_never_closes_the_port_and_says_so(pair, net):
    a, b = pair
    b.ctl("config", "set", "device.allow=tcp 22")
    photo = make_file(a, "photo.jpg", 100)
    sent = send(a, photo)  # offers pass where all but SSH is closed
    wait_offers(b)
    sent.signal(2)
    sent.wait(10)
    wait_for("the offer is gone", lambda: not files(b), 20)
    stranger = net.host("c")
    knock = ("import socket; talk = socket.create_connection((" f"{b.address!r}, {PORT}" "), 2); talk.settimeout(2); "
             "talk.sendall(b'GET / HTTP/1.1\\r\\nHost: b\\r\\n\\r\\n'); assert talk.recv(9) == b'HTTP/1.1 '")
    stranger.run("ip", "route", "add", b.address, "via", b.host.address, check=False)
    assert stranger.run(sys.executable, "-c", knock, check=False).returncode != 0
    assert b.host.run(sys.executable, "-c", knock, check=False).returncode != 0  # nor is it there for programs of this machine
    assert a.host.run(sys.executable, "-c", knock, check=False).returncode == 0
    b.ctl("config", "set", "files.receive=never")
    wait_for("a knows", lambda: "does not receive files" in a.ctl("send", photo, "b:", check=False).stderr, 20)
    assert a.host.run(sys.executable, "-c", knock, check=False).returncode != 0


class Hostile:
    def __init__(self, machine, address):
        self.process = machine.host.start("raw", sys.executable, "-c", RAW, address, PORT, stdin=-1)

    def ask(self, method, path, body="", **headers):
        self.process.write_line(json.dumps({"method": method, "path": path, "body": body, "headers": headers}))
        return json.loads(self.process.wait_line("answer", 30).split(" ", 1)[1])

    def offer(self, number, name="a.txt", size=10):
        return self.ask("POST", "/files", json.dumps({"id": f"{number:032x}", "name": name, "size": size}))


def test_a_hostile_peer_gets_nowhere(pair):
    a, b = pair
    raw, inbox = Hostile(a, b.address), b.host.dir / "inbox"
    memory = int(b.host.out("sh", "-c", f"grep VmRSS /proc/{b.daemon.pid}/status").split()[1])
    for wrong in "", "{", "[]", json.dumps({"id": "x", "name": "a", "size": 1}), json.dumps({"id": "0" * 32, "name": "a", "size": -1}):
        assert raw.ask("POST", "/files", wrong)[0] == 400
    assert raw.ask("GET", "/files")[0] == 404 and raw.ask("PUT", f"/files/{1:032x}?at=0", "x")[0] == 404
    assert raw.offer(1, size=1 << 50)[0] == 413
    names = {2: "../../etc/passwd", 3: ".ssh", 4: "\u202egnp.exe", 5: "-rf", 6: "a\nb", 7: "x" * 900 + ".txt"}
    assert all(raw.offer(number, name)[0] == 201 for number, name in names.items())
    assert {file["name"] for file in files(b)} == {"passwd", "ssh", "gnp.exe", "_rf", "ab", "x" * 196 + ".txt"}
    assert raw.ask("PUT", f"/files/{2:032x}?at=0", "0123456789")[0] == 409  # nobody has taken it
    answers = [raw.offer(number)[0] for number in range(100, 1100)]
    assert answers.count(201) == 10 and answers.count(429) == 990
    took = take(b, inbox, "--accept", f"{2:032x}")
    wait_for("it is taken", lambda: json.loads(raw.offer(2, names[2])[1])["state"] == "running")
    assert raw.ask("PUT", f"/files/{2:032x}?at=0", "0123456789ab")[0] == 413  # more than was offered
    assert raw.ask("PUT", f"/files/{2:032x}?at=7", "012")[0] == 409
    assert raw.ask("PUT", f"/files/{2:032x}?at=0", "01234")[0] == 200
    assert raw.ask("POST", f"/files/{2:032x}/end", json.dumps({"sha256": "0" * 64}))[0] == 409  # it is not whole
    assert raw.ask("PUT", f"/files/{2:032x}?at=5", "56789")[0] == 200
    for head in (f"POST /files HTTP/1.1\\r\\nHost: b\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n",
                 f"PUT /files/{2:032x}?at=0 HTTP/1.1\\r\\nHost: b\\r\\nContent-Length: 99999999999\\r\\n\\r\\n"):
        said = a.host.out(sys.executable, "-c", ENDLESS, b.address, PORT, head)
        assert int(said.split()[-1]) < 32 * MIB, said
    wrong = raw.ask("POST", f"/files/{2:032x}/end", json.dumps({"sha256": "0" * 64}))
    assert wrong[0] == 409 and json.loads(wrong[1])["state"] == "failed"
    assert took.wait(20) == 1 and "SHA-256 differs" in took.text() and not list(inbox.iterdir())
    b.check_alive()
    assert int(b.host.out("sh", "-c", f"grep VmRSS /proc/{b.daemon.pid}/status").split()[1]) < memory + 32 * 1024



# A receiver that answers as none of us does: with a way to somewhere else, and without end.
LIAR = """
import socket, sys
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.setsockopt(socket.SOL_IP, 15, 1)  # IP_FREEBIND: the address comes later
server.bind((sys.argv[1], int(sys.argv[2])))
server.listen()
print("ready", flush=True)
for head in (b"HTTP/1.1 307 There\\r\\nLocation: http://" + sys.argv[1].encode() + b":7/files\\r\\nContent-Length: 0\\r\\n\\r\\n",
             b"HTTP/1.1 201 Created\\r\\nContent-Length: 99999999999\\r\\n\\r\\n"):
    talk = server.accept()[0]
    talk.recv(65536)
    sent = talk.send(head)
    talk.settimeout(5)
    try:
        while sent < 64 << 20 and b"201" in head:
            sent += talk.send(b" " * 65536)
    except OSError:
        pass
    print("sent", sent, flush=True)
    talk.close()
"""


def test_a_receiver_that_lies(net):
    with Mesh(net) as mesh:
        a, b = mesh.machine("a"), mesh.machine("b", start=False)
        liar = b.host.start("liar", sys.executable, "-c", LIAR, b.address, PORT)
        liar.wait_line("ready")
        b.start().wait_state("online")
        mesh.wait_connected(a, b)
        assert "no files can be received at 10.0.0.2, port 25191" in b.daemon.text()
        photo = make_file(a, "photo.jpg", 100)
        away = a.ctl("send", photo, "b:", check=False)
        assert away.returncode == 1 and "makes no sense here (HTTP status 307)" in away.stderr
        liar.wait_line("sent")
        endless = a.ctl("send", photo, "b:", check=False)
        assert endless.returncode == 1 and "makes no sense here (HTTP status 201)" in endless.stderr
        assert int(liar.wait_line("sent").split()[-1]) < 16 * MIB
        a.check_alive()
