# SPDX-License-Identifier: LGPL-2.1-or-later
"""Completion in real shells, with peers whose names are programs, options and escape sequences.

A bamgatectl in front of the real one completes as that does, and else notes the words that the shell made of the line.
"""
import contextlib
import os
import pathlib
import pty
import select
import shutil
import subprocess
import time

import pytest

from bus_fixtures import ctl, fake_service

DATA = pathlib.Path(__file__).resolve().parents[2] / "data"
SHELLS = ("bash", "zsh", "fish")

NAMES = {  # as it is: as bamgatectl takes it
    "laptop": "laptop",
    "näs": "näs",
    "$(touch x)": "$(touch x)",
    "`touch x`": "`touch x`",
    "a;touch x": "a;touch x",
    "a|touch x&": "a|touch x&",
    "it's": "it\\x27s",
    "a'$(touch x)'": "a\\x27$(touch x)\\x27",
    'a"$(touch x)"': 'a"$(touch x)"',
    "a\\'; touch x; '": "a\\x5c\\x27; touch x; \\x27",
    "a\ntouch x\n": "a\\x0atouch x\\x0a",
    "a\t\tfiles": "a\\x09\\x09files",
    "-rf": "\\x2drf",
    "--json": "\\x2d-json",
    "*": "*",
    "?": "?",
    "[a-z]*": "[a-z]*",
    "{a,b}": "{a,b}",
    "~": "\\x7e",
    "~root": "\\x7eroot",
    "#x": "#x",
    "!!": "!!",
    "=ls": "=ls",
    "%1": "%1",
    "<(touch x)": "<(touch x)",
    "a>x": "a>x",
    "a:b=c@d": "a:b=c@d",
    "\x1b]0;owned\x07\x1b[31m": "\\x1b]0;owned\\x07\\x1b[31m",
    "\u202eabc": "\\u{202e}abc",
}

WRAPPER = """#!/bin/sh
if [ "$1" = complete ]; then exec {real} "$@"; fi
: > "$WORDS"
for word in "$@"; do printf '%s\\n' "$word" >> "$WORDS"; done
printf '\\nnoted\\n'
"""


class Typed:
    """An interactive shell on a terminal of its own."""

    SETUP = {
        "bash": (["bash", "--norc", "--noprofile", "-i"], "bind 'set enable-bracketed-paste off'; . {data}/bamgatectl.bash"),
        "zsh": (["zsh", "-f", "-i"], "fpath=({home} $fpath); autoload -U compinit; compinit -u -d {home}/zcompdump"),
    }

    def __init__(self, shell, home, environment):
        argv, setup = self.SETUP[shell]
        shutil.copy(DATA / "bamgatectl.zsh", home / "_bamgatectl")
        self.terminal, there = pty.openpty()
        self.process = subprocess.Popen(argv, stdin=there, stdout=there, stderr=there, env=environment | {"TERM": "xterm"},
                                        cwd=home, start_new_session=True)
        os.close(there)
        self.seen = ""
        self.type(setup.format(data=DATA, home=home) + "; echo rea''dy\r")
        self.wait_for("ready")

    def type(self, text):
        os.write(self.terminal, text.encode())

    def wait_for(self, word):
        deadline = time.monotonic() + 30
        while word not in self.seen:
            left = deadline - time.monotonic()
            assert left > 0 and select.select([self.terminal], [], [], left)[0], f"no {word!r} in {self.seen!r}"
            self.seen += os.read(self.terminal, 65536).decode(errors="replace")
        self.seen = self.seen.split(word, 1)[1]

    def complete_and_run(self, line):
        """Types the line, a tabulator, and return."""
        self.type("\x15" + line + "\t\r")
        self.wait_for("noted")

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.terminal)


class Asked:
    """fish says without a terminal what it would insert."""

    def __init__(self, shell, home, environment):
        self.home, self.environment = home, environment

    def fish(self, script, *words):
        return subprocess.run(["fish", "--no-config", "-c", script, *words], cwd=self.home, env=self.environment, text=True,
                              capture_output=True, timeout=30, check=True).stdout

    def complete_and_run(self, line):
        script = f"source {DATA}/bamgatectl.fish; complete --escape --do-complete $argv"
        (found,) = self.fish(script, line).splitlines()
        self.fish(line[:line.rindex(" ") + 1] + found.split("\t")[0])

    def close(self):
        pass


