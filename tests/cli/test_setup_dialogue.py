# SPDX-License-Identifier: LGPL-2.1-or-later
"""bamgatectl setup without options, as a person meets it at a terminal."""
import contextlib
import json
import re
import socket
import unicodedata

import pytest

from bus_fixtures import ctl, fake_service
from lab.terminal import CTRL_C, CTRL_D, terminal

LINE = "bamgatectl join ABCD-EFGH 'https://hub.example.net:8443#sha256=cGlu'"
CODE = "ABCDEF-GHIJKL-MNOPQR-STUVWX-YZ2345-67ABCD"
HOST, JOIN, SERVER, IMPORT = "1234"


def calls(service):
    return [c for c in service.calls() if not c.startswith("Get")]


@pytest.fixture
def fresh(tmp_path):
    with fake_service(tmp_path, "fresh") as service:
        yield service


def setup(service, **options):
    return terminal(service, ctl(), "setup", rows=60, **options)


def free_port():
    with socket.socket() as made:
        made.bind(("", 0))
        return made.getsockname()[1]


def go(screen, *answers):
    for prompt, keys in answers:
        screen.answer(prompt, keys)


def test_a_hub_here(fresh):
    port = free_port()
    with setup(fresh) as screen:
        go(screen, ("Number [1]:", ""), ("Name [", "attic"), ("Port [8443]:", f"{port}"),
           ("Name or address [", "vpn.example.net"), ("Addresses [", "10.20.0.7/24"), ("Sign it? [Y/n]", ""))
        screen.until("Go on? [Y/n]")
        assert calls(fresh) == []
        text = re.sub(" +", " ", screen.text())
        assert f"Hub https://vpn.example.net:{port}" in text and "Addresses 10.20.0.0/24" in text
        go(screen, ("Go on?", ""))
        assert screen.end() == 0
    setup_call, *rest = calls(fresh)
    for part in ("'host': <true>", "'name': <'attic'>", f"'listen': <'{port}'>", "'subnet': <'10.20.0.0/24'>",
                 f"'server-url': <'https://vpn.example.net:{port}'>"):
        assert part in setup_call
    assert [c.split("(")[0] for c in rest] == ["Up", "Protect", "Invite"]
    assert LINE in screen.text() and "bamgatectl status --watch" in screen.text()
    assert CODE in screen.text() and "Write it down" in screen.text()


def test_a_hub_here_that_is_not_signed(fresh):
    with setup(fresh) as screen:
        go(screen, ("Number", ""), ("Name [", ""), ("Port", f"{free_port()}"), ("Name or", ""), ("Addresses", ""), ("Sign it?", "<"), ("Addresses", ""),
           ("Sign it?", "n"), ("Go on?", ""))
        assert screen.end() == 0
    assert [c.split("(")[0] for c in calls(fresh)] == ["Setup", "Up", "Invite"]
    assert CODE not in screen.text()


@pytest.mark.parametrize("answer, signs", [("", True), ("y", True), ("n", False)])
def test_a_new_network_is_asked_about(fresh, answer, signs):
    with terminal(fresh, ctl(), "setup", "--host", rows=60) as screen:
        go(screen, ("Sign it? [Y/n]", answer))
        assert screen.end() == 0
    assert [c.split("(")[0] for c in calls(fresh)] == ["Setup", "Up", *(["Protect"] if signs else []), "Invite"]
    assert (CODE in screen.text()) == signs


@pytest.mark.parametrize("words", [["--no-protect"], ["--no-up"], ["--protect"]])
def test_a_new_network_is_not_asked_about(fresh, words):
    with terminal(fresh, ctl(), "setup", "--host", *words, rows=60) as screen:
        assert screen.end() == 0
    assert "Sign it?" not in screen.text()
    assert any(c.startswith("Protect") for c in calls(fresh)) == (words == ["--protect"])


def test_a_new_network_with_nobody_left_to_answer(fresh):
    with terminal(fresh, ctl(), "setup", "--host", rows=60) as screen:
        screen.until("Sign it?")
        screen.type(CTRL_C)
        screen.until("setup: nothing was changed")
    assert calls(fresh) == []


