# SPDX-License-Identifier: LGPL-2.1-or-later
"""What bamgatectl doctor finds out about a real daemon, well and broken in several ways at once."""

import json
import time

from gi.repository import GLib
from lab.bamgate import Machine
from lab.bus import TUNNEL
from lab.mesh import Mesh, empty_machine
from lab.paths import program
from lab.wait import wait_for

DROP = "table inet filter { chain forward { type filter hook forward priority filter; policy drop; }; }\n"
SILENT = """
import socket
server, calls = socket.create_server(("", 8443)), []
print("ready", flush=True)
while True:
    calls.append(server.accept())
    print("call", flush=True)
"""


def doctor(machine):
    """All findings by check, each a list; and the exit status."""
    result = machine.ctl("doctor", "--json", check=False)
    document, findings = json.loads(result.stdout), {}
    for finding in document["findings"]:
        findings.setdefault(finding["check"], []).append(finding)
    problems = sum(f["verdict"] == "problem" for f in document["findings"])
    assert document["problems"] == problems and result.returncode == (1 if problems else 0)
    return findings


def the(findings, check, verdict):
    found, = findings[check]
    assert found["verdict"] == verdict, found
    return found


def problems(findings):
    return {check for check, found in findings.items() if any(f["verdict"] == "problem" for f in found)}


def wait_findings(machine, what, condition):
    last = {}

    def look():
        last.clear()
        last.update(doctor(machine))
        return condition(last)

    try:
        wait_for(f"{machine.name}'s doctor finds {what}", look, 20)
    except Exception as error:
        raise AssertionError(f"{error}\n{json.dumps(last, indent=1)}") from error
    return last


def pair(net, mesh):
    a = mesh.machine("a", device={"routes": ["192.168.10.0/24"]})
    b = mesh.machine("b")
    mesh.wait_connected(a, b)
    return a, b


def test_all_is_well(net):
    with Mesh(net) as mesh:
        a, _ = pair(net, mesh)
        found = wait_findings(a, "nothing wrong", lambda found: not problems(found) - {"tun.device"})
        for check in ("bus", "daemon.running", "tunnel.state", "tunnel.secrets", "tunnel.files", "hub.line", "hub.clock", "net.uplink",
                      "net.mtu", "net.overlap", "net.firewall", "peers.connected"):
            the(found, check, "ok")
        assert "1 of 1" in the(found, "peers.connected", "ok")["found"]
        assert "192.168.10.0/24" in the(found, "net.offers", "note")["found"]  # which is behind nobody here


def test_broken_in_several_ways(net):
    """The hub is gone, this machine is in a network with the tunnel's addresses, and a firewall of somebody's drops what is forwarded."""
    with Mesh(net) as mesh:
        a, _ = pair(net, mesh)
        a.host.run("nft", "-f", "-", input=DROP)
        a.host.run("ip", "link", "add", "wlan0", "type", "veth", "peer", "name", "wlan0p")
        for end in ("wlan0", "wlan0p"):
            a.host.run("ip", "link", "set", end, "up")
        a.host.run("ip", "address", "add", "10.0.0.77/24", "dev", "wlan0")
        mesh.hub.stop()
        found = wait_findings(a, "three problems", lambda found: {"hub.line", "net.overlap", "net.firewall"} <= problems(found))
        for check in ("hub.line", "net.overlap", "net.firewall"):
            finding = the(found, check, "problem")
            assert finding["means"] and finding["deed"]
        assert "10.0.0.0/24" in found["net.overlap"][0]["found"] and "wlan0" in found["net.overlap"][0]["found"]
        assert "chain forward of table inet filter" in found["net.firewall"][0]["found"]
        assert mesh.hub.socket_url in found["hub.line"][0]["deed"]
        assert "net.gateway" not in found  # the same again

        a.host.run("ip", "link", "delete", "wlan0")
        a.host.run("nft", "delete", "table", "inet", "filter")
        mesh.hub.start()
        wait_findings(a, "nothing wrong", lambda found: not problems(found) - {"tun.device"})


