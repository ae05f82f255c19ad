# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the units promise: who runs as whom, with which rights, and what an administrator's words do."""

import json

import pytest

DAEMON, HUB = "bamgated", "bamgated-hub"
NET_ADMIN, NET_BIND_SERVICE = 1 << 12, 1 << 10
SETTINGS = "/etc/bamgate/bamgate.conf"


def capabilities(status):
    return {int(status[key], 16) for key in ("CapEff", "CapPrm", "CapAmb", "CapInh")}


def state(machine, user=None):
    return json.loads(machine.ctl("status", "--json", user=user).stdout)["state"]


def set_setting(machine, text):
    """As an editor does."""
    machine.run("sh", "-c", f"cat >{SETTINGS}", input=text)


def test_rights_of_the_daemon(machine):
    status = machine.status_of(machine.pid(DAEMON))
    assert status["Uid"].split() == [machine.out("id", "-u", "bamgate")] * 4
    rights = NET_ADMIN | NET_BIND_SERVICE
    assert capabilities(status) == {rights} and int(status["CapBnd"], 16) == rights
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"


def test_rights_of_the_hub(host):
    status = host.status_of(host.pid(HUB))
    assert status["Uid"].split() == [host.out("id", "-u", "bamgate-hub")] * 4
    assert capabilities(status) == {0}
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"
    assert "no Landlock" not in host.journal("--unit", HUB)

    def can_read(user, unit, path):
        enter = ["nsenter", "--target", str(host.pid(unit)), "--mount", "setpriv", "--reuid", user, "--regid", user, "--clear-groups"]
        return host.run(*enter, "cat", path, check=False).returncode == 0

    secret, token = "/etc/bamgate/secrets/device-key", "/var/lib/bamgated-hub/token"
    assert can_read("bamgate", DAEMON, secret) and can_read("bamgate-hub", HUB, token)
    assert not can_read("bamgate-hub", HUB, secret) and not can_read("bamgate", DAEMON, token)
    assert not can_read("root", HUB, secret)  # hidden, not only forbidden


def test_hub_is_nobody_on_the_bus(host):
    for user in ("bamgate", "bamgate-hub"):
        refused = host.ctl("down", user=user, check=False)
        assert refused.returncode == 4, refused.stderr
    assert state(host) == "online"


def test_gateway_without_rights(host):
    """Forwarding is switched on and off by the daemon's user, in a unit that has nothing else of /proc/sys."""
    host.run("ip", "link", "add", "lan0", "type", "veth", "peer", "name", "lan1")
    host.sh("ip address add 192.168.10.1/24 dev lan0; ip address add fd10::1/64 dev lan0 nodad; ip link set lan0 up; ip link set lan1 up")

    def switches():
        return host.sh("cat /proc/sys/net/ipv4/conf/lan0/forwarding; cd /proc/sys/net/ipv6/conf; cat lan0/force_forwarding || cat all/forwarding")

    host.ctl("config", "set", "device.routes=192.168.10.0/24;fd10::/64")
    host.wait("it forwards", lambda: switches().split() == ["1", "1"])
    pid = host.pid(DAEMON)
    host.run("kill", "-KILL", str(pid))
    host.wait("another daemon", lambda: host.pid(DAEMON) not in (0, pid) and host.ctl("status", check=False).returncode == 0)
    host.ctl("config", "set", "device.routes=")
    host.wait("it does not forward", lambda: switches().split() == ["0", "0"])
    host.run("ip", "link", "delete", "lan0")


def test_what_others_may(host):
    assert state(host, "alice") == "online"
    refused = host.ctl("config", "set", "device.mtu=1300", user="alice", check=False)
    assert refused.returncode == 4, refused.stderr
    assert host.run("cat", SETTINGS, user="alice").returncode == 0
    for secret in ("/etc/bamgate/secrets/device-key", "/var/lib/bamgated-hub/token", "/run/bamgated-hub/daemon"):
        assert host.run("test", "-r", secret, user="alice", check=False).returncode != 0
    assert host.sh("find /etc/bamgate /var/lib/bamgate /var/lib/bamgated-hub /run/bamgate -perm /022") == "/run/bamgate/metrics.sock"  # which tells what the bus does
    assert host.sh("find /etc/bamgate/secrets /var/lib/bamgated-hub /var/lib/bamgate -type f -perm /077") == ""


def test_units_are_clean(machine):
    units = [f"/usr/lib/systemd/system/{unit}" for unit in ("bamgated.service", "bamgated-hub.service", "bamgated-hub.socket",
                                                            "bamgated-dns.service", "bamgated-dns.socket", "bamgated-strict.service",
                                                            "bamgate-hub.service")]
    checked = machine.run("systemd-analyze", "verify", "--man=no", "--recursive-errors=yes", *units)
    assert "bamgate" not in checked.stderr
    for unit in ("bamgated.service", "bamgated-hub.service", "bamgated-dns.service", "bamgated-strict.service", "bamgate-hub.service"):
        machine.run("systemd-analyze", "security", "--threshold=16", "--no-pager", unit)


# --- The daemon's life ---