def test_enter_takes_what_is_there(fresh):
    with setup(fresh) as screen:
        go(screen, ("Number", ""), ("Name [", ""), ("Port", f"{free_port()}"), ("Name or", ""), ("Addresses", ""), ("Sign it?", ""), ("Go on?", "y"))
        assert screen.end() == 0
    assert "server-url" not in (call := calls(fresh)[0]) and "subnet" not in call


def test_a_line_that_is_pasted(fresh):
    with setup(fresh) as screen:
        go(screen, ("Number", JOIN), ("Line:", "ABCD-EFGH"))
        screen.until("that is the code alone")
        go(screen, ("Line:", "hello"))
        screen.until("there is no invite in it")
        go(screen, ("Line:", "# sudo " + LINE), ("Name [", "attic"), ("Go on?", ""))
        assert screen.end() == 0
    join, up = calls(fresh)
    assert join.startswith("Join('ABCD-EFGH'") and up == "Up({},)"
    assert "'server-url': <'https://hub.example.net:8443#sha256=cGlu'>" in join and "'name': <'attic'>" in join


def test_a_token_is_not_shown(fresh):
    with setup(fresh) as screen:
        go(screen, ("Number", SERVER), ("URL:", "hub.example.net#sha256=cGlu"), ("Token:", ""), ("Token:", "s3cret-s3cret"),
           ("Name [", "attic"), ("Address [", "10.0.0.9"), ("Address [", "10.0.0.9/24"), ("Go on?", ""))
        assert screen.end() == 0
    call = calls(fresh)[0]
    assert "'token': <'s3cret-s3cret'>" in call and "'server-pin': <'cGlu'>" in call and "'address': <'10.0.0.9/24'>" in call
    assert "s3cret" not in screen.text()


def test_a_file(fresh, tmp_path):
    (tmp_path / "office.conf").write_text("[Interface]\n")
    with setup(fresh) as screen:
        go(screen, ("Number", IMPORT), ("File:", "/nonexistent/wg0.conf"))
        screen.until("there is no such file")
        go(screen, ("File:", str(tmp_path)))
        screen.until("that is not a file")
        go(screen, ("File:", str(tmp_path / "office.conf")), ("Go on?", ""))
        assert screen.end() == 0
    assert calls(fresh) == ["Import('[Interface]\\n', {})", "Up({},)"]


def test_every_answer_is_judged_at_once(fresh):
    with socket.create_server(("", 0)) as taken, setup(fresh) as screen:
        for prompt, wrong, told in (
                ("Number", "5", "from 1 to 4"), ("Number", "one", "from 1 to 4"), ("Number", "1\x1b[A", "cannot be seen"),
                ("Number", HOST, ""), ("Name [", "-x", "cannot name a device"), ("Name [", "", ""), ("Port", "0", "between 1 and"),
                ("Port", "x", "is not ADDRESS:PORT"), ("Port", f"{taken.getsockname()[1]}", "another program has port"),
                ("Port", f"{free_port()}", ""), ("Name or", "http://x", "does not begin with https://"),
                ("Name or", "a b", "is no name, address or URL"), ("Name or", "x/../?", ""),
                ("Addresses", "10.0.0.0", "is no IPv4 network"), ("Addresses", "8.8.8.0/24", "belongs to others")):
            go(screen, (prompt, wrong))
            screen.until(told)
        screen.until("belongs to others")
        assert calls(fresh) == []


def test_back_and_forth(fresh):
    with setup(fresh) as screen:
        go(screen, ("Number", "<"), ("Number", JOIN), ("Line:", LINE), ("Name [", "<"), ("Line [ABCD-EFGH]:", ""), ("Name [", "one"),
           ("Go on?", "<"), ("Name [one]:", "two"), ("Go on?", "<"), ("Name [two]:", "<"), ("Line [", "<"), ("Number [2]:", SERVER),
           ("URL:", "<"), ("Number [3]:", JOIN), ("Line [ABCD-EFGH]:", ""), ("Name [two]:", ""), ("Go on?", ""))
        assert screen.end() == 0
    assert "'name': <'two'>" in calls(fresh)[0]


def test_the_default_comes_back_with_a_dash(fresh):
    with setup(fresh) as screen:
        go(screen, ("Number", ""), ("Name [", ""), ("Port", f"{free_port()}"), ("Name or", "vpn.example.net"), ("Addresses", "<"),
           ("Name or address [vpn.example.net; - for: this machine's own]:", "-"), ("Addresses", ""), ("Sign it?", ""), ("Go on?", ""))
        assert screen.end() == 0
    assert "server-url" not in calls(fresh)[0]


