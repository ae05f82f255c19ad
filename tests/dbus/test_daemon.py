# SPDX-License-Identifier: LGPL-2.1-or-later
"""The real bamgated on a private bus, and with the real polkitd; no tunnel is brought up here (tests/netns does)."""
import contextlib
import json
import subprocess
import xml.etree.ElementTree

import pytest

from bus_fixtures import FakeService, ROOT, build, running
from conftest import polkit_world


def daemon_argv(directory, *more):
    directory.mkdir(exist_ok=True)
    options = {"config": "bamgate.conf", "secrets-dir": "secrets", "state-dir": "state", "runtime-dir": "run"}
    return [build() / "daemon" / "bamgated", *(f"--{key}={directory / name}" for key, name in options.items()), *more]


@contextlib.contextmanager
def real_daemon(address, directory):
    argv = daemon_argv(directory, f"--bus={address}", "--ready-fd=1")
    with running(argv, stderr=open(directory / "log", "w")) as process:
        yield FakeService(address, process)


@pytest.fixture
def daemon(bus_address, tmp_path):
    with real_daemon(bus_address, tmp_path / "daemon") as made:
        yield made


def interfaces(text):
    node = xml.etree.ElementTree.fromstring(text)
    return {i.get("name"): sorted((c.tag, c.get("name"), c.get("type") or "", c.get("access") or "") for c in i
                                  if c.tag in ("method", "property", "signal")) for i in node.iter("interface")}


def test_serves_the_xml(daemon):
    argv = ["busctl", f"--address={daemon.address}", "introspect", "--xml-interface", "org.bamgate.Tunnel1",
            "/org/bamgate/Tunnel1"]
    served = interfaces(subprocess.run(argv, text=True, capture_output=True, check=True).stdout)
    written = interfaces((ROOT / "introspection" / "org.bamgate.Tunnel1.xml").read_text())
    assert served["org.bamgate.Tunnel1"] == written["org.bamgate.Tunnel1"]
    assert "org.freedesktop.DBus.ObjectManager" in served


def test_before_setup(daemon):
    status = daemon.ctl("status", "--json")
    assert status.returncode == 0, status.stderr
    told = json.loads(status.stdout)
    assert told["state"] == "off" and told["public_key"] == "" and told["peers"] == []
    assert "bamgatectl setup --host" in daemon.ctl("status").stdout
    assert daemon.ctl("up").returncode == 5
    assert daemon.ctl("invite").returncode == 5
    assert daemon.ctl("down").returncode == 0
    assert daemon.ctl("ping", "nobody").returncode == 6


def test_settings(daemon, tmp_path):
    changed = daemon.ctl("config", "set", "device.mtu=1400", "device.routes=192.168.7.0/24,10.1.0.0/16",
                         "device.accept-routes=yes")
    assert changed.returncode == 0, changed.stderr
    told = json.loads(daemon.ctl("config", "--json").stdout)["settings"]
    assert told["device.mtu"] == 1400 and told["device.accept-routes"] is True
    assert told["device.routes"] == ["192.168.7.0/24", "10.1.0.0/16"]
    assert "mtu=1400" in (tmp_path / "daemon" / "bamgate.conf").read_text().replace(" ", "")
    assert daemon.ctl("config", "unset", "device.mtu").returncode == 0
    assert json.loads(daemon.ctl("config", "get", "device.mtu", "--json").stdout)["settings"] == {"device.mtu": 1420}


@pytest.mark.parametrize("assignment, expectation", [
    ("device.colour=red", "unknown setting"), ("device.mtu=7", "a number between 576 and 9000"),
    ("device.mtu=much", "a number between 576 and 9000"), ("device.routes=rubbish", "an address with a prefix length"),
    ("device.accept-routes=perhaps", "neither true nor false"), ("peer.x.keepalive=-1", "a number between 0 and 65535"),
    ("peer.x.public-key=abc", "a public key"), ("ice.paths=carrier-pigeon", "direct, ice, data-channel"), ("nosection=1", "unknown")])
def test_bad_settings_change_nothing(daemon, assignment, expectation):
    """The daemon judges the text, and names key and expectation."""
    before = daemon.ctl("config", "--json").stdout
    result = daemon.ctl("config", "set", "device.accept-routes=yes", assignment)
    assert result.returncode == 2
    assert assignment.split("=")[0] in result.stderr and expectation in result.stderr
    assert daemon.ctl("config", "--json").stdout == before


