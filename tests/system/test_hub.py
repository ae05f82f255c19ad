# SPDX-License-Identifier: LGPL-2.1-or-later
"""The hub of setup --host as a unit of its own, and bamgate-hub by itself."""

import json
import re
import shlex

import pytest

from conftest import HOST_HUB

DAEMON, HUB = "bamgated", "bamgated-hub"
STATE = "/var/lib/bamgated-hub"


def status(machine):
    return json.loads(machine.ctl("status", "--json").stdout)


def online(machine):
    machine.wait("the tunnel is online", lambda: status(machine)["state"] == "online")


def pin(machine, port=8443):
    """Of whoever answers there."""
    return machine.sh(f"openssl s_client -connect 127.0.0.1:{port} </dev/null 2>/dev/null | openssl x509 -pubkey -noout"
                      " | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64")


def ask(machine, path, port=8443):
    """What the hub answers to whoever has its token."""
    return machine.sh(f"curl -ks -H \"Authorization: Bearer $(cat {STATE}/token)\" https://127.0.0.1:{port}{path}")


def listening_pid(machine, port):
    found = re.search(r"pid=(\d+)", machine.out("ss", "-Hltnp", f"sport = :{port}"))
    return int(found[1]) if found else 0


def test_down_ends_it_and_up_starts_it(host):
    first = host.pid(HUB)
    host.ctl("down")
    host.wait("the hub ends", lambda: not host.is_active(HUB))
    host.ctl("up")
    online(host)
    assert host.pid(HUB) not in (0, first)


def test_killed_hub_is_started_again(host):
    first = host.pid(HUB)
    host.run("kill", "-KILL", str(first))
    host.wait("another hub", lambda: host.pid(HUB) not in (0, first))
    host.wait("the daemon is online again", lambda: status(host)["state"] == "online")


def test_restarted_daemon_takes_it_over(host):
    """Nobody's connection is cut, unless the settings changed."""
    hub, connection = host.pid(HUB), "openssl s_client -quiet -connect 127.0.0.1:8443"
    with host.started("sh", "-c", f"sleep 60 | {connection}") as client:
        host.wait("somebody is connected", lambda: "openssl" in host.out("ss", "-Htnp", "dport = :8443"))
        host.run("systemctl", "restart", DAEMON)
        online(host)
        assert host.pid(HUB) == hub and client.poll() is None
        assert "openssl" in host.out("ss", "-Htnp", "dport = :8443")
    host.ctl("config", "set", "network.hub-listen=0.0.0.0:9443")
    host.ctl("down")
    host.ctl("up")
    host.wait("a hub at the new port", lambda: listening_pid(host, 9443))
    assert host.pid(HUB) not in (0, hub)


def test_stopped_daemon_takes_it_along(host):
    host.run("systemctl", "stop", DAEMON)
    host.wait("the hub ends", lambda: not host.is_active(HUB))
    assert host.show(HUB, "Result") == "success"
    assert "no daemon came back" not in host.journal("--unit", HUB)
    host.run("systemctl", "start", DAEMON)
    online(host)


def test_forgets_at_a_word(host):
    """Leaving with --remove-hub leaves nothing of the network to the next, whether the hub runs or not."""
    before = pin(host)
    told = json.loads(host.ctl("leave", "--yes", "--remove-hub", "--json").stdout)
    assert "hub_unit" not in told and host.sh(f"ls -A {STATE}") == ""
    host.ctl(*HOST_HUB)
    online(host)
    assert pin(host) != before
    host.ctl("down")
    host.ctl("leave", "--yes", "--remove-hub")
    assert host.sh(f"ls -A {STATE}") == "" and host.sh("find /var/lib/bamgate -path '*hub*'") == ""


def test_its_own_words(host):
    host.ctl("config", "set", "network.hub-listen=192.0.2.1:8443")
    host.ctl("down")
    host.ctl("up", check=False, seconds=60)
    host.wait("the reason", lambda: "Cannot assign requested address" in status(host)["state_reason"], 30)
    assert "listen at 192.0.2.1 port 8443" in status(host)["state_reason"]


def test_port_443(machine):
    machine.ctl(*HOST_HUB, "--listen", "0.0.0.0:443")
    online(machine)
    assert listening_pid(machine, 443) == machine.pid(HUB)
    assert int(machine.status_of(machine.pid(HUB))["CapEff"], 16) == 0


def test_child_of_a_daemon_that_is_root(new_machine):
    """As in a container without systemd: another user all the same."""
    machine = new_machine()
    places = [f"--{key}=/srv/b/{name}" for key, name in (("config", "b.conf"), ("secrets-dir", "secrets"), ("state-dir", "state"),
                                                         ("runtime-dir", "run"))]
    with machine.started("/usr/libexec/bamgated", *places):
        machine.wait("it is on the bus", lambda: machine.ctl("status", check=False).returncode == 0)
        machine.ctl(*HOST_HUB)
        online(machine)
        found = machine.status_of(int(machine.out("pgrep", "--exact", "bamgate-hub")))
        assert found["Uid"].split() == [machine.out("id", "-u", "bamgate-hub")] * 4
        assert found["Groups"].strip() == "" and {int(found[key], 16) for key in ("CapEff", "CapPrm", "CapAmb", "CapBnd")} == {0}
        assert machine.sh("find /srv/b -user bamgate-hub -not -path '/srv/b/state/hub*'") == ""
        assert machine.sh("stat -c %U:%a /srv/b/state/hub/token") == "bamgate-hub:600"


