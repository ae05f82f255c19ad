# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a person sees while something takes long, and how they end it."""
import contextlib
import json
import signal
import subprocess

import pytest

from bus_fixtures import ctl
from lab.terminal import CTRL_C, terminal


@pytest.fixture
def slow(own_service):
    """Answers nothing until it is released."""
    own_service.steer("Hold")
    return own_service


def test_what_is_waited_for(slow):
    with terminal(slow, ctl(), "up") as screen:
        screen.until("Bringing the tunnel up…")
        slow.steer("SetState", "starting", "the hub does not answer")
        screen.until("Bringing the tunnel up… (the hub does not answer)")
        slow.steer("Release")
        assert screen.end() == 0
    assert "Bringing" not in screen.text() and screen.lines()[0] == "State      online"


LONG = [
    (["setup", "--host", "--no-protect"], "Starting the hub, and setting this machine up…"),
    (["setup", "--server", "https://x"], "Asking the hub for a place in its network…"),
    (["join", "ABCD-EFGH"], "Joining the network…"), (["invite"], "Asking the hub for an invite…"),
    (["leave", "--yes"], "Leaving the network…"), (["import", __file__], "Taking the file over…"),
    (["down"], "Taking the tunnel down…"), (["ping", "home", "-c", "1"], "Waiting for an answer of home…"),
    (["devices"], "Asking the hub who is there…"), (["network", "protect", "--yes"], "Signing the network…"),
    (["network", "unsigned", "no"], "Signing it…")]


def test_every_long_command_tells(slow):
    with contextlib.ExitStack() as stack:
        screens = [stack.enter_context(terminal(slow, ctl(), *words)) for words, _ in LONG]
        for screen, (_, told) in zip(screens, LONG):
            screen.until(told)
        slow.steer("Release")
        for screen, (words, told) in zip(screens, LONG):
            assert screen.end() == 0, (words, screen.text())
            assert told not in screen.text()


STEPS = {"asking": "Asking the hub of now", "reading": "Reading all that the hub knows…", "giving": "Giving it to the new hub…",
         "checking": "Looking whether the new hub has kept", "leaving": "Telling the old hub, and all machines",
         "following": "Going to the new hub…"}


@pytest.fixture
def move(tmp_path):
    token = tmp_path / "token"
    token.write_text("the-token-of-the-new-hub\n")
    return ["hub", "move", "https://new.example#sha256=cGlu", "--token-file", str(token)]


def test_steps_of_a_move(slow, move):
    with terminal(slow, ctl(), *move) as screen:
        screen.until("Moving the network to the other hub…")
        for step, words in STEPS.items():
            slow.steer("SetHubMove", step)
            screen.until(words)
        slow.steer("Release")
        assert screen.end() == 0
    assert "Hub" in screen.text() and "https://new.example" in screen.text() and "Reading" not in screen.text()


def test_steps_of_a_move_for_programs(slow, move):
    process = slow.start_ctl(*move, "--json")
    slow.await_call("MoveHub")
    for step in STEPS:
        slow.steer("SetHubMove", step)
    slow.steer("Release")
    said = json.loads(process.stdout.read())
    assert said["steps"] == list(STEPS) and said["from"] == "https://hub.example.net:8443" and said["server_url"] == "https://new.example"
    process.stdout.close()
    assert process.wait(10) == 0


def test_seconds_are_counted(slow):
    with terminal(slow, ctl(), "invite") as screen:
        screen.until("Asking the hub for an invite… 3 s")


def test_ctrl_c_ends_the_waiting(slow):
    told = {"up": "up: the daemon goes on trying; end that with: bamgatectl down", "invite": "interrupted",
            "join": "join: the daemon goes on with it; see: bamgatectl status"}
    with contextlib.ExitStack() as stack:
        screens = {word: stack.enter_context(terminal(slow, ctl(), word, *(["ABCD-EFGH"] if word == "join" else [])))
                   for word in told}
        for word, screen in screens.items():
            screen.until("…")
            screen.type(CTRL_C)
            assert screen.end() == -signal.SIGINT
            assert screen.lines()[0].endswith(f"bamgatectl: {told[word]}"), screen.text()


def test_ctrl_c_in_json(slow):
    process = slow.start_ctl("up", "--json")
    slow.await_call("Up")
    process.send_signal(signal.SIGINT)
    assert json.loads(process.stdout.read())["error"]["code"] == "interrupted"
    process.stdout.close()
    assert process.wait(10) == -signal.SIGINT


def test_ctrl_c_ends_ping_with_its_summary(own_service):
    with terminal(own_service, ctl(), "ping", "home", "-c", "9", "-i", "60000") as screen:
        screen.until("home: 1: 1.23 ms")
        screen.type(CTRL_C)
        assert screen.end() == -signal.SIGINT
    assert "1 sent, 1 answered; least 1.23 ms" in screen.text()


def test_narrow_terminals_keep_it_on_one_line(slow):
    with terminal(slow, ctl(), "up", columns=20) as screen:
        screen.until("Bringing the tunne…")
        assert screen.lines()[1:] == [""] * 29


def test_nobody_else_sees_it(own_service):
    """Longer than the moment after which it is told."""
    own_service.steer("Delay", "1200")
    piped = subprocess.Popen([ctl(), "up"], env=own_service.environment() | {"TERM": "xterm"}, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with terminal(own_service, ctl(), "up", "--json") as programs, terminal(own_service, ctl(), "up", term="dumb") as dumb:
        assert programs.end() == 0 and dumb.end() == 0
    assert piped.communicate(timeout=20)[1] == ""
    assert json.loads(programs.text())["state"] == "online"
    assert b"Bringing" not in programs.raw + dumb.raw and b"\x1b" not in programs.raw + dumb.raw