@contextlib.contextmanager
def typing(shell, directory, scenario="alone"):
    if not shutil.which(shell):
        pytest.skip(f"not on this machine: {shell}")
    home, programs = directory / "home", directory / "bin"
    home.mkdir()
    programs.mkdir()
    wrapper = programs / "bamgatectl"
    wrapper.write_text(WRAPPER.format(real=ctl()))
    wrapper.chmod(0o755)
    (home / "laptop").mkdir()  # no slash is wanted behind the name of a peer
    with fake_service(directory, scenario) as service:
        environment = service.environment() | {
            "HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_DATA_HOME": str(home), "WORDS": str(directory / "words"),
            "PATH": f"{programs}:{os.environ['PATH']}"}
        session = (Asked if shell == "fish" else Typed)(shell, home, environment)
        session.service, session.words, session.home = service, directory / "words", home
        try:
            yield session
        finally:
            session.close()


def run(session, line):
    session.complete_and_run(line)
    return session.words.read_text().splitlines()


@pytest.mark.parametrize("shell", SHELLS)
def test_hostile_names(tmp_path, shell):
    """Each is inserted as one word that names the peer, and none is run."""
    with typing(shell, tmp_path) as session:
        for name, taken in NAMES.items():
            session.service.steer("AddPeer", name)
            assert run(session, "bamgatectl ping ") == ["ping", taken], name
            result = session.service.ctl("ping", "-c", "1", taken)
            assert result.returncode == 0, result.stderr
            assert sorted(path.name for path in session.home.iterdir() if not path.name.startswith((".", "fish", "zcomp", "_"))) \
                == ["laptop"], name
            session.service.steer("RemovePeer", name)


@pytest.mark.parametrize("shell", SHELLS)
def test_hostile_devices(tmp_path, shell):
    """Names that the hub brings: each is one word, that bamgatectl takes for it."""
    with typing(shell, tmp_path, "hostile") as session:
        assert run(session, "bamgatectl devices approve ") == ["devices", "approve", "\\x1b[31mevil\\x1b[0m"]
        assert run(session, "bamgatectl devices revoke \\\\x2d")[-1] == "\\x2d$(touch x)\\x27"
        assert not (session.home / "x").exists()
        for word in (session.words.read_text().splitlines()[-1], "\\x1b[31mevil\\x1b[0m"):
            assert session.service.ctl("devices", "revoke", "--yes", word).returncode == 0, word


@pytest.mark.parametrize("shell", SHELLS)
def test_what_is_completed(tmp_path, shell):
    with typing(shell, tmp_path) as session:
        session.service.steer("AddPeer", "attic")
        (session.home / "token file").touch()
        assert run(session, "bamgatectl pi") == ["ping"]
        assert run(session, "bamgatectl peers forg") == ["peers", "forget"]
        assert run(session, "bamgatectl --json peers forget a") == ["--json", "peers", "forget", "attic"]
        assert run(session, "bamgatectl ping -c 1 at") == ["ping", "-c", "1", "attic"]
        assert run(session, "bamgatectl ping --interv") == ["ping", "--interval"]
        assert run(session, "bamgatectl config get device.m") == ["config", "get", "device.mtu"]
        assert run(session, "bamgatectl config set device.m") == ["config", "set", "device.mtu="]
        assert run(session, "bamgatectl config set device.mtu=1 device.acc")[-1] == "device.accept-routes="
        assert run(session, "bamgatectl setup --token-file tok")[-1] == "token file"
        assert run(session, "bamgatectl --bus sess") == ["--bus", "session"]
        assert run(session, "bamgatectl --color al") == ["--color", "always"]
        assert run(session, "bamgatectl status --wat") == ["status", "--watch"]
        assert run(session, "bamgatectl invite --q") == ["invite", "--qr"]


