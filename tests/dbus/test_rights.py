# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who may do what, asked of the real polkitd; the daemon runs as an unprivileged user, as under its unit."""
import json
import signal

import pytest

from polkit_world import PASSWORD

DENIED = "org.freedesktop.DBus.Error.AccessDenied"
CHALLENGE = "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"
HOME = "/org/bamgate/Tunnel1/peers/home"

# method, arguments, path
CONTROL = [
    ("Up", "(@a{sv} {},)", "/org/bamgate/Tunnel1"),
    ("Down", "()", "/org/bamgate/Tunnel1"),
    ("SetExit", "('home', @a{sv} {})", "/org/bamgate/Tunnel1"),
    ("Ping", "()", HOME),
    ("Reconnect", "()", "/org/bamgate/Tunnel1/peers/attic"),
]
CONFIGURE = [
    ("Setup", "(@a{sv} {},)", "/org/bamgate/Tunnel1"),
    ("Join", "('ABCD-EFGH', @a{sv} {})", "/org/bamgate/Tunnel1"),
    ("Invite", "(@a{sv} {},)", "/org/bamgate/Tunnel1"),
    ("CancelInvite", "('0123456789abcdef',)", "/org/bamgate/Tunnel1"),
    ("Import", "('[Interface]', @a{sv} {})", "/org/bamgate/Tunnel1"),
    ("Leave", "(@a{sv} {},)", "/org/bamgate/Tunnel1"),
    ("ForgetPeer", "('nobody',)", "/org/bamgate/Tunnel1"),
    ("Configure", "(@a{sv} {},)", "/org/bamgate/Tunnel1"),
    ("GetSigningKey", "()", "/org/bamgate/Tunnel1"),
    ("Configure", "(@a{sv} {},)", "/org/bamgate/Tunnel1/peers/office"),
]
SIGN = [
    ("RenameDevice", "('home', 'house')", "/org/bamgate/Tunnel1"),
    ("RevokeDevice", "('home',)", "/org/bamgate/Tunnel1"),
    ("ApproveDevice", "('home', @a{sv} {})", "/org/bamgate/Tunnel1"),
    ("GrantDevice", "('home', @a{sv} {})", "/org/bamgate/Tunnel1"),
    ("AddOwner", "('home', 'key')", "/org/bamgate/Tunnel1"),
    ("RemoveOwner", "('home',)", "/org/bamgate/Tunnel1"),
    ("Recover", "('code', @a{sv} {})", "/org/bamgate/Tunnel1"),
    ("AllowUnsigned", "(true,)", "/org/bamgate/Tunnel1"),
    ("MoveHub", "(@a{sv} {},)", "/org/bamgate/Tunnel1"),
    ("MakeAuthority", "()", "/org/bamgate/Tunnel1"),
    ("GiveName", "('wiki', 'home')", "/org/bamgate/Tunnel1"),
    ("Protect", "(@a{sv} {},)", "/org/bamgate/Tunnel1"),
    ("TrustNetwork", "(@a{sv} {},)", "/org/bamgate/Tunnel1"),  # and the pretended daemon is none's owner any more
]
FREE = [
    ("ListInvites", "()", "/org/bamgate/Tunnel1"),
    ("ListDevices", "()", "/org/bamgate/Tunnel1"),
    ("GetNetwork", "()", "/org/bamgate/Tunnel1"),
    ("GetConfiguration", "()", "/org/bamgate/Tunnel1"),
    ("ListAccess", "()", "/org/bamgate/Tunnel1"),
    ("ListServices", "()", "/org/bamgate/Tunnel1"),
    ("Diagnose", "(@a{sv} {},)", "/org/bamgate/Tunnel1"),
    ("SetStatisticsInterval", "(uint32 0,)", "/org/bamgate/Tunnel1"),
    ("GetDetails", "()", HOME),
    ("org.freedesktop.DBus.Properties.GetAll", "('org.bamgate.Tunnel1',)", "/org/bamgate/Tunnel1"),
    ("org.freedesktop.DBus.ObjectManager.GetManagedObjects", "()", "/org/bamgate/Tunnel1"),
    ("org.freedesktop.DBus.Introspectable.Introspect", "()", "/org/bamgate/Tunnel1"),
]
GUARDED = CONTROL + CONFIGURE + SIGN
by_name = pytest.mark.parametrize("method, arguments, path", GUARDED, ids=lambda v: v.rpartition("/")[2])


