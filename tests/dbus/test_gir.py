# SPDX-License-Identifier: LGPL-2.1-or-later
"""libbamgate as other languages see it, against a fake daemon; tests/netns/test_library.py has a real one."""
import contextlib
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree

import pytest

from gi.repository import Gio, GLib

from bus_fixtures import ROOT, build, fake_service
from lab import library

GIR, C = "{http://www.gtk.org/introspection/core/1.0}", "{http://www.gtk.org/introspection/c/1.0}"
LIBRARY = library.folder()

if not library.is_there():
    pytest.skip(library.why_not(), allow_module_level=True)
Bamgate = library.load()


def connect(address):
    flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
    return Gio.DBusConnection.new_for_address_sync(address, flags, None, None)


@pytest.fixture(scope="module")
def scenarios(tmp_path_factory):
    with contextlib.ExitStack() as stack:
        yield lambda name: stack.enter_context(fake_service(tmp_path_factory.mktemp(name), name))


@pytest.fixture
def client(service):
    return Bamgate.Client.new_for_connection_sync(connect(service.address), False, None)


def iterate_until(done):
    library.wait("the event", done, 10)


def test_properties(client):
    assert client.props.running and client.get_running()
    assert client.props.state == client.get_state() == Bamgate.State.ONLINE
    assert client.props.signaling_state == client.get_signaling_state() == Bamgate.SignalingState.ONLINE
    assert client.props.addresses == client.get_addresses() == ["10.0.0.2/24"]
    assert client.props.accept_routes is True
    assert client.props.rx_bytes == 1536 * 1024
    assert client.get_up_since() > 0
    assert client.props.drops.unpack() == client.dup_drops().unpack() == {"no-peer": 12, "unauthentic": 3}
    assert client.props.statistics_interval == 0 and client.props.pending_restart == []


def test_voices(scenarios):
    address = scenarios("replaced").address
    said = {}
    for voice in (Bamgate.Voice.WINDOW, Bamgate.Voice.TERMINAL):
        Bamgate.set_voice(voice)
        client = Bamgate.Client.new_for_connection_sync(connect(address), False, None)
        said[voice] = client.find_peer("attic").props.state_reason
    assert said[Bamgate.Voice.WINDOW].endswith("press “Forget” on its page")
    assert said[Bamgate.Voice.TERMINAL].endswith("run “bamgatectl peers forget attic”")


ENUMERATIONS = [
    (Bamgate.State, "Tunnel1", "State"), (Bamgate.SignalingState, "Tunnel1", "SignalingState"),
    (Bamgate.PeerState, "Tunnel1.Peer", "State"), (Bamgate.PeerKind, "Tunnel1.Peer", "Kind"),
    (Bamgate.Path, "Tunnel1.Peer", "Path")]


@pytest.mark.parametrize("enumeration, interface, name", ENUMERATIONS)
def test_nicks_are_the_words_of_the_bus(enumeration, interface, name):
    """The words of the comment above the property, each of which is a value."""
    text = (ROOT / "introspection" / f"org.bamgate.{interface}.xml").read_text()
    comment = re.search(r'<!--((?:(?!-->).)*)-->\s*<property name="%s"' % name, text, re.S)[1]
    values = {value.value_nick for value in enumeration.__enum_values__.values()}
    for word in values - {"unknown", "none"}:
        assert re.search(rf"\b{word}\b", comment), f"{word} is not in: {comment}"
    listed = re.search(r"[Oo]ne of ([\w, -]+)", comment)
    words = set(listed[1].split(", ")) if listed else set(re.findall(r"(\w+):", comment))
    assert {word.split()[0] for word in words} == values - {"unknown", "none"}


def test_peers(client):
    assert [peer.props.id for peer in client.list_peers()] == ["attic", "home", "näs", "office"]
    home = client.find_peer("home")
    assert home.props.path == home.get_path() == Bamgate.Path.ICE and home.props.latency == 1234
    assert home.props.kind == home.get_kind() == Bamgate.PeerKind.NETWORK
    assert home.get_accepted_routes() == ["192.168.1.0/24"]
    assert client.find_peer("nobody") is None
    assert [client.find_peer(name).get_state().value_nick for name in ("attic", "home", "office")] == \
        ["connecting", "connected", "refused"]
    assert client.find_peer("attic").get_path() == Bamgate.Path.NONE
    assert list(client.get_peers()) == list(client.props.peers) == client.list_peers()