CERTIFICATE = """
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=hub.example \
  -keyout /root/key.pem -out /root/certificate.pem 2>/dev/null
chmod 600 /root/key.pem
"""
CREDENTIALS = """[Service]
LoadCredential=tls-certificate:/root/certificate.pem
LoadCredential=tls-key:/root/key.pem
"""


def test_hub_by_itself(new_machine):
    """bamgate-hub.service at port 443 with a certificate that only root reads."""
    machine = new_machine()
    machine.sh(CERTIFICATE)
    machine.run("sh", "-c", "mkdir -p /etc/systemd/system/bamgate-hub.service.d; cat >/etc/systemd/system/bamgate-hub.service.d/a.conf",
                input=CREDENTIALS)
    machine.sh("echo 'BAMGATE_HUB_OPTIONS=--listen *:443' >/etc/default/bamgate-hub; systemctl daemon-reload; systemctl start bamgate-hub")
    machine.wait("it listens", lambda: listening_pid(machine, 443))
    assert "hub.example" in machine.sh("openssl s_client -connect 127.0.0.1:443 </dev/null 2>/dev/null | openssl x509 -subject -noout")
    status = machine.status_of(machine.pid("bamgate-hub"))
    assert {int(status[key], 16) for key in ("CapEff", "CapPrm", "CapAmb")} == {0}
    assert status["Uid"].split()[0] != "0" and status["Seccomp"] == "2"
    machine.sh("echo 'BAMGATE_HUB_OPTIONS=--subnet nonsense' >/etc/default/bamgate-hub")
    machine.run("systemctl", "restart", "bamgate-hub")
    machine.wait("it says once that this cannot be", lambda: machine.show("bamgate-hub", "SubState") == "failed")
    assert machine.show("bamgate-hub", "ExecMainStatus") == "78" and machine.show("bamgate-hub", "NRestarts") == "0"


def test_two_machines(new_machine, wire):
    """Both daemons under their units, one of them with the hub: an invite, a tunnel, a ping through it."""
    home, laptop = new_machine(wire[0], "home"), new_machine(wire[1], "laptop")
    for machine in (home, laptop):
        machine.sh("systemctl enable --quiet --now bamgated")
    setup = json.loads(home.ctl("setup", "--host", "--public-url", "https://192.0.2.1:8443", "--name", "home", "--json").stdout)
    words = shlex.split(setup["invite"]["join_command"])
    laptop.ctl(*words[words.index("join"):], "--name", "laptop", seconds=60)
    laptop.wait("they are connected", lambda: [p["state"] for p in status(laptop)["peers"]] == ["connected"], 40)
    address = status(home)["addresses"][0].split("/")[0]
    laptop.wait("a ping comes through", lambda: laptop.run("ping", "-c1", "-W1", address, check=False).returncode == 0)


@pytest.fixture
def old_host(new_machine):
    """A machine of the time when the hub was a child of the daemon with the daemon's user."""
    machine = new_machine()
    machine.sh("setpriv --reuid bamgate --regid bamgate --clear-groups sh -c 'mkdir -p /var/lib/bamgate' 2>/dev/null || "
               "install -d -o bamgate -g bamgate -m 700 /var/lib/bamgate")
    old = ["setpriv", "--reuid", "bamgate", "--regid", "bamgate", "--clear-groups", "bamgate-hub", "--state-dir", "/var/lib/bamgate/hub",
           "--listen", "127.0.0.1:8443", "--subnet", "10.77.0.0/24"]
    with machine.started(*old):
        machine.wait("the old hub listens", lambda: listening_pid(machine, 8443))
        machine.old_pin = pin(machine)
        machine.old_token = machine.out("cat", "/var/lib/bamgate/hub/token")
        curl = f"curl -ks -H 'Authorization: Bearer {machine.old_token}' https://127.0.0.1:8443"
        code = re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}", machine.sh(f"{curl}/invite -X POST"))[0]
        machine.old_device = json.loads(machine.sh(f"{curl}/invite/{code}"))["address"]
    machine.run("systemctl", "enable", "--quiet", "--now", DAEMON)
    return machine


def test_state_moves_to_the_unit(old_host):
    """Key, token and members of the hub that was a child are those of the unit; nothing of it stays with the daemon."""
    old_host.ctl(*HOST_HUB)
    online(old_host)
    assert pin(old_host) == old_host.old_pin
    assert old_host.out("cat", f"{STATE}/token") == old_host.old_token
    next_address = json.loads(ask(old_host, "/network-info"))["next_address"]
    assert next_address.startswith("10.77.0.") and next_address != old_host.old_device
    assert old_host.sh("find /var/lib/bamgate -path '*hub*'") == ""
    assert old_host.sh(f"stat -c %U:%a {STATE}/*").split()[0] == "bamgate-hub:600"
    old_host.run("systemctl", "restart", DAEMON)
    online(old_host)
    assert pin(old_host) == old_host.old_pin