@by_name
@pytest.mark.parametrize("user", ["root", "bg-allowed"])
def test_allowed(world, user, method, arguments, path):
    assert world.call(user, method, path, arguments) == ["", ""]


@by_name
def test_refused_by_a_rule(world, method, arguments, path):
    name, words = world.call("bg-denied", method, path, arguments)
    assert name == DENIED
    assert "polkit" in words


@by_name
@pytest.mark.parametrize("user", ["bamgate", "bg-plain"])  # the daemon's own user is as anybody
def test_challenged_without_a_session(world, user, method, arguments, path):
    name, words = world.call(user, method, path, arguments)
    assert name == CHALLENGE
    call = (method, arguments, path)
    action = "control" if call in CONTROL else "sign" if call in SIGN else "configure"
    assert f"org.bamgate.Tunnel1.{action}" in words


def test_an_invite_of_an_owner_is_signed(world):
    """So it takes the right to sign from then on, and no longer that to change settings."""
    invite = dict(method="Invite", arguments="(@a{sv} {},)")
    assert "configure" in world.call("bg-plain", **invite)[1]
    assert world.call("root", "Protect", arguments="(@a{sv} {},)") == ["", ""]
    try:
        assert "org.bamgate.Tunnel1.sign" in world.call("bg-plain", **invite)[1]
    finally:
        assert world.call("root", "TrustNetwork", arguments="(@a{sv} {},)") == ["", ""]


@pytest.mark.parametrize("method, arguments, path", FREE, ids=lambda v: v.rpartition(".")[2])
def test_free_for_everybody(world, method, arguments, path):
    for user in ("bg-plain", "bg-denied"):
        assert world.call(user, method, path, arguments) == ["", ""]


def test_nobody_to_ask(world):
    name, words = world.call("bg-plain", "Down", interactive=True)
    assert name == CHALLENGE
    assert "no agent" in words


def test_refused_call_changes_nothing(world):
    assert world.call("root", "Up", arguments="(@a{sv} {},)") == ["", ""]
    assert world.call("bg-denied", "Down")[0] == DENIED
    assert "online" in world.run("bg-denied", "bamgatectl", "status")["out"]


def test_a_property_cannot_be_written(world):
    name, _words = world.call("root", "org.freedesktop.DBus.Properties.Set",
                              arguments="('org.bamgate.Tunnel1', 'Name', <'evil'>)")
    assert name.startswith("org.freedesktop.DBus.Error.")


def test_bus_policy_limits_interfaces(world):
    name, _words = world.call("bg-allowed", "org.example.Other.Method")
    assert name == DENIED


def test_bus_policy_limits_the_name(world):
    script = ("from gi.repository import Gio, GLib; bus = Gio.bus_get_sync(Gio.BusType.SYSTEM, None);"
              "bus.call_sync('org.freedesktop.DBus', '/', 'org.freedesktop.DBus', 'RequestName',"
              " GLib.Variant('(su)', ('org.bamgate.Tunnel1', 4)), None, 0, -1, None)")
    result = world.run("bg-allowed", "/usr/bin/python3", "-c", script)
    assert result["code"] != 0 and "AccessDenied" in result["err"]


def test_ctl_explains(world):
    result = world.run("bg-plain", "bamgatectl", "down")
    assert result["code"] == 4
    assert "no agent" in result["err"] and "at a terminal" in result["err"] and "GDBus" not in result["err"]
    assert "sudo" not in result["err"]
    told = json.loads(world.run("bg-plain", "bamgatectl", "down", "--json")["out"])["error"]
    assert told["code"] == "authentication-required"
    denied = world.run("bg-denied", "bamgatectl", "down")
    assert denied["code"] == 4 and "sudo" in denied["err"]