def test_ping(client):
    assert client.find_peer("home").ping_sync(None) == (True, 1234)


def test_errors_have_a_domain(client):
    with pytest.raises(GLib.Error) as raised:
        client.find_peer("attic").ping_sync(None)
    assert raised.value.matches(Bamgate.error_quark(), Bamgate.Error.TIMEOUT)
    assert raised.value.message == "no answer"


def test_invite_and_configuration(client):
    assert client.invite_sync(None, None)["code"] == "ABCD-EFGH"
    assert client.get_configuration_sync(None)["device.mtu"] == 1420


def test_join_carries_its_arguments(client, service):
    options = GLib.Variant("a{sv}", {"name": GLib.Variant("s", "box")})
    assert client.join_sync("ABCD-EFGH", options, None)
    assert "'box'" in service.steer("Calls")


def test_asynchronous(service):
    got = []
    Bamgate.Client.new_for_connection(connect(service.address), False, None, lambda _source, result: got.append(result))
    iterate_until(lambda: got)
    client = Bamgate.Client.new_for_connection_finish(got.pop())
    client.find_peer("home").ping(None, lambda peer, result: got.append(peer.ping_finish(result)))
    iterate_until(lambda: got)
    assert got == [(True, 1234)]


@pytest.mark.parametrize("suffix, leading", [("", ["cancellable"]),
                                             ("_for_connection", ["connection", "autostart", "cancellable"])])
def test_the_asynchronous_form_is_the_twin_of_the_blocking_one(suffix, leading):
    functions = {e.get(C + "identifier"): [p.get("name") for p in e.iter(GIR + "parameter")]
                 for e in xml.etree.ElementTree.parse(LIBRARY / "Bamgate-1.gir").iter() if e.get(C + "identifier")}
    assert functions[f"bamgate_client_new{suffix}_sync"] == leading
    assert functions[f"bamgate_client_new{suffix}"] == [*leading, "callback", "user_data"]
    assert functions[f"bamgate_client_new{suffix}_finish"] == ["result"]


def test_a_password_is_needed(scenarios):
    """The library's own word for it, while other callers in the process keep what GIO says of the foreign name."""
    address = scenarios("denied").address
    client = Bamgate.Client.new_for_connection_sync(connect(address), False, None)
    with pytest.raises(GLib.Error) as raised:
        client.invite_sync(None, None)
    assert raised.value.matches(Bamgate.error_quark(), Bamgate.Error.AUTHENTICATION_REQUIRED)
    assert raised.value.message == "authentication is needed (org.bamgate.Tunnel1.configure)"
    with pytest.raises(GLib.Error) as raised:
        connect(address).call_sync("org.bamgate.Tunnel1", "/org/bamgate/Tunnel1", "org.bamgate.Tunnel1", "Invite",
                                   GLib.Variant("(a{sv})", ({},)), None, Gio.DBusCallFlags.NONE, -1, None)
    assert raised.value.domain == "g-io-error-quark"


def test_asynchronous_errors(client):
    got = []
    client.find_peer("attic").ping(None, lambda peer, result: got.append((peer, result)))
    iterate_until(lambda: got)
    with pytest.raises(GLib.Error):
        got[0][0].ping_finish(got[0][1])


def test_signals(client, service):
    told = []
    client.connect("peer-added", lambda _c, peer: told.append(("added", peer.get_id())))
    client.connect("peer-removed", lambda _c, peer: told.append(("removed", peer.get_id())))
    client.connect("state-changed", lambda _c, old, now, reason: told.append((old.value_nick, now.value_nick, reason)))
    client.connect("notify::state", lambda c, _p: told.append(("notify", c.get_state().value_nick)))
    client.find_peer("home").connect("notify::path", lambda p, _s: told.append(("path", p.get_path().value_nick)))
    client.get_peers().connect("items-changed", lambda _l, *change: told.append(change))
    service.steer("AddPeer", "new")
    service.steer("SetPeerPath", "home", "data-channel")
    service.steer("SetState", "degraded", "why")
    service.steer("RemovePeer", "new")
    iterate_until(lambda: ("removed", "new") in told)
    assert told == [(2, 0, 1), ("added", "new"), ("path", "data-channel"), ("notify", "degraded"),
                    ("online", "degraded", "why"), (2, 1, 0), ("removed", "new")]


