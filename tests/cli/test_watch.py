# SPDX-License-Identifier: LGPL-2.1-or-later
"""bamgatectl status --watch, on terminals and off them."""
import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import time

import pytest

from bus_fixtures import ctl
from lab.terminal import CTRL_C, Terminal, terminal

ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"


def watching(service, *words, **options):
    return terminal(service, ctl(), *(words or ("status", "--watch")), **options)


@contextlib.contextmanager
def lines_of(service, *words):
    process = subprocess.Popen([ctl(), *words], env=service.environment(), text=True, stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        process.terminate()
        assert process.wait(10) == 0
        process.stdout.close()


def test_changes_are_drawn_in_place(own_service):
    with watching(own_service) as screen:
        screen.until("q or Ctrl-C ends it")
        assert screen.lines()[0] == "State       online"
        own_service.steer("SetState", "degraded", "the hub is out of reach")
        screen.until("the hub is out of reach")
        assert screen.lines()[0] == "State       degraded"
        own_service.steer("AddPeer", "shed")
        screen.until("shed")
        own_service.steer("RemovePeer", "shed")
        screen.until(lambda text: "shed" not in text)
        screen.type("q")
        assert screen.end() == 0
    assert screen.raw.startswith(ENTER) and screen.raw.count(ENTER) == 1


@pytest.mark.parametrize("how", ["q", "ctrl-c", "sigterm"])
def test_the_terminal_is_as_it_was(own_service, how):
    with watching(own_service, "peers", "-w") as screen:
        screen.until("ends it")
        assert not screen.is_restored()
        if how == "sigterm":
            os.kill(screen.pid, signal.SIGTERM)
        else:
            screen.type("q" if how == "q" else CTRL_C)
        assert screen.end() == 0
        assert screen.raw.endswith(LEAVE) and screen.is_restored()
    assert b"\x1b[?25h" in screen.raw and b"\x1b[?7h" in screen.raw


def test_traffic_a_second(own_service):
    with watching(own_service, "peers", "--watch") as screen:
        screen.until("OUT")
        own_service.steer("Traffic", "home", "1048576")
        screen.until(lambda text: re.search(r"home .* [\d.]+ MiB/s", text))
        screen.until(lambda text: re.search(r"home .* 0 B/s +0 B/s", text))


def test_it_sleeps_while_nothing_changes(own_service):
    with watching(own_service) as screen:
        screen.until("ends it")
        before, drawn = switches(screen.pid), len(screen.raw)
        with pytest.raises(AssertionError):
            screen.read(time.monotonic() + 3)
        assert switches(screen.pid) - before <= 1 and len(screen.raw) == drawn


def switches(pid):
    """How often it went to sleep, all threads together."""
    return sum(int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status.read_text(), re.MULTILINE)[1])
               for status in pathlib.Path(f"/proc/{pid}/task").glob("*/status"))


def test_it_takes_the_size_of_the_terminal(own_service):
    with watching(own_service, columns=100, rows=30) as screen:
        screen.until("ends it")
        screen.resize(40, 8)
        screen.until(lambda _text: "more" in screen.lines()[7])
        assert all("State" not in line for line in screen.lines()[1:])
        screen.resize(100, 40)
        screen.until(lambda _text: screen.lines()[39] == "q or Ctrl-C ends it")


def test_the_daemon_comes_back(own_service):
    with watching(own_service) as screen:
        screen.until("online")
        own_service.steer("Quit")
        screen.until("The daemon bamgated is gone; waiting for it.")
        screen.type("q")
        assert screen.end() == 0


def test_a_line_of_json_for_each_change(own_service):
    with lines_of(own_service, "status", "--watch", "--json") as process:
        first = json.loads(process.stdout.readline())
        assert first["schema"] == 1 and first["state"] == "online" and first["rx_bytes_per_s"] == 0
        own_service.steer("SetState", "degraded", "the hub is out of reach")
        second = json.loads(process.stdout.readline())
        assert (second["state"], second["state_reason"]) == ("degraded", "the hub is out of reach")
        own_service.steer("Quit")
        assert json.loads(process.stdout.readline()) == {"schema": 1, "running": False}


def test_a_block_for_each_change(own_service):
    with lines_of(own_service, "peers", "--watch") as process:
        def block():
            return "".join(iter(process.stdout.readline, "\n"))
        first = block()
        assert first.startswith("PEER") and "\x1b" not in first
        own_service.steer("SetPeerPath", "home", "data-channel")
        assert re.search("home .* data-channel", block())


def test_a_dumb_terminal_gets_blocks(own_service):
    with watching(own_service, term="dumb") as screen:
        screen.until("online")
        own_service.steer("SetState", "off", "")
        screen.until("off")
        screen.type(CTRL_C)
        assert screen.end() == 0
    assert b"\x1b" not in screen.raw


def test_watch_belongs_to_the_list(service):
    result = service.ctl("peers", "show", "home", "--watch")
    assert result.returncode == 2 and "--watch belongs to the list" in result.stderr


def test_a_terminal_without_a_keyboard(own_service):
    """Standard input is not one: it is drawn all the same, and ends by a signal."""
    made = Terminal(["/bin/sh", "-c", f"exec {ctl()} status --watch </dev/null"], own_service.environment())
    try:
        made.until("ends it")
        os.kill(made.pid, signal.SIGINT)
        assert made.end() == 0
    finally:
        made.close()


def test_long_lines_are_broken_between_words(own_service):
    """At a terminal; elsewhere, where programs read, a thing is a line."""
    reason = "the tunnel's network 10.0.0.0/24 overlaps 10.0.0.0/24 on wlan0, which goes first"
    own_service.steer("SetState", "degraded", reason)
    screen = Terminal([str(ctl()), "status"], own_service.environment(), columns=60)
    try:
        assert screen.end() == 0
        lines = screen.text().splitlines()
    finally:
        screen.close()
    row = next(n for n, line in enumerate(lines) if line.startswith("Reason"))
    indent = len("Reason") + len(lines[row][len("Reason"):]) - len(lines[row][len("Reason"):].lstrip())
    assert lines[row + 1].startswith(" " * indent) and " ".join(lines[row][indent:].split() + lines[row + 1].split()) == reason
    assert reason in own_service.ctl("status").stdout