ENDS = [("Number", CTRL_C), ("Number", CTRL_D), ("Name [", CTRL_C), ("Token:", CTRL_C), ("Token:", CTRL_D), ("Go on?", "n\n")]


@pytest.mark.parametrize("place, keys", ENDS, ids=["C-c", "C-d", "C-c-later", "C-c-secret", "C-d-secret", "no"])
def test_leaving_changes_nothing(fresh, place, keys):
    way = SERVER if place == "Token:" else JOIN
    with setup(fresh) as screen:
        for prompt, answer in (("Number", way), *([("URL:", "x.example")] if way == SERVER else [("Line:", LINE), ("Name [", "")])):
            if prompt == place:
                break
            go(screen, (prompt, answer))
        screen.until(lambda _text: place in screen.lines()[screen.screen.cursor.y])
        screen.type(keys)
        screen.until("setup: nothing was changed")
        assert screen.is_restored()
        assert screen.end() == 1
    assert calls(fresh) == []


def test_what_the_daemon_refuses_can_be_mended(fresh):
    with setup(fresh) as screen:
        go(screen, ("Number", ""), ("Name [", "taken"), ("Port", f"{free_port()}"), ("Name or", ""), ("Addresses", ""), ("Sign it?", ""), ("Go on?", ""))
        screen.until("the name “taken” is in use")
        go(screen, ("try again? [Y/n]", ""), ("Name [taken]:", "free"), ("Port", ""), ("Name or", ""), ("Addresses", ""),
           ("Sign it?", "n"), ("Go on?", ""))
        assert screen.end() == 0
    assert [c.split("(")[0] for c in calls(fresh)] == ["Setup", "Setup", "Up", "Invite"]


def test_a_network_is_not_left_by_accident(own_service):
    with setup(own_service) as screen:
        go(screen, ("Leave it for another one? [y/N]", ""))
        assert screen.end() == 1
    assert calls(own_service) == []


def test_a_network_is_left_for_another(own_service):
    with setup(own_service) as screen:
        go(screen, ("[y/N]", "yes"), ("Number", JOIN), ("Line:", LINE), ("Name [", ""))
        screen.until("The network that this machine is in is left.")
        go(screen, ("Go on?", ""))
        assert screen.end() == 0
    assert "'force': <true>" in calls(own_service)[0]


@pytest.mark.parametrize("options", [dict(columns=30), dict(term="dumb"), dict(NO_COLOR="1"), dict(columns=44, LC_ALL="ko_KR.UTF-8")],
                         ids=["narrow", "dumb", "no-colour", "korean"])
def test_any_terminal_will_do(fresh, options):
    with setup(fresh, **options) as screen:
        screen.until(lambda text: "[1]" in text)
        screen.type(CTRL_D)
        assert screen.end() == 1
    assert b"\x1b" not in screen.raw
    assert all(columns_of(line) <= options.get("columns", 100) for line in screen.raw.decode().split("\r\n")
               if not line.startswith("bamgatectl: "))


def columns_of(line):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def test_words_of_korean_width_are_kept_whole(fresh):
    with setup(fresh, columns=24) as screen:
        go(screen, ("Number", ""), ("Name [", "한국어이름"))
        screen.until("[1]")
        screen.until("“한국어이름” cannot")
        with contextlib.suppress(OSError):
            screen.type(CTRL_D)
        screen.end()
    assert all(columns_of(line) <= 24 for line in screen.lines())


def test_no_terminal_no_questions(fresh):
    result = fresh.ctl("setup")
    assert result.returncode == 2 and "--host" in result.stderr and result.stdout == ""
    with setup(fresh) as screen:
        screen.type(CTRL_D)
        screen.end()
    with terminal(fresh, ctl(), "setup", "--json") as screen:
        assert screen.end() == 2
    assert json.loads(screen.raw)["error"]["code"] == "usage"
    assert calls(fresh) == []


def test_no_daemon_no_questions(empty_bus):
    with terminal(empty_bus, ctl(), "setup") as screen:
        assert screen.end() == 3
    assert "systemctl start bamgated" in screen.text() and "Number" not in screen.text()