def test_service_goes(client, service):
    gone = []
    client.connect("notify::running", lambda c, _p: gone.append(c.get_running()))
    client.connect("peer-removed", lambda *_: None)
    service.steer("Quit")
    iterate_until(lambda: gone and not client.list_peers())
    assert gone == [False]
    assert client.get_state() == Bamgate.State.UNKNOWN and client.get_addresses() == []
    assert len(client.get_peers()) == 0


def test_no_service(bus_address):
    client = Bamgate.Client.new_for_connection_sync(connect(bus_address), True, None)
    assert not client.get_running()
    assert client.list_peers() == []
    with pytest.raises(GLib.Error) as raised:
        client.down_sync(None)
    assert raised.value.matches(Gio.dbus_error_quark(), Gio.DBusError.SERVICE_UNKNOWN)


# What is there, and for whom


def exported_symbols():
    output = subprocess.run(["nm", "-D", "--defined-only", LIBRARY / "libbamgate-1.so"], text=True, capture_output=True,
                            check=True).stdout
    return {line.split()[-1].split("@")[0] for line in output.splitlines() if " T " in line}


def headers():
    """Those that are installed, from bamgate.h on."""
    found, left = {}, ["bamgate.h"]
    while left:
        name = left.pop()
        if name not in found:
            made = LIBRARY / name
            found[name] = (made if made.exists() else ROOT / "introspection" / "libbamgate" / name).read_text()
            left += re.findall(r'#include "(.*)"', found[name])
    return found


def test_the_map_exports_what_the_headers_declare():
    assert exported_symbols() == set(re.findall(r"\b(bamgate_\w+) +\(", "".join(headers().values())))


def test_every_symbol_is_documented_in_the_gir():
    """With what it is, what it returns, and since when."""
    functions = {e.get(C + "identifier"): e for e in xml.etree.ElementTree.parse(LIBRARY / "Bamgate-1.gir").iter()
                 if e.get(C + "identifier", "").startswith("bamgate_")}
    assert functions.keys() == {name for name in exported_symbols() if not name.endswith("_get_type")}
    for name, element in functions.items():
        assert element.find(GIR + "doc").text and element.get("version"), name
        returned = element.find(GIR + "return-value")
        assert returned.find(GIR + "type") is None or returned.find(GIR + "type").get("name") == "none" \
            or returned.find(GIR + "doc") is not None, f"{name}: what it returns"
        assert all(p.find(GIR + "doc") is not None for p in element.iter(GIR + "parameter")), f"{name}: parameters"


def test_every_member_of_the_bus_is_there():
    for name, kind in (("Tunnel1", Bamgate.Client), ("Tunnel1.Peer", Bamgate.Peer)):
        node = xml.etree.ElementTree.parse(ROOT / "introspection" / f"org.bamgate.{name}.xml")
        members = {(e.tag, re.sub(r"(?<=[a-z])(?=[A-Z])", "_", e.get("name")).lower()) for e in node.iter()
                   if e.tag in ("property", "method")}
        for tag, member in members - {("method", "import"), ("property", "reasons"), ("method", "explain_error")}:
            if tag == "property":
                assert member.replace("_", "-") in {p.name for p in kind.list_properties()}, member
            else:
                assert all(hasattr(kind, member + form) for form in ("", "_finish", "_sync")), member


def test_debian_names_the_symbols():
    """All of the one version node, with the ABI that the file names."""
    symbols = (ROOT / "debian" / "libbamgate-1-0.symbols").read_text()
    output = subprocess.run(["readelf", "-d", LIBRARY / "libbamgate-1.so"], text=True, capture_output=True, check=True).stdout
    assert symbols.startswith(re.search(r"soname: \[(.*)\]", output)[1] + " ")
    versions = subprocess.run(["nm", "-D", "--defined-only", LIBRARY / "libbamgate-1.so"], text=True, capture_output=True,
                              check=True).stdout
    assert set(re.findall(r"@@(\w+)", versions)) == set(re.findall(r"\(symver\)(\w+)", symbols))