@pytest.mark.parametrize("options, words", [
    ([], "by its URL and with its token"), (["server-url", "s", "https://hub.example"], "by its URL and with its token"),
    (["server-url", "s", "https://hub.example#x", "token", "s", "t"], "follows “#”"),
    (["server-url", "s", "http://hub.example", "token", "s", "t"], "not encrypted"),
    (["server-url", "s", "https://hub.example/" + "x" * 300, "token", "s", "t"], "URL"),
    (["server-url", "s", "ftp://hub.example", "token", "s", "t"], "ftp"),
    (["server-url", "s", "https://hub.example", "token", "s", "t", "colour", "s", "red"], "colour"),
    (["server-url", "s", "https://hub.example", "token", "s", "t"], "belongs to no network"),
    (["server-url", "s", "http://hub.example", "token", "s", "t", "force", "b", "true"], "belongs to no network")])
def test_what_moves_nowhere(daemon, options, words):
    """And nothing of it is asked for, or kept."""
    argv = ["busctl", f"--address={daemon.address}", "call", "org.bamgate.Tunnel1", "/org/bamgate/Tunnel1", "org.bamgate.Tunnel1",
            "MoveHub", "a{sv}", str(len(options) // 3), *options]
    refused = subprocess.run(argv, text=True, capture_output=True, check=False)
    assert refused.returncode != 0 and words in refused.stderr
    assert json.loads(daemon.ctl("config", "--json").stdout)["settings"]["network.server-url"] == ""


def test_counters_on_demand(daemon):
    """The wish ends with its client: the property is 0 again for the next one."""
    def interval():
        argv = ["busctl", f"--address={daemon.address}", "get-property", "org.bamgate.Tunnel1", "/org/bamgate/Tunnel1",
                "org.bamgate.Tunnel1", "StatisticsInterval"]
        return subprocess.run(argv, text=True, capture_output=True, check=True).stdout.strip()

    argv = ["busctl", f"--address={daemon.address}", "call", "org.bamgate.Tunnel1", "/org/bamgate/Tunnel1",
            "org.bamgate.Tunnel1", "SetStatisticsInterval", "u", "500"]
    subprocess.run(argv, check=True)
    assert interval() == "u 0"


def test_the_name_is_taken(daemon, tmp_path):
    second = subprocess.run(daemon_argv(tmp_path / "second", f"--bus={daemon.address}"), text=True, capture_output=True,
                            timeout=30)
    assert second.returncode == 69, second.stderr


def test_leave_names_the_unit_that_has_the_hubs_data(bus_address, tmp_path):
    directory = tmp_path / "daemon"
    directory.mkdir()
    (directory / "bamgate.conf").write_text("[network]\nserver-url=https://localhost:8443\nhost-hub=true\n"
                                            "[device]\nname=a\naddress=10.0.0.1/24\nautostart=false\n")
    argv = daemon_argv(directory, f"--bus={bus_address}", "--ready-fd=1", f"--hub-socket={tmp_path}/none")
    with running(argv, stderr=open(directory / "log", "w")) as process:
        told = json.loads(FakeService(bus_address, process).ctl("leave", "--yes", "--remove-hub", "--json").stdout)
    assert told["hub_unit"] == "bamgated-hub.service"
    assert "[network]\n" not in (directory / "bamgate.conf").read_text() or "host-hub" not in (directory / "bamgate.conf").read_text()


def test_ends_on_sigterm(bus_address, tmp_path):
    with real_daemon(bus_address, tmp_path / "daemon") as daemon:
        daemon.process.terminate()
        assert daemon.process.wait(10) == 0


@pytest.fixture(scope="module")
def world():
    with polkit_world("bamgated", "root", "--config={}/c", "--secrets-dir={}/s", "--state-dir={}/st",
                      "--runtime-dir={}/r") as made:
        yield made


def test_root_passes(world):
    result = world.run("root", "bamgatectl", "config", "set", "device.mtu=1300")
    assert result["code"] == 0, result["err"]


def test_others_are_refused(world):
    for user in ("bg-denied", "bg-plain"):
        result = world.run(user, "bamgatectl", "config", "set", "device.mtu=1301")
        assert result["code"] == 4
    assert world.run("bg-plain", "bamgatectl", "config", "get", "device.mtu")["out"] == "1300\n"


def test_a_rule_allows(world):
    assert world.run("bg-allowed", "bamgatectl", "config", "set", "device.mtu=1302")["code"] == 0
    assert world.run("bg-allowed", "bamgatectl", "up")["code"] == 5


def test_rights_after_a_restart_of_the_bus():
    with polkit_world("bamgated", "root", "--config={}/c", "--secrets-dir={}/s", "--state-dir={}/st",
                      "--runtime-dir={}/r") as world:
        for _ in range(3):
            assert world.call("bg-allowed", "Reload") == ["", ""]
            assert world.call("bg-denied", "Reload")[0].endswith("AccessDenied")
            world.ask(do="restart_bus")
        world.ask(do="restart_bus_under_call", user="bg-allowed", method="Reload", path="/org/bamgate/Tunnel1",
                  arguments="()", interactive=False)
        assert world.call("bg-allowed", "Reload") == ["", ""]
