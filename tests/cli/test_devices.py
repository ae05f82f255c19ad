# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who is in the network, said at a terminal and in scripts: questions, and a recovery code that goes where it should and nowhere else."""
import base64
import json
import os
import stat

import pytest

from bus_fixtures import ctl, fake_service
from lab.terminal import CTRL_C, terminal

CODE = "ABCDEF-GHIJKL-MNOPQR-STUVWX-YZ2345-67ABCD"
PHONE, ATTIC = "%032x" % 5, "%032x" % 4


def calls(service):
    asked = service.calls()
    return [call for call in asked if not call.startswith(("Get", "ListDevices"))]


@pytest.fixture
def signed(tmp_path):
    with fake_service(tmp_path, "signed") as service:
        yield service


@pytest.fixture
def owner(tmp_path):
    with fake_service(tmp_path, "owner") as service:
        yield service


def at(service, *words, **options):
    return terminal(service, ctl(), *words, columns=140, rows=40, **options)


# --- Devices ---

@pytest.mark.parametrize("answer, does", [("y", True), ("", False), ("n", False)])
def test_approval_shows_the_key(signed, answer, does):
    key = base64.b64encode(bytes([5]) * 32).decode()
    with at(signed, "devices", "approve", "phone") as screen:
        screen.until(key)
        screen.answer("[y/N]", answer)
        assert screen.end() == (0 if does else 1)
    options = f"{{'key': <'{key}'>, 'name': <'phone'>, 'replace': <false>}}"
    assert calls(signed) == ([f"ApproveDevice('{PHONE}', {options})"] if does else [])


def test_approval_says_who_is_put_out(signed):
    with at(signed, "devices", "approve", "home") as screen:
        screen.until("the machine that is called home now is put out for good")
        screen.answer("[y/N]", "n")
        assert screen.end() == 1
    assert calls(signed) == []


def test_a_key_that_was_compared_needs_no_question(signed):
    key = base64.b64encode(bytes([5]) * 32).decode()
    assert signed.ctl("devices", "approve", "phone", "--key", key).returncode == 0
    assert len(calls(signed)) == 1


def test_approval_says_what_it_may_offer(signed):
    words = ["--yes", "--route", "192.168.1.0/24", "--route", "fd00::/64", "--exit", "4,6"]
    assert signed.ctl("devices", "approve", "phone", *words).returncode == 0
    (call,) = calls(signed)
    assert "'routes': <['192.168.1.0/24', 'fd00::/64']>" in call and "'exit': <['4', '6']>" in call and "any-route" not in call


@pytest.mark.parametrize("answer, does", [("y", True), ("", False)])
def test_putting_out_asks(signed, answer, does):
    with at(signed, "devices", "revoke", "attic") as screen:
        screen.until("for good")
        screen.answer("[y/N]", answer)
        assert screen.end() == (0 if does else 1)
    assert calls(signed) == ([f"RevokeDevice('{ATTIC}',)"] if does else [])


def test_a_device_has_many_names(signed):
    key = base64.b64encode(bytes([4]) * 32).decode()
    for word in ("attic", ATTIC, key, "10.0.0.4"):
        assert signed.ctl("devices", "rename", word, "loft").returncode == 0
        assert calls(signed) == [f"RenameDevice('{ATTIC}', 'loft')"]


def test_a_name_that_cannot_be_asks_nobody(signed):
    result = signed.ctl("devices", "rename", "attic", "a b")
    assert result.returncode == 2 and calls(signed) == []


def test_an_owner_does_not_end_itself_by_accident(signed):
    with at(signed, "owners", "remove", "laptop") as screen:
        screen.answer("[y/N]", "")
        assert screen.end() == 1
    assert calls(signed) == []


# --- The recovery code ---

def test_the_code_is_shown_to_a_person(owner):
    with at(owner, "network", "protect") as screen:
        screen.answer("[y/N]", "y")
        assert screen.end() == 0
    assert CODE in screen.text() and "Write it down" in screen.text()


def test_the_code_goes_to_a_file_of_its_owner(owner, tmp_path):
    file = tmp_path / "recovery"
    result = owner.ctl("network", "protect", "--yes", "--recovery-file", str(file), umask=0)
    assert result.returncode == 0, result.stderr
    assert file.read_text() == CODE + "\n" and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert CODE not in result.stdout + result.stderr and str(file) in result.stdout


