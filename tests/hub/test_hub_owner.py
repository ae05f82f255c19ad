# SPDX-License-Identifier: LGPL-2.1-or-later
"""A hub and the daemon that it belongs to: what they say over a Unix socket, and when the hub ends."""

import array
import json
import os
import socket
import subprocess

import pytest

SECONDS = 20
WISH = {"listen": "127.0.0.1:0"}


class Owned:
    """bamgate-hub with one end of a socket; `line` is the daemon's connection to it."""

    def __init__(self, program, state, theirs, line=None):
        self.process = subprocess.Popen([program, "--state-dir", str(state), "--owner-fd", str(theirs.fileno())],
                                        pass_fds=[theirs.fileno()], stderr=subprocess.DEVNULL)
        self.line = line

    def wait(self, seconds=SECONDS):
        return self.process.wait(seconds)


def say(line, wish, files=()):
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [f.fileno() for f in files]))] if files else []
    line.sendmsg([json.dumps(wish).encode() + b"\n"], rights)


def hear(line):
    """The next line; None where it hangs up."""
    line.settimeout(SECONDS)
    text = b""
    while not text.endswith(b"\n"):
        part = line.recv(4096)
        if not part:
            return None
        text += part
    return json.loads(text)


@pytest.fixture
def new_owned(hub_program, tmp_path):
    made = []

    def new(wish=None, files=(), state="state"):
        ours, theirs = socket.socketpair()
        hub = Owned(hub_program, tmp_path / state, theirs, ours)
        theirs.close()
        made.append(hub)
        if wish is not None:
            say(ours, wish, files)
        return hub

    yield new
    for hub in made:
        hub.line.close()
        hub.process.kill()
        hub.process.wait()


