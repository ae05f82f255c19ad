# SPDX-License-Identifier: LGPL-2.1-or-later
"""Settings that somebody edits while the tunnel is up: taken as they are saved, and not at all where they are wrong."""

import json
import os
import re
import signal

from lab import measure
from lab.bamgate import key_file, static_machine
from lab.wait import wait_for
from lab.wireguard import Keys

# What is saved, a section at a time, and what of it waits until the tunnel comes up next. That every key is thought of is a unit test's.
CHANGES = [
    ({"network": {"name": "home", "proxy": "none", "server-url": "wss://127.0.0.1:1/connect", "hub-listen": "127.0.0.1:9443"}}, ["network.server-url"]),
    ({"device": {"mtu": 1300, "threads": 2, "routes": "192.168.77.0/24", "routes-nat": "false", "forward": "all", "dns": "192.168.77.1",
                 "dns-search": "corp.example.org", "accept-routes": "true", "allow": "icmp;tcp 22", "deny": "tcp 23", "exit-lan": "false",
                 "autostart": "false"}}, []),
    ({"device": {"name": "x", "interface": "bg9", "address": "10.70.0.9/24", "address6": "fd00::9/64"}},
     ["device.address", "device.address6", "device.interface", "device.name"]),
    ({"ice": {"stun-servers": "stun:192.0.2.1:3478", "turn-servers": "turn:192.0.2.1:3478", "relay": "off", "tcp": "false", "port-mapping": "false",
              "force-relay": "true", "paths": "ice", "connect": "always", "connect-always": "c", "idle-timeout": 60}}, []),
    ({"dns": {"suffix": "example.internal", "search": "true", "resolver": "false", "manage": "off"}}, []),
    ({"files": {"receive": "never"}, "service web": {"tcp": "127.0.0.1:8080"}}, []),
    ({"publish": {"subnet": "10.108.0.0/16", "listen": "all", "first-port": 9000, "drain": 60}, "ngrok": {"selector": "false", "poll-interval": 60}}, []),
    ({"log": {"level": "debug"}, "metrics": {"listen": "127.0.0.1:9099"}}, []),
    ({"accept c": {"routes": "*", "prefer": "10.8.0.0/24", "dns": "*", "dns-search": "*"}, "peer c": {
        "public-key": Keys().public, "endpoint": "192.0.2.7:51820", "allowed-ips": "10.70.0.3/32", "keepalive": 25}}, []),
]


def pair(net):
    hosts = [net.host("a"), net.host("b")]
    keys = [Keys(), Keys()]
    machines = []
    for index, host in enumerate(hosts):
        peer = {"public-key": keys[1 - index].public, "endpoint": f"{hosts[1 - index].address}:51820", "allowed-ips": [f"10.70.0.{2 - index}/32"]}
        machine = static_machine(host, f"10.70.0.{index + 1}/24", {hosts[1 - index].name: peer}, {"listen-port": 51820})
        machine.write_secret("device-key", keys[index].private)
        machines.append(machine.start().wait_state("online"))
    measure.ping_until_answered(hosts[1], "10.70.0.1")
    return machines


def save(machine, text):
    """As most editors do: a new file in the place of the old one."""
    fresh = machine.config.with_name("saved")
    fresh.write_text(text, encoding="utf-8")
    fresh.rename(machine.config)


def reason(machine):
    return machine.bus.tunnel()["StateReason"]


def mtu_of(machine):
    return machine.host.ip_json("link", "show", "dev", machine.interface)[0]["mtu"]


def wait_mtu(machine, mtu):
    wait_for(f"the interface has {mtu}", lambda: mtu_of(machine) == mtu, 15)


def reloads(machine):
    text = machine.ctl("metrics", "--socket", machine.runtime / "metrics.sock").stdout
    return int(re.search(r'^bamgate_settings_reloads_total\{result="taken"\} (\d+)$', text, re.MULTILINE)[1])


def merged(text, changes):
    """GLib puts sections of one name together."""
    return text + "\n" + key_file(changes)


def test_every_setting_with_a_connection(net):
    a, b = pair(net)
    before = a.config.read_text(encoding="utf-8")
    plain = a.ctl_json("config", "list")
    pings = b.host.start("ping", "ping", "-n", "-i", "0.1", "10.70.0.1")
    pings.wait_line("icmp_seq=3 ")
    for changes, waits in CHANGES:
        save(a, merged(before, changes))
        a.bus.wait(f"{list(changes)} is taken", lambda: a.ctl_json("config", "list") != plain)
        assert a.bus.tunnel()["PendingRestart"] == waits
        assert a.state_is("online", "degraded")
        save(a, before)
        a.bus.wait(f"{list(changes)} is as before", lambda: a.ctl_json("config", "list") == plain)
        assert a.bus.tunnel()["PendingRestart"] == []
    pings.signal(signal.SIGINT)
    pings.wait()
    sent, heard = map(int, re.search(r"(\d+) packets transmitted, (\d+) received", pings.text()).groups())
    assert sent - heard <= 1, pings.text()  # the last one may be under way


def test_every_way_to_save(net):
    a, _b = pair(net)
    before = a.config.read_text(encoding="utf-8")
    save(a, merged(before, {"device": {"mtu": 1301}}))
    wait_mtu(a, 1301)
    a.config.write_text(merged(before, {"device": {"mtu": 1302}}), encoding="utf-8")
    wait_mtu(a, 1302)
    drop_ins = a.config.with_name("bamgate.conf.d")
    drop_ins.mkdir()
    (drop_ins / "10.conf").write_text("[device]\nmtu=1303\n", encoding="utf-8")
    wait_mtu(a, 1303)
    (drop_ins / "10.conf").unlink()
    wait_mtu(a, 1302)
    a.config.rename(a.config.with_name("elsewhere"))
    os.symlink("elsewhere", a.config)
    a.config.with_name("elsewhere").write_text(merged(before, {"device": {"mtu": 1304}}), encoding="utf-8")
    wait_mtu(a, 1304)
    taken = reloads(a)
    a.ctl("config", "set", "device.mtu=1305")
    wait_mtu(a, 1305)
    save(a, merged(before, {"device": {"mtu": 1306}}))
    wait_mtu(a, 1306)
    assert reloads(a) == taken + 1  # the daemon's own change was nobody's edit


def test_broken_file_changes_nothing_and_is_told(net):
    a, b = pair(net)
    before = a.config.read_text(encoding="utf-8")
    save(a, merged(before, {"device": {"mtu": "big"}}))
    a.bus.wait("it is told", lambda: "“big”" in reason(a))
    assert a.state_is("online") and "“big”" in a.ctl("status").stdout
    assert json.loads(a.ctl("status", "--json").stdout)["state"] == "online"
    save(a, before)
    a.bus.wait("it is told no more", lambda: reason(a) == "")
    a.config.unlink()
    a.bus.wait("it is told", lambda: "not there" in reason(a))
    a.daemon.signal(signal.SIGHUP)
    a.daemon.wait_line("the settings stay as they were")
    assert "not there" in a.ctl("config", "set", "device.mtu=1300", check=False).stderr and not a.config.exists()
    measure.ping(b.host, "10.70.0.1")
    a.ctl("down")
    a.bus.wait("it is told while it is down", lambda: a.state_is("off") and "not there" in reason(a))
    save(a, before)
    a.bus.wait("it is told no more", lambda: "not there" not in reason(a))
    a.ctl("up")
    measure.ping_until_answered(b.host, "10.70.0.1")