@pytest.mark.parametrize("shell", SHELLS)
def test_values_are_completed(tmp_path, shell):
    """Of options and settings: what peers offer, exits, yes and no."""
    with typing(shell, tmp_path, "offered") as session:
        assert run(session, "bamgatectl exit set h") == ["exit", "set", "home"]
        assert run(session, "bamgatectl exit set home --lan=n")[-1] == "--lan=no"
        assert run(session, "bamgatectl exit set home --strict y")[-1] == "yes"
        assert run(session, "bamgatectl peers set home --accept-route=192")[-1] == "--accept-route=192.168.1.0/24"
        assert run(session, "bamgatectl peers set home --accept-route fd")[-1] == "fd00:1::/64"
        assert run(session, "bamgatectl peers set home --accept-dns a")[-1] == "all"
        assert run(session, "bamgatectl peers set home --accept-search=corp")[-1] == "--accept-search=corp.example"
        assert run(session, "bamgatectl peers set attic --accept-default --pref") == ["peers", "set", "attic", "--accept-default", "--prefer"]
        assert run(session, "bamgatectl config set device.exit-st")[-1] == "device.exit-strict="
        assert run(session, "bamgatectl config set device.exit-strict=t")[-1] == "device.exit-strict=true"
        assert run(session, "bamgatectl config set device.exit-node=")[-1] == "device.exit-node=home"
        assert run(session, "bamgatectl config set dns.manage=netw")[-1] == "dns.manage=networkmanager"
        assert run(session, "bamgatectl config set accept.home.routes=fd")[-1] == "accept.home.routes=fd00:1::/64"
        assert run(session, "bamgatectl config unset accept.attic.r") == ["config", "unset", "accept.attic.routes"]
        assert run(session, "bamgatectl access --js") == ["access", "--json"]


def test_candidates(tmp_path):
    """As the shells get them: nothing that is not there, and nothing where nothing fits."""
    with fake_service(tmp_path, "offered") as service:
        def offered(*words):
            return [line.split("\t")[0] for line in service.ctl("complete", "--", *words).stdout.splitlines()]

        assert set(offered("exit", "")) == {"list", "set"}
        assert offered("exit", "set", "") == ["home", "none"]
        assert offered("peers", "set", "home", "--accept-route", "") == ["192.168.1.0/24", "fd00:1::/64"]
        assert offered("peers", "set", "attic", "--accept-route", "") == []
        assert offered("peers", "set", "nobody", "--accept-dns=") == ["--accept-dns=all", "--accept-dns=none"]
        assert offered("peers", "set", "home", "--accept-dns=") == ["--accept-dns=192.168.1.53", "--accept-dns=all", "--accept-dns=none"]
        assert offered("config", "set", "device.mtu=") == []
        assert offered("config", "set", "accept.home.dns-search=") == ["accept.home.dns-search=corp.example"]
        assert offered("config", "unset", "accept.attic.") == [f"accept.attic.{key}" for key in ("routes", "prefer", "dns", "dns-search")]
        assert offered("exit", "set", "home", "--nothing=") == []
        assert offered("endpoints", "unregister", "--ye") == ["--yes"]


def test_open_quotes(tmp_path):
    """Behind an open quote bash takes a word as it stands, so only what is harmless there is offered."""
    with typing("bash", tmp_path) as session:
        for name, line, taken in (("b$(touch x)", "bamgatectl ping 'b", "b$(touch x)"), ("a b", 'bamgatectl ping "a', "a b"),
                                  ("c$(touch x)", "bamgatectl ping c\\$", "c$(touch x)")):
            session.service.steer("AddPeer", name)
            assert run(session, line) == ["ping", taken]
        session.complete_and_run('bamgatectl ping "b\t"')
        assert session.words.read_text().splitlines() == ["ping", "b"]
        assert not (session.home / "x").exists()


def test_completion_starts_nothing(empty_bus):
    """Nobody is there: no error, no daemon, no wait."""
    result = empty_bus.ctl("complete", "--", "ping", "")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert empty_bus.ctl("complete", "--", "", DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nonexistent").stdout.startswith("setup\t")


def test_completion_is_for_shells(service):
    assert service.ctl("complete").returncode == 2
    assert "complete" not in service.ctl("--help").stdout