def test_a_network_that_is_here_too(net):
    """In a café whose network has the addresses of the one at home: nothing is broken, but home's is not reached."""
    with Mesh(net) as mesh:
        mesh.machine("home", device={"routes": ["192.168.10.0/24"]})
        laptop = mesh.machine("laptop", device={"accept-routes": True})
        laptop.wait_peer("home")
        assert "peers.routes" not in doctor(laptop)
        laptop.host.run("ip", "link", "add", "wlan0", "type", "veth", "peer", "name", "wlan0p")
        for end in ("wlan0", "wlan0p"):
            laptop.host.run("ip", "link", "set", end, "up")
        laptop.host.run("ip", "address", "add", "192.168.10.77/24", "dev", "wlan0")
        found = wait_findings(laptop, "the route", lambda found: "peers.routes" in found)
        route = the(found, "peers.routes", "note")
        assert "home" in route["found"] and "wlan0" in route["found"] and "@" in route["deed"]


def test_off(net):
    """While the tunnel is off the hub is asked all the same, and whether the tunnel could be made is found out."""
    with Mesh(net) as mesh:
        a, _ = pair(net, mesh)
        a.ctl("down")
        found = doctor(a)
        assert "up" in the(found, "tunnel.state", "note")["deed"]
        the(found, "hub.answers", "ok")
        the(found, "hub.clock", "ok")
        the(found, "tunnel.device", "ok")
        a.host.run("ip", "tuntap", "add", "bamgate0", "mode", "tun")
        mesh.hub.stop()
        found = doctor(a)
        the(found, "tunnel.device", "problem")
        assert "connection refused" in the(found, "hub.answers", "problem")["found"]
        a.secrets.chmod(0o755)
        assert "may be used by others" in the(doctor(a), "tunnel.secrets", "problem")["found"]


def test_belongs_to_no_network(net):
    a = empty_machine(net.host("a"))
    assert "setup" in the(doctor(a), "tunnel.state", "note")["deed"]


def test_who_asks_in_a_loop_waits(net):
    """Nobody has others asked as fast as they answer: here at once, since there is nobody to ask."""
    a = empty_machine(net.host("a"))
    lasted = []
    for _ in range(8):
        began = time.monotonic()
        a.bus.call(TUNNEL, "Diagnose", GLib.Variant("(a{sv})", ({},)))
        lasted.append(time.monotonic() - began)
    assert max(lasted[:6]) < 3 and min(lasted[6:]) > 3, lasted


def test_without_a_daemon(net):
    """Nothing is started, and what there is without one is told."""
    a = Machine(net.host("a"))
    found = doctor(a)
    the(found, "bus", "ok")
    assert "systemctl" in the(found, "daemon.running", "problem")["deed"]
    assert not [check for check in found if check.startswith(("tunnel.", "hub.", "net.", "peers."))]
    assert "org.bamgate" not in a.host.out("busctl", f"--address={a.bus.address}", "list")


def with_silent_hub(mesh):
    """A machine whose tunnel is off, and in the hub's place somebody who takes calls and says nothing."""
    a = mesh.machine("a")
    a.ctl("down")
    mesh.hub.stop()
    silent = mesh.hub.host.start("silent", "/usr/bin/python3", "-c", SILENT)
    silent.wait_line("ready")
    return a, silent


def test_one_diagnosis_at_a_time(net):
    """It waits for the hub for seconds: who asks meanwhile gets the same answer."""
    with Mesh(net) as mesh:
        a, silent = with_silent_hub(mesh)
        runs = [a.host.start(f"doctor-{n}", program("bamgatectl"), "doctor", "--json") for n in (1, 2, 3)]
        silent.wait_line("call")
        assert [run.wait(30) for run in runs] == [1, 1, 1]
        answers = [next(f for f in json.loads(run.text())["findings"] if f["check"] == "hub.answers") for run in runs]
        assert answers[0]["verdict"] == "problem" and "within 5 s" in answers[0]["found"]
        assert answers[1:] == answers[:1] * 2
        assert silent.text().count("call") == 1


def test_daemon_ends_meanwhile(net):
    with Mesh(net) as mesh:
        a, silent = with_silent_hub(mesh)
        run = a.host.start("doctor", program("bamgatectl"), "doctor", "--json")
        silent.wait_line("call")
        began = time.monotonic()
        assert a.stop() == 0 and time.monotonic() - began < 3
        assert run.wait(10) == 1
        assert {"daemon.answers"} <= {f["check"] for f in json.loads(run.text())["findings"]}