@pytest.fixture
def door(hub_program, tmp_path):
    """A hub behind a listening socket, as under systemd: connect() → a connection, wait() → its exit status."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(tmp_path / "daemon"))
    listening.listen()
    hub = Owned(hub_program, tmp_path / "state", listening)
    hub.lines = []

    def connect(wish):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.connect(str(tmp_path / "daemon"))
        hub.lines.append(line)
        say(line, wish)
        return line

    hub.connect = connect
    yield hub
    for line in hub.lines:
        line.close()
    hub.process.kill()
    hub.process.wait()


def test_says_how_it_is_reached(new_owned, tmp_path):
    hub = new_owned({**WISH, "subnet": "10.5.0.0/24"})
    said = hear(hub.line)
    assert said["url"].startswith("wss://127.0.0.1:") and len(said["pin"]) == 44 and said["took_files"] is False
    assert said["token"] == (tmp_path / "state" / "token").read_text(encoding="ascii").strip()


def test_ends_at_a_word(new_owned):
    hub = new_owned(WISH)
    assert hear(hub.line)
    hub.line.sendall(b"stop\n")
    assert hear(hub.line) is None and hub.wait() == 0


def test_a_word_that_comes_with_the_wish(door):
    """A daemon that is told to go down while the hub still comes up."""
    line = door.connect(WISH)
    line.sendall(b"stop\n")
    line.close()
    assert door.wait(10) == 0  # and not after the 15 s in which another daemon may come


def test_ends_with_the_daemon(new_owned):
    hub = new_owned(WISH)
    assert hear(hub.line)
    hub.line.close()
    assert hub.wait() == 0


def test_forgets_its_network(new_owned, tmp_path):
    """Key, token and database go, what somebody else put there stays; then it is a new hub."""
    state = tmp_path / "state"
    first = new_owned({**WISH, "subnet": "10.5.0.0/24"})
    before = hear(first.line)
    first.process.kill()  # the WAL stays
    first.process.wait()
    for name in ("token.X3B1Z9", "notes", "tokens"):
        (state / name).write_text("", encoding="ascii")
    hub = new_owned({"forget": True})
    assert hear(hub.line)["forgotten"] is True
    assert hear(hub.line) is None and hub.wait() == 0
    assert sorted(file.name for file in state.iterdir()) == ["notes", "tokens"]
    after = hear(new_owned({**WISH, "subnet": "10.6.0.0/24"}).line)
    assert after["token"] != before["token"] and after["pin"] != before["pin"]


def test_forgets_not_what_another_hub_has(new_owned, tmp_path):
    first = new_owned(WISH)
    assert hear(first.line)
    hub = new_owned({"forget": True})
    assert "another bamgate-hub runs" in hear(hub.line)["error"] and hub.wait() == 1
    assert {"token", "tls.pem", "hub.sqlite"} <= {file.name for file in (tmp_path / "state").iterdir()}


def test_one_that_is_to_forget_ends_first(door):
    """The next connection starts the one that forgets."""
    first = door.connect(WISH)
    assert hear(first)
    assert hear(door.connect({"forget": True})) is None and door.wait() == 0


@pytest.mark.parametrize("wish, status, words", [
    ({"listen": "192.0.2.1:8443"}, 1, "listen at 192.0.2.1 port 8443: Cannot assign requested address"),
    ({"listen": "nonsense"}, 78, "nonsense"),
    ({**WISH, "subnet": "fd00::/64"}, 78, "fd00::/64"),
], ids=["address", "listen", "subnet"])
def test_says_why_not(new_owned, wish, status, words):
    hub = new_owned(wish)
    assert words in hear(hub.line)["error"]
    assert hub.wait() == status


@pytest.mark.parametrize("rubbish", [b"\n", b"[]\n", b"{}\n", b"{\"listen\":7}\n", b"\xff\xfe\n", b"x" * 9000 + b"\n"],
                         ids=["empty", "array", "nothing", "number", "bytes", "endless"])
def test_rubbish_is_no_wish(new_owned, rubbish):
    hub = new_owned()
    hub.line.sendall(rubbish)
    hub.line.shutdown(socket.SHUT_WR)
    assert hub.wait() == 1


def files_of(directory, *names):
    return [open(directory / name, "rb") for name in names]


def test_takes_files_once(new_owned, tmp_path):
    """A key, a token and members from elsewhere; not over a state that there is already."""
    names = ["token", "tls.pem", "hub.sqlite"]
    old = new_owned({**WISH, "subnet": "10.5.0.0/24"}, state="old")
    before = hear(old.line)
    old.line.sendall(b"stop\n")
    assert old.wait() == 0
    hub = new_owned({**WISH, "files": names}, files_of(tmp_path / "old", *names), state="new")
    said = hear(hub.line)
    assert said["took_files"] is True and (said["pin"], said["token"]) == (before["pin"], before["token"])
    assert all(os.stat(tmp_path / "new" / name).st_mode & 0o077 == 0 for name in names)
    hub.line.sendall(b"stop\n")
    assert hub.wait() == 0
    other = new_owned(WISH, state="other")
    assert hear(other.line)
    other.line.sendall(b"stop\n")
    assert other.wait() == 0
    hub = new_owned({**WISH, "files": names}, files_of(tmp_path / "other", *names), state="new")
    said = hear(hub.line)
    assert said["took_files"] is False and said["token"] == before["token"]


def test_files_of_other_names_are_not_taken(new_owned, tmp_path):
    (tmp_path / "evil").write_text("evil", encoding="ascii")
    hub = new_owned({**WISH, "files": ["../evil", "token/../../x", 7, None]}, files_of(tmp_path, *["evil"] * 4))
    assert hear(hub.line)["url"]
    assert not (tmp_path / "x").exists() and sorted(p.name for p in tmp_path.iterdir()) == ["evil", "state"]


def test_the_next_daemon_takes_it_over(door):
    first = door.connect({**WISH, "public_url": "https://hub.example"})
    before = hear(first)
    first.close()
    second = door.connect({**WISH, "public_url": "https://hub.example"})
    assert hear(second) == before
    second.sendall(b"stop\n")
    assert door.wait() == 0


def test_the_last_daemon_counts(door):
    first = door.connect(WISH)
    before = hear(first)
    second = door.connect(WISH)
    assert hear(second) == before and hear(first) is None


@pytest.mark.parametrize("other", ({"public_url": "https://other.example"}, {"suffix": "lab.internal"}), ids=str)
def test_other_wishes_need_another_hub(door, other):
    first = door.connect(WISH)
    assert hear(first)
    second = door.connect({**WISH, **other})
    assert door.wait() == 0 and hear(second) is None


def test_rubbish_at_the_door_changes_nothing(door):
    first = door.connect(WISH)
    before = hear(first)
    stranger = door.connect(["rubbish"])
    assert hear(stranger) is None
    assert hear(door.connect(WISH)) == before
