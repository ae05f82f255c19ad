# SPDX-License-Identifier: LGPL-2.1-or-later
"""`bamgatectl report`: what is in it, and what must never be."""

import base64
import json
import os
import re
import stat
import tarfile
import urllib.parse

import pytest

from lab.mesh import empty_machine
from lab.paths import program
from lab.wireguard import Keys

# Instead of a journal, which no lab has: the daemon's log, and whatever a careless program might ever have written.
JOURNAL = """#!/bin/sh
cat {log} {careless}
"""
SHORTEST = 8


@pytest.fixture
def home(net):
    """A machine with every kind of secret: it runs a hub, has a static peer with a preshared key, a TURN secret, an invite that is open."""
    home = empty_machine(net.host("home"))
    url = f"https://{home.host.address}:8443"
    home.setup = home.ctl_json("setup", "--host", "--public-url", url, "--name", "home", seconds=60)
    home.psk, office = Keys().private, Keys()
    home.write_secret("peer/office/psk", home.psk)
    home.write_secret("turn-secret", "a-turn-secret-of-the-lab")
    home.ctl("config", "set", f"peer.office.public-key={office.public}", "peer.office.allowed-ips=10.9.0.0/24",
             "peer.office.endpoint=vpn.office.example:51820", "ice.turn-servers=turn:198.18.0.200:3478")
    home.office = office.public
    return home


def secrets_of(machine):
    """All that is secret on it, by where it is."""
    found = {path.name: path.read_text(encoding="utf-8").strip() for path in machine.secrets.iterdir()}
    for path in (machine.state / "hub").rglob("*"):
        if path.is_file() and path.suffix not in (".db", ".db-wal", ".db-shm") and b"PUBLIC" not in path.read_bytes():
            found[path.name] = path.read_text(encoding="utf-8", errors="replace").strip()
    code = re.search(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", json.dumps(machine.setup["invite"])).group()
    return {**{name: text for name, text in found.items() if "BEGIN CERTIFICATE" not in text or "PRIVATE KEY" in text}, "invite": code}


def kinds_of(text):
    """A secret as it is, and as people and programs write bytes."""
    raw = text.encode()
    kinds = {text, raw.hex(), raw.hex().upper(), base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()}
    if re.fullmatch(r"[A-Za-z0-9+/]{43}=", text):
        key = base64.b64decode(text)
        kinds |= {key.hex(), base64.urlsafe_b64encode(key).decode(), text.rstrip("=")}
    if re.fullmatch(r"(?:[0-9a-f]{2}){16,}", text):
        kinds |= {base64.b64encode(bytes.fromhex(text)).decode(), text.upper()}
    if "\n" in text:  # a PEM file: any line of its body gives it away
        kinds |= {line for line in text.splitlines() if len(line) > 40 and not line.startswith("-----")}
    return kinds


def write_careless_log(machine, secrets):
    words = []
    for text in secrets.values():
        for kind in sorted(kinds_of(text)):
            if len(kind) >= 20 and "turn-secret-of" not in kind:
                words += [f"tunnel: key {kind} was read", f'{{"x":"{kind}"}}', f"({kind})"]
        words += [f"token={text}", f"password={text}", f"Authorization: Bearer {text}", f'"secret": "{text}"']
    words += [machine.setup["invite"]["join_command"]]
    path = machine.host.dir / "careless.log"
    path.write_text("\n".join(words) + "\n", encoding="utf-8")
    return path


def put_journal(machine, careless):
    folder = machine.host.dir / "programs"
    folder.mkdir()
    script = folder / "journalctl"
    script.write_text(JOURNAL.format(log=machine.host.dir / "bamgated-1.log", careless=careless), encoding="utf-8")
    script.chmod(0o755)
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}


def unpack(path):
    with tarfile.open(path) as bundle:
        assert all(member.isfile() and member.name.startswith("bamgate-report/") and member.mode == 0o600 for member in bundle)
        return {member.name.partition("/")[2]: bundle.extractfile(member).read().decode() for member in bundle}