def test_disable_holds(machine):
    machine.run("systemctl", "disable", "--quiet", "--now", DAEMON)
    for _boot in range(2):
        refused = machine.ctl("status", user="alice", check=False)
        assert refused.returncode != 0 and not machine.is_active(DAEMON)
        machine.reboot()
    machine.run("systemctl", "enable", "--quiet", DAEMON)
    assert not machine.is_active(DAEMON)
    assert state(machine, "alice") == "off" and machine.is_active(DAEMON)  # a call starts it
    machine.reboot()
    machine.wait("it starts at boot", lambda: machine.is_active(DAEMON))
    machine.run("systemctl", "mask", "--quiet", "--now", DAEMON)
    assert machine.ctl("status", user="alice", check=False).returncode != 0
    assert not machine.is_active(DAEMON)


def test_killed_daemon_comes_back(host):
    pid, hub = host.pid(DAEMON), host.pid(HUB)
    host.run("kill", "-KILL", str(pid))
    host.wait("another daemon", lambda: host.pid(DAEMON) not in (0, pid))
    host.wait("it is online", lambda: state(host) == "online")
    assert host.pid(HUB) == hub


def test_restarted_bus_ends_nothing(host):
    pid = host.pid(DAEMON)
    index = host.out("cat", "/sys/class/net/bamgate0/ifindex")
    for _ in range(2):
        host.run("kill", "-KILL", str(host.pid("dbus.service")))
        host.wait("the daemon is back on the bus", lambda: host.ctl("status", check=False).returncode == 0)
        host.run("systemctl", "reset-failed", "dbus.service", check=False)
    assert host.pid(DAEMON) == pid and host.out("cat", "/sys/class/net/bamgate0/ifindex") == index
    host.wait("it is online", lambda: state(host) == "online")


def test_down_holds_over_a_reboot(host):
    host.ctl("down")
    host.reboot()
    host.wait("the daemon starts at boot", lambda: host.is_active(DAEMON))
    assert state(host) == "off" and "stays so over restarts" in host.ctl("status").stdout
    host.ctl("up")
    host.reboot()
    host.wait("it is online", lambda: state(host) == "online")


def test_bad_settings_are_said_once(machine):
    set_setting(machine, "[device]\nmtu=7\n")
    assert machine.run("systemctl", "restart", DAEMON, check=False).returncode != 0
    assert machine.show(DAEMON, "ExecMainStatus") == "78"
    assert machine.show(DAEMON, "SubState") == "failed" and machine.show(DAEMON, "NRestarts") == "0"


def test_reload(machine):
    set_setting(machine, "[device]\nname=house\n")
    machine.run("systemctl", "reload", DAEMON)
    assert "house" in machine.ctl("config", "get", "device.name").stdout
    set_setting(machine, "[device]\nname=house\nmtu=7\n")
    assert machine.run("systemctl", "reload", DAEMON, check=False).returncode != 0
    machine.wait("the reason is in the journal", lambda: "[device] mtu: “7”" in machine.journal())
    assert machine.is_active(DAEMON) and "house" in machine.ctl("config", "get", "device.name").stdout


# --- Beside root's wireguard-go ---

def test_the_sockets_of_others(host):
    with host.started("env", "WG_PROCESS_FOREGROUND=1", "wireguard-go", "--foreground", "wg0"):
        host.wait("wireguard-go listens", lambda: host.run("test", "-S", "/run/wireguard/wg0.sock", check=False).returncode == 0)
        assert sorted(host.out("wg", "show", "interfaces").split()) == ["bamgate0", "wg0"]
        for command in ("rm -f /run/wireguard/wg0.sock", "mv /run/wireguard/wg0.sock /run/wireguard/x.sock",
                        "ln -sf /nowhere /run/wireguard/wg0.sock", "mv /run/wireguard /run/other"):
            refused = host.run("sh", "-c", command, user="bamgate", check=False)
            assert refused.returncode != 0, command
        assert host.run("wg", "show", "wg0", "fwmark", check=False).returncode == 0
    assert host.out("wg", "show", "bamgate0", "public-key") == json.loads(host.ctl("status", "--json").stdout)["public_key"]


@pytest.mark.long
def test_a_strict_exit_holds_from_the_beginning(machine):
    """The rules are there before there is a network, whether bamgated comes or not; no exit, no rules."""
    machine.sh("systemctl enable --quiet bamgated-strict.service")
    public = machine.ctl("pubkey", input=machine.ctl("genkey").stdout).stdout.strip()
    machine.ctl("config", "set", "device.address=10.77.0.1/24", f"peer.out.public-key={public}", "peer.out.allowed-ips=0.0.0.0/0",
                "device.exit-strict=true", "device.exit-node=out")
    assert "bamgate_strict" in machine.sh("nft list tables")
    machine.sh("systemctl disable --quiet bamgated")
    machine.off()
    machine.boot()
    assert "bamgate_strict" in machine.sh("nft list tables")
    shown = machine.sh("systemctl show -P ActiveEnterTimestampMonotonic bamgated-strict.service network-pre.target").split()
    assert int(shown[0]) <= int(shown[1]), shown
    machine.sh("systemctl start bamgated")
    machine.ctl("exit", "set", "none")
    assert "bamgate_strict" not in machine.sh("nft list tables")
    machine.off()
    machine.boot()
    assert "bamgate_strict" not in machine.sh("nft list tables")