@pytest.mark.parametrize("make", [lambda file: file.write_text("mine"), lambda file: file.symlink_to("elsewhere")], ids=["file", "link"])
def test_a_file_that_is_there_stays(owner, tmp_path, make):
    file = tmp_path / "recovery"
    make(file)
    result = owner.ctl("network", "protect", "--yes", "--recovery-file", str(file))
    assert result.returncode == 1 and calls(owner) == []
    assert file.is_symlink() or file.read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()


def test_no_empty_file_is_left(signed, tmp_path):
    """The network is signed already."""
    assert signed.ctl("network", "protect", "--yes", "--recovery-file", str(tmp_path / "recovery")).returncode == 1
    assert not (tmp_path / "recovery").exists()


def test_json_has_the_code_where_it_is_asked_for(owner, tmp_path):
    assert owner.ctl("network", "protect", "--yes", "--json").returncode == 2
    assert calls(owner) == []
    told = json.loads(owner.ctl("network", "protect", "--yes", "--json", "--show-recovery-code").stdout)
    assert told["recovery_code"] == CODE and told["membership"] == "signed"


def test_json_with_a_file_does_not_have_the_code(owner, tmp_path):
    result = owner.ctl("network", "protect", "--yes", "--json", "--recovery-file", str(tmp_path / "recovery"))
    assert json.loads(result.stdout)["recovery_file"] == str(tmp_path / "recovery")
    assert CODE not in result.stdout + result.stderr


def test_ctrl_c_does_not_lose_the_code(owner):
    owner.steer("Hold")
    with at(owner, "network", "protect", "--yes") as screen:
        screen.until("Signing the network…")
        screen.type(CTRL_C)
        owner.steer("Release")
        assert screen.end() == 0
    assert CODE in screen.text()


def test_what_may_stay_is_said(owner):
    assert owner.ctl("network", "protect", "--yes", "--allow-unsigned", "no").returncode == 0
    assert calls(owner) == ["Protect({'allow-unsigned': <false>},)"]


# --- Recovering ---

def test_recovering_reads_at_a_prompt(signed):
    with at(signed, "network", "recover") as screen:
        screen.answer("[y/N]", "y")
        screen.answer("Recovery code", CODE)
        assert screen.end() == 0
    assert CODE not in screen.text() and CODE[::-1] in screen.text()


def test_recovering_reads_standard_input(signed, tmp_path):
    result = signed.ctl("network", "recover", "--yes", "--recovery-file", str(tmp_path / "next"), input=CODE + "\n")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "next").read_text() == CODE[::-1] + "\n"
    assert CODE not in result.stdout + result.stderr


def test_recovering_reads_a_file(signed, tmp_path):
    (tmp_path / "code").write_text(CODE + "\n")
    assert signed.ctl("network", "recover", "--yes", "--code-file", str(tmp_path / "code")).returncode == 0
    assert calls(signed) == [f"Recover('{CODE}', {{}})"]


def test_a_wrong_code_is_not_repeated(signed):
    result = signed.ctl("network", "recover", "--yes", input="WRONGG-WRONGG\n")
    assert result.returncode == 2 and "WRONGG" not in result.stdout + result.stderr


# --- Alarms ---

def test_an_alarm_ends_after_a_question(tmp_path):
    with fake_service(tmp_path, "forked") as service:
        head = " ".join(["7777"] * 8)
        for words in ([head], head.split()):
            with at(service, "network", "trust", *words) as screen:
                screen.answer("[y/N]", "y")
                assert screen.end() == 0
            assert calls(service) == [f"TrustNetwork({{'head': <'{head}'>}},)"]


# --- Setup ---

def test_a_script_signs_a_new_network(tmp_path):
    file = tmp_path / "recovery"
    with fake_service(tmp_path, "fresh") as service:
        result = service.ctl("setup", "--host", "--json", "--protect", "--recovery-file", str(file))
        assert result.returncode == 0, result.stdout
        assert [call.split("(")[0] for call in calls(service)] == ["Setup", "Up", "Protect", "Invite"]
    assert json.loads(result.stdout)["membership"] == "signed" and file.read_text() == CODE + "\n"


@pytest.mark.parametrize("words", [["--protect", "--json"], ["--protect", "--no-up"], ["--protect", "--no-protect"], ["--recovery-file", "x"]])
def test_setup_refuses_what_does_not_fit(tmp_path, words):
    with fake_service(tmp_path, "fresh") as service:
        assert service.ctl("setup", "--host", *words).returncode == 2
        assert calls(service) == []
    assert not os.path.exists("x")