def test_no_secret_gets_in(home):
    secrets = secrets_of(home)
    assert {"device-key", "token", "turn-secret", "invite", urllib.parse.quote("peer/office/psk", safe="")} <= set(secrets)
    assert sum("PRIVATE KEY" in text for text in secrets.values()) == 1, secrets.keys()
    environment = put_journal(home, write_careless_log(home, secrets))
    path = home.host.dir / "report.tar.gz"
    for options in ((), ("--anonymous", "--force")):
        home.ctl("report", "--yes", *options, path, env=environment, seconds=60)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        files = unpack(path)
        assert "on the bus" in files["log.txt"] and "(removed)" in files["log.txt"]
        for name, text in secrets.items():
            for kind in kinds_of(text):
                assert not [file for file, content in files.items() if len(kind) >= SHORTEST and kind in content], (name, kind)


def test_what_is_in_it(home):
    path = home.host.dir / "report.tar.gz"
    told = home.ctl("report", path, seconds=60)
    assert "Secrets are left out" in told.stderr and "--anonymous" in told.stderr and "firewall.txt" in told.stderr
    files = unpack(path)
    status, doctor, settings = (json.loads(files[f"{name}.json"]) for name in ("status", "doctor", "settings"))
    assert status["public_key"] == home.bus.tunnel()["PublicKey"] and status["name"] == "home"
    assert {finding["check"] for finding in doctor["findings"]} >= {"tunnel.state", "hub.line", "net.nat4"}
    assert settings["settings"]["peer.office.public-key"] == home.office
    assert "bamgate0" in files["addresses.txt"] and "10.9.0.0/24" in files["routes.txt"] and "lookup" in files["rules.txt"]
    readme = files["README.txt"]
    assert all(re.search(rf"^{re.escape(name)} ", readme, re.MULTILINE) for name in files if name != "README.txt")
    assert re.search(r"^networkmanager.txt .*\n +(not there|but):", readme, re.MULTILINE)


def test_anonymous(home):
    path = home.host.dir / "report.tar.gz"
    home.ctl("report", "--anonymous", path, seconds=60)
    files = unpack(path)
    whole = "\n".join(files.values())
    for what in (home.host.address, home.host.address6, home.office, home.bus.tunnel()["PublicKey"], "vpn.office.example"):
        assert what not in whole, what
    assert not re.search(r"(?<![\w-])(home|office)(?![\w-])", whole)
    status, settings = json.loads(files["status.json"]), json.loads(files["settings.json"])
    assert status["public_key"].startswith("key-") and status["name"].startswith("name-")
    assert status["name"] == settings["settings"]["device.name"]


def test_nothing_is_overwritten(home):
    path = home.host.dir / "report.tar.gz"
    path.write_text("mine", encoding="utf-8")
    refused = home.ctl("report", "--yes", path, check=False)
    assert refused.returncode == 1 and "--force" in refused.stderr and path.read_text(encoding="utf-8") == "mine"
    link = home.host.dir / "link.tar.gz"
    link.symlink_to(path)
    home.ctl("report", "--yes", "--force", link, seconds=60)
    assert not link.is_symlink() and unpack(link) and path.read_text(encoding="utf-8") == "mine"
    assert home.ctl("report", "--yes", "/nowhere/report.tar.gz", check=False, seconds=60).returncode == 1
    assert sorted(entry.name for entry in home.host.dir.glob("*.tar.gz*")) == ["link.tar.gz", "report.tar.gz"]


def test_to_standard_output(home, tmp_path):
    path = tmp_path / "piped.tar.gz"
    home.host.run("sh", "-c", f"exec {program('bamgatectl')} report - > {path}", seconds=60)
    assert "status.json" in unpack(path)


def test_without_a_daemon(net):
    machine = empty_machine(net.host("alone"))
    machine.stop()
    path = machine.host.dir / "report.tar.gz"
    machine.ctl("report", "--yes", path, seconds=60)
    files = unpack(path)
    assert "daemon" in files["README.txt"] and "bamgatectl" in files["versions.txt"] and "lo" in files["addresses.txt"]