# The examples of the reference


def examples():
    """{language: code} of the first steps."""
    text = (ROOT / "introspection" / "libbamgate" / "docs" / "overview.md").read_text()
    return dict(re.findall(r"```(\w+)\n(.*?)```", text, re.S))


# pkg-config, also valac's, finds the library of the build folder.
DEVELOPER = os.environ | {"PKG_CONFIG_PATH": str(build() / "meson-uninstalled")}


def run(*argv, **options):
    done = subprocess.run([str(word) for word in argv], text=True, capture_output=True, env=DEVELOPER, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def built(tmp_path, language):
    """The program's argv."""
    file, out = tmp_path / f"peers.{language}", tmp_path / "peers"
    file.write_text(examples()[language])
    if language == "python":
        return [sys.executable, file]
    if language == "js":
        return ["gjs", file]
    if language == "c":
        run("cc", "-Wall", "-Werror", file, "-o", out, *run("pkg-config", "--cflags", "--libs", "libbamgate-1").split())
        return [out]
    # side by side, as they are installed
    shutil.copy(LIBRARY / "libbamgate-1.vapi", tmp_path)
    shutil.copy(build() / "meson-private" / "libbamgate-1.deps", tmp_path)
    run("valac", "--fatal-warnings", f"--vapidir={tmp_path}", "--pkg=libbamgate-1", "--Xcc=-w", f"--output={out}", file)
    return [out]


@pytest.mark.parametrize("language, line", [
    ("c", "home is there"), ("python", "home connected ice"), ("js", "home: 10.0.0.3"), ("vala", "home: 10.0.0.3")])
def test_example(service, tmp_path, language, line):
    program = {"c": "cc", "js": "gjs", "vala": "valac"}.get(language, sys.executable)
    if not shutil.which(program):
        pytest.skip(f"not on this machine: no {program}")
    argv = [str(word) for word in built(tmp_path, language)]
    environment = service.environment() | library.environment() | {"PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(argv, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        seen = []
        while line not in seen and (more := process.stdout.readline()):
            seen.append(more.strip())
        assert line in seen, (seen, process.stderr.read())
    finally:
        process.kill()
        process.communicate()


JAVASCRIPT = """
imports.gi.versions.Bamgate = '1';
const {Bamgate, GLib} = imports.gi;

const client = Bamgate.Client.new_sync(null);
client.peers.connect('items-changed', (_list, ...change) => print(`items ${change}`));
client.connect('notify::state', () => print(`degraded ${client.state === Bamgate.State.DEGRADED}`));
client.connect('peer-removed', (_client, peer) => print(`removed ${peer.id} ${peer.client}`));
client.find_peer('attic').ping(null, (peer, result) => {
  try {
    peer.ping_finish(result);
  } catch (error) {
    print(`error ${error.matches(Bamgate.Error, Bamgate.Error.TIMEOUT)} ${error.message}`);
  }
});
client.find_peer('home').ping(null, (peer, result) => print(`ping ${peer.ping_finish(result)}`));
new GLib.MainLoop(null, false).run();
"""


def read_until(process, last):
    lines = []
    while last not in lines and (line := process.stdout.readline()):
        lines.append(line.strip())
    return lines


def test_javascript(service, tmp_path):
    if not shutil.which("gjs"):
        pytest.skip("not on this machine: no gjs")
    file = tmp_path / "client.js"
    file.write_text(JAVASCRIPT)
    process = subprocess.Popen(["gjs", str(file)], env=service.environment() | library.environment(), text=True,
                               stdout=subprocess.PIPE)
    try:
        assert sorted(process.stdout.readline().strip() for _ in range(2)) == ["error true no answer", "ping true,1234"]
        service.steer("AddPeer", "new")
        service.steer("SetState", "degraded", "why")
        service.steer("RemovePeer", "new")
        assert read_until(process, "removed new null") == \
            ["items 2,0,1", "degraded true", "items 2,1,0", "removed new null"]
    finally:
        service.steer("SetState", "online", "")
        process.kill()
        process.communicate()