def test_ctl_asks_at_the_terminal(world):
    result = world.run_at_terminal("bg-asked", "bamgatectl", "down", answer=PASSWORD)
    assert (result["code"], result["asked"]) == (0, 1), result["out"]
    assert "org.bamgate.Tunnel1.control" in result["out"] and "COMPLETE" in result["out"]
    assert PASSWORD not in result["out"]


def test_ctl_takes_no_wrong_password(world):
    result = world.run_at_terminal("bg-asked", "bamgatectl", "config", "set", "device.mtu=1400", answer="open barley")
    assert result["code"] == 4 and result["asked"] >= 1, result["out"]
    assert "FAILED" in result["out"] and "sudo" not in result["out"]


def test_ctl_can_be_ended_at_the_password(world):
    """Ctrl-C, at once and with the terminal as it was."""
    before = world.call("root", "org.freedesktop.DBus.Properties.Get", arguments="('org.bamgate.Tunnel1', 'State')")
    result = world.run_at_terminal("bg-asked", "bamgatectl", "down", answer="\x03")
    assert result["code"] in (-signal.SIGINT, 128 + signal.SIGINT) and result["asked"] == 1, result["out"]
    assert result["echo"] and "Taking the tunnel down" not in result["out"]
    assert world.call("root", "org.freedesktop.DBus.Properties.Get", arguments="('org.bamgate.Tunnel1', 'State')") == before


@pytest.mark.parametrize("user", ["bg-allowed", "bg-denied"])
def test_ctl_asks_nobody_whose_answer_is_known(world, user):
    assert world.run_at_terminal(user, "bamgatectl", "up", answer=PASSWORD)["asked"] == 0


def test_ctl_asks_nobody_for_what_is_free(world):
    result = world.run_at_terminal("bg-asked", "bamgatectl", "status", answer=PASSWORD)
    assert (result["code"], result["asked"]) == (0, 0)


def test_ctl_as_root(world):
    assert world.run("root", "bamgatectl", "up")["code"] == 0


def doctor(world, user):
    """What the doctor says of this user's rights: verdict and words; ("", "") for nothing."""
    findings = json.loads(world.run(user, "bamgatectl", "doctor", "--json")["out"])["findings"]
    assert any(f["check"] == "tunnel.state" for f in findings)  # everybody may ask
    return next(((f["verdict"], f["found"]) for f in findings if f["check"] == "rights"), ("", ""))


def test_doctor_knows_who_may_what(world):
    """And asks nobody for a password."""
    assert doctor(world, "bg-allowed") == ("ok", "you may bring the tunnel up and down, and change settings")
    for user in ("bg-asked", "bg-plain"):
        verdict, words = doctor(world, user)
        assert verdict == "ok" and "a password is asked for" in words
    assert doctor(world, "bg-denied") == ("note", "polkit forbids you to bring the tunnel up and down")
    assert doctor(world, "root") == ("", "")
    assert world.run_at_terminal("bg-asked", "bamgatectl", "doctor", answer=PASSWORD)["asked"] == 0


def test_doctor_without_polkit(own_world):
    own_world.ask(do="stop", name="polkit")
    assert doctor(own_world, "bg-plain") == ("note", "polkit does not answer")


def test_polkit_stops_and_comes_back(own_world):
    own_world.ask(do="stop", name="polkit")
    name, words = own_world.call("bg-allowed", "Down")
    assert name == DENIED
    assert "polkit cannot be asked" in words
    assert own_world.call("root", "Down") == ["", ""]
    assert own_world.call("bg-plain", "GetConfiguration") == ["", ""]
    own_world.ask(do="start_polkit")
    assert own_world.call("bg-allowed", "Down") == ["", ""]
