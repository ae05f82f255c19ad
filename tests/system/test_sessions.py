# SPDX-License-Identifier: LGPL-2.1-or-later
"""What people may do by where they sit: sessions of the real logind, asked about by the real polkitd."""

import contextlib
import json

ASKED = "authentication-required"
WORDS = {"control": ("down", "up"), "configure": ("config set device.mtu=1400", "config set device.mtu=1420")}
# What the session does when it is told to; it stays where it is until then.
SCRIPT = """#!/bin/sh
loginctl show-session "$XDG_SESSION_ID" >/tmp/{user}.session
echo >/tmp/{user}.there
read go </tmp/{user}.go
loginctl show-session "$XDG_SESSION_ID" >/tmp/{user}.session
{commands}
"""
FREE = "status --json"
BUS, PATH, STANDARD = "org.bamgate.Tunnel1", "/org/bamgate/Tunnel1", "org.freedesktop.DBus"


class Session:
    """A login of `user`, at the seat or from elsewhere."""

    def __init__(self, machine, user, commands, seat):
        self.machine, self.user = machine, user
        lines = "\n".join(f"bamgatectl --json {words} </dev/null; code=$?; echo; echo $code" for words in commands)
        machine.run("sh", "-c", f"cat >/srv/{user}.sh; chmod +x /srv/{user}.sh; mkfifo -m 666 /tmp/{user}.there /tmp/{user}.go",
                    input=SCRIPT.format(user=user, commands=lines))
        place = ["-E", "XDG_SEAT=seat0", "-E", "XDG_SESSION_TYPE=wayland"] if seat else ["-E", "XDG_SESSION_TYPE=tty"]
        self.argv = ["systemd-run", "--quiet", "--pipe", "--wait", f"--unit=login-of-{user}", "-p", "PAMName=login", "-p", f"User={user}",
                     "-E", "XDG_SESSION_CLASS=user", *place, f"/srv/{user}.sh"]

    @contextlib.contextmanager
    def there(self):
        with self.machine.started(*self.argv) as self.process:
            try:
                self.machine.run("cat", f"/tmp/{self.user}.there")
                yield self
            finally:
                self.machine.run("systemctl", "stop", f"login-of-{self.user}", check=False)

    def facts(self):
        return dict(line.split("=", 1) for line in self.machine.out("cat", f"/tmp/{self.user}.session").splitlines())

    def act(self):
        """→ for each command its error's code, or the empty text."""
        self.machine.sh(f"echo go >/tmp/{self.user}.go")
        lines = [line for line in self.process.communicate(timeout=60)[0].splitlines() if line]
        answers, text = [], ""
        for line in lines:
            if line.isdigit():
                answers.append(json.loads(text)["error"]["code"] if int(line) else "")
                text = ""
            else:
                text += line
        return answers


COMMANDS = [FREE, *WORDS["control"], *WORDS["configure"]]
CHALLENGED = ["", ASKED, ASKED, ASKED, ASKED]


def state(machine):
    return json.loads(machine.ctl("status", "--json").stdout)["state"]


def test_at_the_seat(host):
    with Session(host, "alice", COMMANDS, seat=True).there() as alice:
        assert alice.act() == ["", "", "", ASKED, ASKED]
        facts = alice.facts()
    assert (facts["Active"], facts["Remote"], facts["Seat"]) == ("yes", "no", "seat0")


def test_at_the_seat_but_behind_another(host):
    """Somebody else took the seat meanwhile: who is behind may look, and is asked for the rest."""
    with Session(host, "alice", COMMANDS, seat=True).there() as alice, Session(host, "bob", COMMANDS, seat=True).there() as bob:
        assert alice.act() == CHALLENGED
        assert alice.facts()["Active"] == "no"
        assert bob.act() == ["", "", "", ASKED, ASKED]


def test_from_elsewhere(host):
    with Session(host, "alice", COMMANDS, seat=False).there() as alice:
        assert alice.act() == CHALLENGED
        assert alice.facts().get("Seat", "") == ""
    assert state(host) == "online"


def test_without_a_session(host):
    refused = host.ctl("--json", "down", user="alice", check=False)
    assert refused.returncode == 4 and json.loads(refused.stdout)["error"]["code"] == ASKED
    assert state(host) == "online"
    assert host.ctl("--json", "down", user="root").returncode == 0


def test_doctor_at_the_seat(host):
    """A bare compositor has no agent: that is found, as often as it is looked for, and which program would be one."""
    commands = [f"doctor >/tmp/doctor.{n}; true" for n in (1, 2)]
    with Session(host, "alice", commands, seat=True).there() as alice:
        assert alice.act() == ["", ""]
    for n in (1, 2):
        findings = {f["check"]: f for f in json.loads(host.out("cat", f"/tmp/doctor.{n}"))["findings"]}
        for check in ("bus", "daemon.running", "daemon.version", "tun.device", "rights", "tunnel.files", "tunnel.secrets"):
            assert findings[check]["verdict"] == "ok", findings[check]
        assert "daemon.unit" not in findings
        assert findings["polkit.agent"]["verdict"] == "problem" and "lxqt-policykit" in findings["polkit.agent"]["deed"]


def test_doctor_says_what_became_of_the_unit(host):
    def running():
        findings = json.loads(host.ctl("doctor", "--json", check=False).stdout)["findings"]
        return next(f for f in findings if f["check"] == "daemon.running")

    host.sh("systemctl stop bamgated")
    assert running()["deed"] == "start it: systemctl start bamgated" and running()["verdict"] == "problem"
    host.sh("systemctl mask --runtime bamgated")
    assert "masked" in running()["found"]
    host.sh("systemctl unmask --runtime bamgated; echo nonsense >>/etc/bamgate/bamgate.conf; systemctl start bamgated || true")
    assert "has failed (exit-code)" in running()["found"]


def test_nothing_secret_is_told(host):
    """All that the bus gives to anybody, and all that systemd knows of the units."""
    secrets = host.sh("for f in /etc/bamgate/secrets/* /var/lib/bamgated-hub/token; do cat $f; echo; done").split()
    # the id that stands before a credential is no secret: everybody in the network sees it
    secrets.remove(host.sh("cat /etc/bamgate/secrets/device-credential").split()[0])
    assert len(secrets) >= 2
    told = [host.out("busctl", "call", BUS, "/", f"{STANDARD}.ObjectManager", "GetManagedObjects", user="alice", check=False),
            host.out("busctl", "call", BUS, PATH, f"{STANDARD}.ObjectManager", "GetManagedObjects", user="alice"),
            host.out("busctl", "call", BUS, PATH, f"{STANDARD}.Properties", "GetAll", "s", BUS, user="alice"),
            host.out("busctl", "call", BUS, PATH, BUS, "GetConfiguration", user="alice"),
            host.out("systemctl", "show", "bamgated", "bamgated-hub", user="alice"),
            host.out("journalctl", "--no-pager", "--output=export"),
            host.sh("cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ | tr '\\0' '\\n'")]
    assert told[1].startswith("a{oa{sa{sv}}}") and "PublicKey" in told[2] and "device" in told[3]
    for text in told:
        assert not [secret for secret in secrets if secret in text]