# --- Completion ---

def test_candidates(signed):
    def offered(*words):
        return [line.split("\t")[0] for line in signed.ctl("complete", "--", *words).stdout.splitlines()]

    assert set(offered("devices", "")) == {"list", "approve", "rename", "revoke", "grant"}
    assert offered("devices", "approve", "") == ["phone", "home"]
    assert offered("devices", "revoke", "") == ["laptop", "home", "attic", "phone", "home"]
    assert offered("devices", "rename", "attic", "") == []
    assert offered("owners", "add", "at") == ["attic"]
    assert offered("owners", "add", "attic", "") == []
    assert set(offered("network", "")) == {"show", "protect", "unsigned", "recover", "trust", "certificate", "name", "unname"}
    assert set(offered("network", "unsigned", "")) == {"yes", "no"}
    assert offered("network", "protect", "--allow-unsigned", "n") == ["no"]
    assert offered("network", "protect", "--recovery-file", "") == [""]  # files


# --- Invites ---

def test_invites_that_are_open_are_listed(signed):
    text = signed.ctl("invite", "list").stdout
    assert "0123456789abcdef" in text and "phone" in text and "any machine" in text and "USES LEFT" in text
    first, second = json.loads(signed.ctl("invite", "list", "--json").stdout)["invites"]
    assert (first["id"], first["name"], first["uses_left"], first["signed"]) == ("0123456789abcdef", "phone", 1, True)
    assert first["expires_us"] > first["created_us"] > 0 and second["signed"] is False
    assert (first["made_by"], second["made_by"]) == ("laptop", "attic") and "MADE BY" in text
    assert "ABCD-EFGH" not in text


def test_no_invite_is_open(owner):
    assert owner.ctl("invite", "list").stdout == "No invite is open.\n"


def test_an_invite_is_cancelled_as_often_as_one_likes(signed):
    for _ in range(2):
        answer = signed.ctl("invite", "cancel", "0123456789abcdef")
        assert answer.returncode == 0 and "nobody comes in with it any more" in answer.stdout
    assert [row["id"] for row in json.loads(signed.ctl("invite", "list", "--json").stdout)["invites"]] == ["00000000000000aa"]


def test_an_invite_that_was_used_says_what_to_do(signed):
    answer = signed.ctl("invite", "cancel", "fedcba9876543210")
    assert answer.returncode == 1 and "bamgatectl devices revoke" in answer.stderr


def test_an_invite_that_there_is_not(signed):
    assert signed.ctl("invite", "cancel", "no-such").returncode == 6


@pytest.mark.parametrize("words", [["cancel"], ["list", "x"], ["revoke", "x"], ["list", "--qr"], ["cancel", "x", "--name", "phone"]])
def test_words_that_say_nothing_of_invites(signed, words):
    assert signed.ctl("invite", *words).returncode == 2 and calls(signed) == []


def test_an_invite_for_one_name(signed):
    assert signed.ctl("invite", "--name", "phone").returncode == 0
    assert calls(signed) == ["Invite({'name': <'phone'>},)"]
    assert signed.ctl("invite", "--name", "no name").returncode == 2


def test_an_invite_for_one_name_where_nobody_signs(owner):
    answer = owner.ctl("invite", "--name", "phone")
    assert answer.returncode == 1 and "signed network" in answer.stderr and calls(owner) == []


def test_an_invite_grants(signed):
    assert signed.ctl("invite", "--name", "attic", "--route", "192.168.1.0/24", "--route", "10.9.0.0/16", "--exit", "4,6").returncode == 0
    assert calls(signed) == ["Invite({'exit': <['4', '6']>, 'name': <'attic'>, 'routes': <['192.168.1.0/24', '10.9.0.0/16']>},)"]
    assert signed.ctl("invite", "--any-route").returncode == 0
    assert calls(signed) == ["Invite({'any-route': <true>},)"]
    assert signed.ctl("invite", "--exit", "5").returncode == 2 and calls(signed) == []


def test_an_invite_grants_nothing_where_nobody_signs(owner):
    refused = owner.ctl("invite", "--any-route")
    assert refused.returncode == 1 and "signed network" in refused.stderr and calls(owner) == []


def test_who_left_and_keeps_its_place(signed):
    assert "bamgatectl devices revoke gone" in signed.ctl("devices").stdout
