# SPDX-License-Identifier: LGPL-2.1-or-later
"""Published services with TLS: a certificate of the network's, which people with its root accept, for its names and no others.

    hub ── r ── home 10.0.0.1 (the owner, who signs), attic 10.0.0.2 (publishes), phone 10.0.0.3
"""

import subprocess
import sys

import pytest

from lab.mesh import Mesh
from lab.wait import wait_for

SUFFIX = "bamgate.internal"

# HTTP that says the head it heard, and keeps the connection for a second request.
ORIGIN = """
import socket, threading
def serve(connection):
    with connection, connection.makefile("rb") as lines:
        while True:
            head = b""
            while not head.endswith(b"\\r\\n\\r\\n"):
                line = lines.readline()
                if not line:
                    return
                head += line
            connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(head) + head)
server = socket.create_server(("127.0.0.1", 8000))
print("ready", flush=True)
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
"""

# A request, and another one for each line that comes in, over one connection.
KEEP = """
import http.client, ssl, sys
class Connection(http.client.HTTPSConnection):
    def connect(self):
        self.sock = context.wrap_socket(self._create_connection((sys.argv[2], 443), 10), server_hostname=self.host)
context = ssl.create_default_context(cafile=sys.argv[3])
connection = Connection(sys.argv[1], 443)
while True:
    connection.request("GET", "/")
    print(connection.getresponse().read().decode().split()[0], flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def trio(net):
    with Mesh(net) as mesh:
        home, attic, phone = (mesh.machine(name) for name in ("home", "attic", "phone"))
        for peer in attic, phone:
            mesh.wait_connected(home, peer)
        mesh.wait_connected(attic, phone)
        home.ctl("network", "protect", "--recovery-file", home.host.dir / "recovery", "--allow-unsigned", "no", "--yes")
        for machine in attic, phone:
            machine.bus.wait("it is signed", lambda m=machine: m.bus.tunnel()["Membership"] == "signed", 30)
        attic.host.start("origin", sys.executable, "-c", ORIGIN).wait_line("ready")
        yield home, attic, phone


def look_up(machine, name):
    return machine.host.out("dig", f"@{machine.address}", "+short", "+tries=1", "+time=5", name, "A", check=False)


def root_of(machine):
    file = machine.host.dir / "root.crt"
    wait_for(f"the root at {machine.name}", lambda: machine.ctl("network", "certificate", file, check=False).returncode == 0)
    return file


def curl(machine, name, address, *words):
    return machine.host.run("curl", "-sS", "-m", "8", "--noproxy", "*", "--resolve", f"{name}:443:{address}", *words, f"https://{name}/",
                            check=False)


def s_client(machine, address, *words):
    return machine.host.run("openssl", "s_client", "-connect", f"{address}:443", "-verify_return_error", *words, input="", check=False)


def state_of(machine):
    return {service["name"]: service["state"] for service in machine.ctl_json("publish", "list")["services"]}


def publish(home, attic):
    attic.ctl("publish", "add", "web", "--tcp", "127.0.0.1:8000", "--port", "443", "--tls", "--http-headers")
    attic.bus.wait("it is said", lambda: "certificate" in attic.bus.tunnel()["StateReason"], 10)
    assert state_of(attic)["web"] == "failed"  # never in clear text
    home.ctl("network", "certificate", "--new")
    wait_for("it is open", lambda: state_of(attic)["web"] == "open")


def test_whoever_has_the_root_believes_it(trio):
    home, attic, phone = trio
    publish(home, attic)
    root, web = root_of(phone), f"web.attic.{SUFFIX}"
    said = curl(phone, web, attic.address, "--cacert", root)
    assert said.returncode == 0 and "Bamgate-Peer: phone" in said.stdout and "X-Forwarded-Proto: https" in said.stdout, said.stderr
    assert curl(phone, web, attic.address).returncode == 60  # who has not installed it
    assert curl(phone, f"web.home.{SUFFIX}", attic.address, "--cacert", root).returncode == 60
    assert curl(phone, "example.com", attic.address, "--cacert", root).returncode == 60
    shown = s_client(phone, attic.address, "-CAfile", root, "-verify_hostname", web, "-alpn", "h2,http/1.1")
    assert shown.returncode == 0 and "Verify return code: 0" in shown.stdout and "ALPN protocol: http/1.1" in shown.stdout, shown.stdout
    assert s_client(phone, attic.address, "-CAfile", root, "-verify_hostname", f"attic.{SUFFIX}.example.com").returncode != 0
    plain = phone.host.run("curl", "-sS", "-m", "8", "--noproxy", "*", f"http://{attic.address}:443/", check=False)
    assert plain.returncode != 0
    # the same root everywhere, and no key of it but at home
    assert home.ctl_json("network", "certificate")["sha256"] == phone.ctl_json("network", "certificate")["sha256"]
    assert (home.secrets / "authority-key").stat().st_mode & 0o777 == 0o600
    assert (attic.secrets / "service-certificate").stat().st_mode & 0o777 == 0o600
    assert not (attic.secrets / "authority-key").exists()
    assert attic.ctl("network", "certificate", "--new", check=False).returncode != 0  # no owner's


def test_who_may_not_come_does_not_see_it(trio):
    home, attic, phone = trio
    attic.ctl("publish", "add", "web", "--tcp", "127.0.0.1:8000", "--port", "443", "--tls", "--peers", "home")
    home.ctl("network", "certificate", "--new")
    wait_for("it is open", lambda: state_of(attic)["web"] == "open")
    name = f"web.attic.{SUFFIX}"
    assert curl(home, name, attic.address, "--cacert", root_of(home)).returncode == 0
    assert curl(phone, name, attic.address, "--cacert", root_of(phone)).returncode == 7


def test_another_certificate_leaves_connections_alone(trio):
    """The authority is made anew: services show what the new one signs, who is inside stays; and over a restart without it, too."""
    home, attic, phone = trio
    publish(home, attic)
    root, web = root_of(phone), f"web.attic.{SUFFIX}"
    kept = phone.host.start("kept", sys.executable, "-c", KEEP, web, attic.address, root, stdin=subprocess.PIPE)
    kept.wait_line("GET")
    home.ctl("network", "certificate", "--new")
    wait_for("the old root is none any more", lambda: curl(phone, web, attic.address, "--cacert", root).returncode == 60)
    new = phone.host.dir / "new.crt"
    wait_for("the new root is there", lambda: phone.ctl("network", "certificate", new, check=False).returncode == 0
             and curl(phone, web, attic.address, "--cacert", new).returncode == 0)
    kept.write_line("")
    kept.wait_line("GET")
    home.stop()
    attic.stop()
    attic.start().wait_state("online")
    wait_for("it is open", lambda: state_of(attic)["web"] == "open")
    wait_for("it is reached", lambda: curl(phone, web, attic.address, "--cacert", new).returncode == 0)


def test_names_of_the_network(trio):
    """An owner gives them; they lead where he says, everywhere, and the certificate has them; nobody else gives any, and no machine's own."""
    home, attic, phone = trio
    publish(home, attic)
    refused = phone.ctl("network", "name", "wiki", "attic", check=False)
    assert refused.returncode != 0
    for taken in "phone", "attic":
        refused = home.ctl("network", "name", taken, "attic", check=False)
        assert refused.returncode != 0 and taken in refused.stderr, refused.stderr
    assert home.ctl("network", "name", "wiki", "nobody", check=False).returncode != 0
    assert home.ctl("network", "name", "Wi_ki", "attic", check=False).returncode != 0
    home.ctl("network", "name", "wiki", "attic")
    wait_for("it leads there", lambda: look_up(phone, f"wiki.{SUFFIX}") == attic.address)
    root = root_of(phone)
    wait_for("it is certified", lambda: curl(phone, f"wiki.{SUFFIX}", attic.address, "--cacert", root).returncode == 0)
    assert "wiki → attic" in phone.ctl("network").stdout
    home.ctl("network", "name", "wiki", "home")
    wait_for("it leads elsewhere", lambda: look_up(phone, f"wiki.{SUFFIX}") == home.address)
    wait_for("it is certified no more", lambda: curl(phone, f"wiki.{SUFFIX}", attic.address, "--cacert", root).returncode == 60)
    assert curl(phone, f"web.attic.{SUFFIX}", attic.address, "--cacert", root).returncode == 0
    home.ctl("network", "unname", "wiki")
    wait_for("it leads nowhere", lambda: look_up(phone, f"wiki.{SUFFIX}") == "")
    assert home.ctl("network", "unname", "wiki", check=False).returncode != 0
