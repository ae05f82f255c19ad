# SPDX-License-Identifier: LGPL-2.1-or-later
"""bamgatectl endpoints with somebody at it: an editor, a terminal, a list that goes on."""
import shlex
import signal

import pytest

from bus_fixtures import ctl, fake_service
from lab.terminal import CTRL_C, terminal

KEY = "2abcSECRETkey"
EDIT = "endpoints", "config", "edit"


@pytest.fixture
def bound(tmp_path):
    with fake_service(tmp_path, "endpoints-well") as service:
        yield service


@pytest.fixture
def keyless(tmp_path):
    with fake_service(tmp_path, "endpoints-keyless") as service:
        yield service


class Editor:
    """A program that changes the file as `script` (of sed) says, keeps what it got, and leaves nothing else."""

    def __init__(self, folder, *scripts, status=0):
        self.seen, self.program, self.temporary = folder / "seen", folder / "editor", folder / "temporary"
        self.temporary.mkdir()
        (folder / "scripts").write_text("".join(f"{script}\n" for script in scripts))
        self.program.write_text(f"""#!/bin/sh
[ "$1" = --wait ] && [ $# = 2 ] || exit 9
stat -c %a "$2" >>{shlex.quote(str(folder))}/modes
cat "$2" >>{shlex.quote(str(self.seen))}
read -r script <{shlex.quote(str(folder))}/scripts
sed -i 1d {shlex.quote(str(folder))}/scripts
sed -i "$script" "$2"
exit {status}
""")
        self.program.chmod(0o755)
        self.modes = folder / "modes"

    def words(self):
        """A person's settings for a shell."""
        return {"EDITOR": f"{self.program} --wait", "TMPDIR": str(self.temporary)}

    def left(self):
        return list(self.temporary.iterdir())


def configured(service):
    return [call for call in service.calls() if call.startswith("Configure(")]


def test_what_was_changed_in_the_editor_is_set(bound, tmp_path):
    editor = Editor(tmp_path, "s/poll-interval = 30/poll-interval = 60/; /^drain/d; s/^description.*/&!/")
    done = bound.ctl(*EDIT, **editor.words())
    assert (done.returncode, done.stdout, done.stderr) == (0, "3 settings changed\n", "")
    assert configured(bound) == ["Configure({'ngrok.description': <'our laptop!'>, 'ngrok.poll-interval': <'60'>, 'publish.drain': <@a{sv} {}>},)"]
    seen = editor.seen.read_text()
    assert "[ngrok]\ndescription = our laptop\npoll-interval = 30\n" in seen and "[publish]\ndrain = 10\n" in seen
    assert "device" not in seen and "network" not in seen
    assert editor.modes.read_text() == "600\n" and not editor.left()


def test_nothing_changed_asks_for_nothing(bound, tmp_path):
    editor = Editor(tmp_path, "s/^/ /; 1i# mine")
    done = bound.ctl(*EDIT, **editor.words())
    assert (done.returncode, done.stdout, done.stderr) == (0, "0 settings changed\n", "")
    assert not configured(bound) and not editor.left()


@pytest.mark.parametrize("script, said", [("s/^drain.*/drain/", "drain"), ("s/^drain.*/colour = 1/", "publish.colour: there is no such setting"),
                                          ("1i[device]\\nmtu.colour = 1", "device.mtu.colour: there is no such setting")])
def test_what_is_wrong_changes_nothing(bound, tmp_path, script, said):
    editor = Editor(tmp_path, script)
    done = bound.ctl(*EDIT, **editor.words())
    assert done.returncode != 0 and done.stdout == "" and said in done.stderr
    assert not editor.left()


def test_an_editor_that_fails_changes_nothing(bound, tmp_path):
    editor = Editor(tmp_path, "s/30/60/", status=3)
    done = bound.ctl(*EDIT, **editor.words())
    assert done.returncode == 1 and f"{editor.program} --wait" in done.stderr and "code 3" in done.stderr
    missing = bound.ctl(*EDIT, EDITOR=str(tmp_path / "nowhere"), TMPDIR=str(editor.temporary))
    assert missing.returncode == 1 and "nowhere" in missing.stderr
    assert not configured(bound) and not editor.left()


@pytest.mark.parametrize("again", [True, False])
def test_somebody_at_a_terminal_may_edit_it_again(bound, tmp_path, again):
    editor = Editor(tmp_path, "s/^drain.*/colour = 1/", "s/^colour.*/drain = 5/")
    with terminal(bound, ctl(), *EDIT, **editor.words()) as screen:
        screen.until("publish.colour: there is no such setting")
        screen.answer("Edit it again? [y/N]", "y" if again else "n")
        assert screen.end() == (0 if again else 2)
        assert ("1 setting changed" in screen.text()) == again
    assert len(configured(bound)) == (2 if again else 1)
    assert "colour = 1" in editor.seen.read_text() or not again  # what was typed is there still
    assert not editor.left()


def test_a_key_that_is_typed_is_not_shown(keyless):
    with terminal(keyless, ctl(), "endpoints", "set-api-key") as screen:
        screen.until("API key (nothing is shown):")
        assert not screen.is_restored()
        screen.type(KEY + "\n")
        assert screen.end() == 0
        assert KEY.encode() not in screen.raw and "running" in screen.text()
    assert [call for call in keyless.calls() if call.startswith("SetKey(")] == [f"SetKey('{KEY}',)"]


@pytest.mark.parametrize("typed, status", [("\n", 2), ("wrong\n", 4)])
def test_a_key_that_is_none(keyless, typed, status):
    with terminal(keyless, ctl(), "endpoints", "set-api-key") as screen:
        screen.until("API key (nothing is shown):")
        screen.type(typed)
        assert screen.end() == status
        assert screen.is_restored() and typed.strip() not in screen.text().split()


def test_the_terminal_is_as_it_was_behind_a_key_that_was_not_typed(keyless):
    with terminal(keyless, ctl(), "endpoints", "set-api-key") as screen:
        screen.until("API key (nothing is shown):")
        screen.type(CTRL_C)
        assert screen.end() == -signal.SIGINT
        assert screen.is_restored()
    assert "SetKey" not in keyless.steer("Calls")


def test_endpoints_are_drawn_anew(bound):
    with terminal(bound, ctl(), "endpoints", "list", "--watch") as screen:
        screen.until("q or Ctrl-C ends it")
        assert "db.prod:5432" in screen.text() and "web.prod:80" in screen.text()
        bound.steer("SetEndpointState", "db.prod:5432", "failed", "nobody is there")
        screen.until(lambda text: "db.prod:5432: nobody is there" in text and "failed" in text)
        bound.steer("RemoveEndpoint", "web.prod:80")
        screen.until(lambda text: "web.prod" not in text)
        screen.type("q")
        assert screen.end() == 0
        assert screen.is_restored()


def test_an_account_is_drawn_anew(keyless):
    with terminal(keyless, ctl(), "endpoints", "status", "--watch") as screen:
        screen.until("q or Ctrl-C ends it")
        assert "waiting-for-key" in screen.text()
        assert keyless.ctl("endpoints", "set-api-key", input=KEY + "\n").returncode == 0
        screen.until("running")
        screen.type("q")
        assert screen.end() == 0
