# SPDX-License-Identifier: LGPL-2.1-or-later
"""What bamgatectl does: calls, exit codes, JSON, secrets, hostile text."""
import base64
import contextlib
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import unicodedata

import pytest

from bus_fixtures import FakeService, ctl, fake_service, fake_service_program, private_bus, running


def lines_until(process, wanted):
    lines = []
    while not any(wanted in line for line in lines):
        line = process.stdout.readline()
        assert line, f"ended after {lines}"
        lines.append(line)
    return lines


# --- The daemon is not there ---

def test_not_running(empty_bus):
    result = empty_bus.ctl("status")
    assert result.returncode == 3
    assert "systemctl start bamgated" in result.stderr and "the package bamgate is not installed" in result.stderr
    assert result.stdout == ""


def test_no_bus(empty_bus):
    result = empty_bus.ctl("status", DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nonexistent/bus")
    assert result.returncode == 3
    assert "cannot reach the bus" in result.stderr
    assert "GDBus" not in result.stderr


def test_version_needs_no_service(empty_bus):
    result = empty_bus.ctl("version", "--json", DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nonexistent/bus")
    assert result.returncode == 0
    assert json.loads(result.stdout) == {"schema": 1, "bamgatectl": json.loads(result.stdout)["bamgatectl"], "bamgated": ""}


def test_bus_by_address(service):
    result = service.ctl("--bus", service.address, "peers", "--json", DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nonexistent")
    assert result.returncode == 0
    assert json.loads(result.stdout)["peers"]


def test_bus_of_the_environment(service):
    elsewhere = {"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent", "DBUS_SESSION_BUS_ADDRESS": service.address}
    assert service.ctl("status", **elsewhere).returncode == 3
    assert service.ctl("status", BAMGATE_BUS="session", **elsewhere).returncode == 0
    assert service.ctl("--bus", "system", "status", BAMGATE_BUS="session", **elsewhere).returncode == 3


def test_service_dies_under_the_monitor(own_service):
    process = own_service.start_ctl("monitor", "--json")
    try:
        lines_until(process, '"office"')
        own_service.steer("Quit")
        assert any('"gone"' in line for line in lines_until(process, "gone"))
    finally:
        process.terminate()
        assert process.wait(10) == 0
        process.stdout.close()


# --- The doctor ---

def finding(result, check):
    return next(f for f in json.loads(result.stdout)["findings"] if f["check"] == check)


def test_doctor_without_a_bus(empty_bus):
    result = empty_bus.ctl("doctor", "--json", DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nonexistent/bus")
    assert result.returncode == 1
    found = finding(result, "bus")
    assert found["verdict"] == "problem" and "cannot be reached" in found["found"] and "dbus.socket" in found["deed"]
    assert "GDBus" not in result.stdout


def test_doctor_without_a_daemon(empty_bus):
    result = empty_bus.ctl("doctor", "--json")
    assert result.returncode == 1 and "error" not in json.loads(result.stdout)
    assert finding(result, "bus") == {"check": "bus", "verdict": "ok", "found": "the bus answers", "means": "", "deed": ""}
    assert finding(result, "daemon.running")["verdict"] == "problem"
    assert "daemon.running" in {f["check"] for f in json.loads(result.stdout)["findings"]}
    assert calls_nobody(empty_bus)


def calls_nobody(bus):
    """Nothing was started."""
    listed = subprocess.run(["busctl", f"--address={bus.address}", "list"], text=True, capture_output=True, check=True).stdout
    return "org.bamgate" not in listed


def test_doctor_says_what_the_daemon_says(service):
    result = service.ctl("doctor", "--json")
    document = json.loads(result.stdout)
    assert result.returncode == 1
    assert finding(result, "tunnel.state")["found"] == "the tunnel is up"
    assert finding(result, "net.overlap") == {"check": "net.overlap", "verdict": "problem", "found": "two\x1bnetworks",
                                              "means": "one goes first", "deed": "change one"}
    odd = finding(result, "odd.newer")  # a code and a verdict that are not known: for people to judge
    assert (odd["verdict"], odd["found"]) == ("note", "what a newer daemon says")
    for verdict, count in (("problem", document["problems"]), ("note", document["notes"])):
        assert count == sum(f["verdict"] == verdict for f in document["findings"]) > 0


def test_doctor_for_people(service):
    lines = service.ctl("doctor").stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("problem  two") and "networks" in line)
    assert "\x1b" not in lines[at]
    assert lines[at + 1:at + 3] == ["         It means: one goes first", "         What to do: change one"]
    assert lines[-2] == "" and re.fullmatch(r"Problems: \d+\. Notes: \d+\.", lines[-1])


def test_doctor_of_an_older_daemon(tmp_path):
    with fake_service(tmp_path, "crowded") as service:
        result = service.ctl("doctor", "--json")
        assert result.returncode == 1
        assert "older than this program" in finding(result, "daemon.answers")["found"]


# --- Calls ---

def test_setup_with_token_from_input(own_service):
    result = own_service.ctl("setup", "--server", "https://hub.example.net#sha256=cGlu", "--token-file", "-", "--name",
                             "box", "--address", "10.0.0.9/24", "--force", "--no-up", input="s3cret\nrest\n")
    assert result.returncode == 0, result.stderr
    (call,) = [c for c in own_service.calls() if c.startswith("Setup")]
    assert "'token': <'s3cret'>" in call
    assert "'server-url': <'https://hub.example.net'>" in call
    assert "'server-pin': <'cGlu'>" in call
    assert "'name': <'box'>" in call and "'address': <'10.0.0.9/24'>" in call and "'force': <true>" in call
    assert "s3cret" not in result.stdout + result.stderr


def test_setup_with_token_from_file(own_service, tmp_path):
    token = tmp_path / "token"
    token.write_text("\ufeff  from-file \n")
    assert own_service.ctl("setup", "--server", "https://x", "--token-file", str(token)).returncode == 0
    got = own_service.calls()
    assert any("'token': <'from-file'>" in c for c in got)
    assert any(c.startswith("Up") for c in got)
    assert not any(c.startswith("Invite") for c in got)


@pytest.mark.parametrize("content", ["", "\n", " \n x"])
def test_setup_with_an_empty_token(own_service, content):
    result = own_service.ctl("setup", "--server", "https://x", "--token-file", "-", input=content)
    assert result.returncode == 1
    assert own_service.calls() == []


def test_setup_with_an_endless_token(own_service):
    result = own_service.ctl("setup", "--server", "https://x", "--token-file", "/dev/zero")
    assert result.returncode == 1
    assert "64 KiB" in result.stderr


def test_setup_with_a_token_that_is_no_text(own_service, tmp_path):
    (tmp_path / "token").write_bytes(b"\xff\xfe")
    result = own_service.ctl("setup", "--server", "https://x", "--token-file", str(tmp_path / "token"))
    assert result.returncode == 1 and "UTF-8" in result.stderr
    assert own_service.calls() == []


@pytest.mark.parametrize("words", [["join", "\udcff"], ["config", "set", "device.name=\udcff"],
                                   ["config", "unset", "\udcff"], ["peers", "forget", "\udcff"], ["ping", "\udcff"]])
def test_arguments_that_are_no_text(own_service, words):
    result = own_service.ctl(*words)
    assert result.returncode == 2 and "UTF-8" in result.stderr
    assert own_service.calls() == []


def test_setup_host_invites_after_up(own_service):
    assert own_service.ctl("setup", "--host", "--listen", "0.0.0.0:8443", "--public-url", "https://me:8443").returncode == 0
    got = own_service.calls()
    assert [c.split("(")[0] for c in got] == ["Setup", "Up", "Invite"]
    assert "'host': <true>" in got[0] and "'listen': <'0.0.0.0:8443'>" in got[0]
    assert "'server-url': <'https://me:8443'>" in got[0]


def test_join_keeps_the_pin(own_service):
    assert own_service.ctl("join", "-", "https://me:8443#sha256=cGlu", input="ABCD-EFGH\n").returncode == 0
    got = own_service.calls()
    assert got[0] == "Join('ABCD-EFGH', {'server-url': <'https://me:8443#sha256=cGlu'>})"
    assert got[1].startswith("Up")


def test_config_set_sends_text(own_service):
    """The daemon knows the types."""
    result = own_service.ctl("config", "set", "device.mtu=1400", "device.accept-routes=perhaps",
                             "device.routes=10.1.0.0/16, 10.2.0.0/16", "device.name=a=b", "peer.office.keepalive=")
    assert result.returncode == 0, result.stderr
    (call,) = own_service.calls()
    for part in ("'device.mtu': <'1400'>", "'device.accept-routes': <'perhaps'>",
                 "'device.routes': <'10.1.0.0/16, 10.2.0.0/16'>", "'device.name': <'a=b'>", "'peer.office.keepalive': <''>"):
        assert part in call


def test_config_set_reads_all_its_words_first(own_service):
    assert own_service.ctl("config", "set", "device.mtu=1400", "device.accept-routes").returncode == 2
    assert own_service.calls() == []


@pytest.mark.parametrize("words, settings", [
    (["home", "--accept-route=192.168.1.0/24", "--accept-route=10.0.0.0/8"], {"accept.home.routes": "192.168.1.0/24;10.0.0.0/8"}),
    (["never.seen", "--accept-all", "--prefer=10.0.0.0/8"], {"accept.never.seen.routes": "*", "accept.never.seen.prefer": "10.0.0.0/8"}),
    (["10.0.0.3", "--accept-none"], {"accept.home.routes": ""}),
    (["home", "--accept-dns=all", "--accept-search=lan"], {"accept.home.dns": "*", "accept.home.dns-search": "lan", "accept.home.routes": "*"}),
    (["home", "--accept-dns=none"], {"accept.home.dns": "", "accept.home.routes": "*"}),
    (["home", "--prefer=10.0.0.0/8"], {"accept.home.prefer": "10.0.0.0/8", "accept.home.routes": "*"})])
def test_peers_set(own_service, words, settings):
    assert own_service.ctl("peers", "set", *words).returncode == 0
    (call,) = [call for call in own_service.calls() if "accept." in call]
    for name, value in settings.items():
        assert f"'{name}': <'{value}'>" in call
    assert call.count("accept.") == len(settings)


def test_peers_set_default_takes_the_section_away(own_service):
    assert own_service.ctl("peers", "set", "home", "--accept-default").returncode == 0
    (call,) = own_service.calls()
    assert "{'accept.home': <@a{sv} {}>}" in call


def test_config_unset(own_service):
    assert own_service.ctl("config", "unset", "device.routes", "device.mtu").returncode == 0
    (call,) = own_service.calls()
    assert "'device.routes': <@a{sv} {}>" in call and "'device.mtu': <@a{sv} {}>" in call


def test_forget(own_service):
    assert own_service.ctl("peers", "forget", "näs").returncode == 0
    assert "näs" not in own_service.ctl("peers").stdout


def test_import_sends_the_file(own_service, tmp_path):
    (tmp_path / "office.conf").write_text("[Interface]\nPrivateKey = other\n")
    (tmp_path / "secrets.toml").write_text("[device]\n")
    assert own_service.ctl("import", str(tmp_path / "office.conf")).returncode == 1
    assert own_service.ctl("import", "--force", str(tmp_path / "office.conf")).returncode == 0
    got = own_service.calls()
    assert [c.split("(")[0] for c in got] == ["Import", "Import", "Up"]
    assert got[1] == "Import('[Interface]\\nPrivateKey = other\\n', {'force': <true>})"


def test_import_reads_the_secrets_beside_config_toml(own_service, tmp_path):
    (tmp_path / "config.toml").write_text("[network]\n")
    (tmp_path / "secrets.toml").write_text("[device]\n")
    assert own_service.ctl("import", str(tmp_path / "config.toml"), "--no-up").returncode == 0
    assert own_service.calls() == ["Import('[network]\\n', {'secrets': <'[device]\\n'>})"]


@pytest.mark.parametrize("content, words", [(b"\xff", "UTF-8"), (b"x" * (256 * 1024 + 1), "longer than 256 KiB"), (b"a\0b", "UTF-8")],
                         ids=["no-utf8", "too-long", "nul"])
def test_import_of_what_is_no_text(own_service, tmp_path, content, words):
    (tmp_path / "wg0.conf").write_bytes(content)
    result = own_service.ctl("import", str(tmp_path / "wg0.conf"))
    assert result.returncode == 1 and words in result.stderr
    assert own_service.calls() == []


def test_forget_by_address(own_service):
    assert own_service.ctl("peers", "forget", "10.0.0.5").returncode == 0
    assert own_service.calls() == ["ForgetPeer('näs',)"]


def test_hub_move(own_service, tmp_path):
    """The token comes from a file; where it is another's, nothing is said to have moved."""
    token, other = tmp_path / "token", tmp_path / "other"
    token.write_text("the-token-of-the-new-hub\n")
    other.write_text("another-token-of-somebody\n")
    refused = own_service.ctl("hub", "move", "https://new.example", "--token-file", other)
    assert refused.returncode == 4 and "refuses the token" in refused.stderr and refused.stdout == ""
    moved = own_service.ctl("hub", "move", "https://new.example#sha256=cGlu", "--token-file", token, "--force")
    assert moved.returncode == 0 and "The network has moved." in moved.stdout
    assert own_service.calls()[-1] == ("MoveHub({'force': <true>, 'server-url': <'https://new.example#sha256=cGlu'>, "
                                  "'token': <'the-token-of-the-new-hub'>},)")
    assert "the-token" not in moved.stdout + moved.stderr


@pytest.mark.parametrize("words, told", [
    ([], "move where to?"), (["https://new.example"], "--token-file"), (["https://new.example", "elsewhere", "--token-file", "x"], "hub"),
    (["https://new.example", "--token-file", "x", "--name", "office"], "belongs to a hub at Cloudflare"),
    (["https://new.example", "--token-file", "x", "--yes"], "--yes belongs to remove"),
    (["https://new.example", "--token-file", "/nonexistent"], "/nonexistent")])
def test_hub_move_that_does_not_begin(scenarios, words, told):
    service = scenarios("online")
    refused = service.ctl("hub", "move", *words)
    assert refused.returncode in (1, 2) and told in refused.stderr
    assert not any("MoveHub" in call for call in service.calls())


def test_leave_says_what_becomes_of_the_hub(scenarios):
    for option, word in (("--keep-hub", "keep"), ("--remove-hub", "remove")):
        service = scenarios("hub")
        assert service.ctl("leave", "--yes", option).returncode == 0
        assert service.calls()[-1] == f"Leave({{'hub': <'{word}'>}},)"


@pytest.mark.parametrize("answer, left", [("y", True), ("YES", True), ("", False), ("n", False), ("yesterday", False)])
def test_leave_asks(own_service, answer, left):
    told = at_a_terminal(own_service, "leave", answer=answer)
    assert "Leave the network of https://hub.example.net:8443?" in told
    assert any(c.startswith("Leave") for c in own_service.calls()) == left


@pytest.mark.parametrize("answer, left", [("y", True), ("", False), ("n", False)])
def test_unregister_asks(tmp_path, answer, left):
    with fake_service(tmp_path, "endpoints-well") as service:
        told = at_a_terminal(service, "endpoints", "unregister", answer=answer)
        assert "Take this machine out of the account?" in told and ("--yes does it unasked" in told) != left
        assert ("Unregister()" in service.calls()) == left


# --- Monitor ---

def test_monitor_follows(own_service):
    process = own_service.start_ctl("monitor", "--json")
    try:
        lines_until(process, '"office"')
        own_service.steer("SetState", "degraded", "the hub is out of reach")
        own_service.steer("AddPeer", "new")
        own_service.steer("SetPeerPath", "home", "data-channel")
        own_service.steer("RemovePeer", "new")
        events = [json.loads(line) for line in lines_until(process, '"removed"')]
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        process.stdout.close()
    told = [(e.get("peer"), e["event"], e["value"], e["reason"]) for e in events]
    assert told == [(None, "state", "degraded", "the hub is out of reach"), ("new", "added", "connected", ""),
                    ("home", "path", "data-channel", ""), ("new", "removed", "", "")]


# --- Hostile text ---

def is_harmless(c):
    return c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Zl", "Zp")


@pytest.mark.parametrize("words", [["status"], ["status", "--json"], ["peers"], ["peers", "--json"],
                                   ["monitor", "-n", "3"], ["monitor", "-n", "3", "--json"],
                                   ["ping", "\x1b[31mevil\x1b[0m", "-c", "1"], ["ping", "no\x1bbody"],
                                   ["peers", "reconnect", "\x1b[31mevil\x1b[0m"]])
def test_terminals_obey_nobody_else(scenarios, words):
    result = scenarios("hostile").ctl(*words)
    assert all(map(is_harmless, result.stdout + result.stderr)), repr(result.stdout)
    assert not any(line.startswith("State  failed") for line in result.stdout.splitlines())


def test_json_keeps_the_truth(scenarios):
    ids = [p["id"] for p in json.loads(scenarios("hostile").ctl("peers", "--json").stdout)["peers"]]
    assert set(ids) == {"\x1b[31mevil\x1b[0m", "line\nState  failed", "-$(touch x)'"}


@pytest.mark.parametrize("shell", ["sh", "bash", "zsh", "fish"])
def test_a_pasted_hint_does_what_it_says(tmp_path, shell):
    """The line that status suggests, run by every shell as it stands: it reaches the peer, and runs nothing else."""
    if not shutil.which(shell):
        pytest.skip(f"not on this machine: {shell}")
    with fake_service(tmp_path, "hostile") as service:
        (hint,) = re.findall(r"bamgatectl peers forget .*", service.ctl("status").stdout)
        line = hint.replace("bamgatectl", str(ctl()), 1)
        environment = service.environment() | {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
        result = subprocess.run([shell, "-c", line], env=environment, cwd=tmp_path, text=True, capture_output=True,
                                timeout=30)
        assert result.returncode == 0, result.stderr
        assert service.calls()[-1] == """ForgetPeer("-$(touch x)'",)"""
        assert not (tmp_path / "x").exists()


# --- JSON ---

@pytest.mark.parametrize("words", [["status"], ["peers"], ["ping", "home", "-c", "1"], ["config"], ["config", "get", "device.mtu"],
                                   ["config", "set", "device.mtu=1400"], ["invite"], ["version"], ["genkey"], ["genpsk"], ["up"],
                                   ["down"], ["setup", "--host"], ["setup", "--host", "--name", "taken"], ["join", "DEAD-CODE"],
                                   ["peers", "forget", "nobody"], ["peers", "dance"], ["nonsense"], ["ping"], ["up", "--what"]])
def test_json_is_one_document_with_a_schema(own_service, words):
    result = own_service.ctl(*words, "--json")
    document = json.loads(result.stdout)
    assert document["schema"] == 1 and list(document)[0] == "schema"
    assert ("error" in document) == (result.returncode != 0)
    assert result.stderr == ""


def test_json_errors_have_code_and_message(service):
    told = json.loads(service.ctl("--json", "join", "SLOW-CODE").stdout)["error"]
    assert told == {"code": "timeout", "message": "join: the hub does not answer"}


def test_json_error_without_a_daemon(empty_bus):
    told = json.loads(empty_bus.ctl("status", "--json").stdout)["error"]
    assert told["code"] == "not-running"


def test_json_tells_what_came_before_the_failure(scenarios):
    document = json.loads(scenarios("unconfigured").ctl("setup", "--host", "--json").stdout)
    assert document["error"]["code"] == "not-configured" and document["name"] == "laptop"


def test_a_monitor_that_loses_its_bus_says_so_in_json(tmp_path):
    with private_bus(tmp_path) as address:
        with running([sys.executable, fake_service_program(), address, "alone"]) as process:
            monitor = FakeService(address, process).start_ctl("monitor", "--json")
            lines_until(monitor, '"state"')
    lines = [json.loads(line) for line in monitor.stdout]
    assert monitor.wait(10) == 3 and lines[-1]["error"]["code"] == "not-running" and lines[-1]["schema"] == 1
    monitor.stdout.close()


# --- Places without a locale ---

def timeless(text):
    """Seconds pass between two looks."""
    return re.sub(r" +", " ", re.sub(r"(\d+ (s|min|h)\b ?)+", "some time ", text))


@pytest.mark.parametrize("locale", ["C", "POSIX", "xx_YY.UTF-8"])
def test_text_is_the_same_without_a_locale(service, locale):
    for words in (["--help"], ["config", "--help"], ["frobnicate"], ["status"], ["ping", "nobody"]):
        told, usual = service.ctl(*words, LC_ALL=locale), service.ctl(*words)
        assert (timeless(told.stdout), told.stderr) == (timeless(usual.stdout), usual.stderr)
    assert "OPTION…" in service.ctl("--help", LC_ALL=locale).stdout


# --- Colour ---

def on_a_terminal(service, *words, **environment):
    env = service.environment() | environment
    line = " ".join(map(str, (ctl(), *words)))
    return subprocess.run(["script", "-qec", line, "/dev/null"], env=env, text=True, capture_output=True,
                          stdin=subprocess.DEVNULL, timeout=30).stdout


def at_a_terminal(service, *words, answer):
    """Types `answer` once something is asked."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(ctl(), [str(ctl()), *words], service.environment())
    told = ""
    with contextlib.suppress(OSError):  # EIO: the other side is closed
        while chunk := os.read(terminal, 4096):
            told += chunk.decode()
            if told.endswith("[y/N] "):
                os.write(terminal, (answer + "\n").encode())
    os.close(terminal)
    os.waitpid(pid, 0)
    return told


def test_colour_on_a_terminal_only(service):
    assert "\x1b[32monline\x1b[0m" in on_a_terminal(service, "status")
    assert "\x1b" not in on_a_terminal(service, "status", NO_COLOR="1")
    assert "\x1b" not in service.ctl("status").stdout
    assert "\x1b[32m" in on_a_terminal(service, "status", NO_COLOR="")
    assert "\x1b" not in on_a_terminal(service, "status", TERM="dumb")


def test_colour_as_it_is_asked_for(service):
    assert "\x1b" not in on_a_terminal(service, "status", "--color=never")
    assert "\x1b[32monline\x1b[0m" in service.ctl("status", "--color=always", NO_COLOR="1").stdout
    assert "\x1b" not in service.ctl("status", "--color=always", "--json").stdout
    result = service.ctl("status", "--color=blue")
    assert result.returncode == 2 and "none of auto, always, never" in result.stderr


def test_colour_carries_nothing_alone(service):
    plain, coloured = service.ctl("status").stdout, service.ctl("status", "--color=always").stdout
    assert re.sub(r"\x1b\[\d+m", "", coloured) == plain


# --- Keys, without a daemon ---

def key(result):
    assert result.returncode == 0, result.stderr
    return base64.b64decode(result.stdout.strip(), validate=True)


def test_genkey_is_clamped_and_new(empty_bus):
    one, two = key(empty_bus.ctl("genkey")), key(empty_bus.ctl("genkey"))
    assert one != two and len(one) == 32
    assert one[0] & 7 == 0 and one[31] & 128 == 0 and one[31] & 64


ALICE_PRIVATE = bytes.fromhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
ALICE_PUBLIC = bytes.fromhex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")


def test_pubkey(empty_bus):
    """RFC 7748, 6.1."""
    assert key(empty_bus.ctl("pubkey", input=base64.b64encode(ALICE_PRIVATE).decode() + "\n")) == ALICE_PUBLIC


def test_pubkey_json(empty_bus):
    result = empty_bus.ctl("pubkey", "--json", input=base64.b64encode(ALICE_PRIVATE).decode())
    assert json.loads(result.stdout) == {"schema": 1, "public_key": base64.b64encode(ALICE_PUBLIC).decode()}


@pytest.mark.parametrize("text", ["", "x", "A" * 44, "A" * 43 + "=\x1b", "=" * 44])
def test_pubkey_of_rubbish(empty_bus, text):
    result = empty_bus.ctl("pubkey", input=text)
    assert result.returncode == 1 and result.stdout == ""


def test_genpsk_json(empty_bus):
    psk = json.loads(empty_bus.ctl("genpsk", "--json").stdout)["preshared_key"]
    assert len(base64.b64decode(psk, validate=True)) == 32


def test_genkey_warns_of_readable_files(empty_bus, tmp_path):
    with open(tmp_path / "key", "w") as file:
        result = subprocess.run([ctl(), "genkey"], env=empty_bus.environment(), stdout=file, stderr=subprocess.PIPE,
                                text=True)
    assert "umask 077" in result.stderr


# --- Typos ---

@pytest.mark.parametrize("line, told", [
    ("stauts", "there is no command “stauts”; did you mean “status”?"), ("peer", "did you mean “peers”?"),
    ("conifg set x=y", "did you mean “config”?"), ("up --jsn", "did you mean --json?"),
    ("setup --tokenfile=x", "did you mean --token-file?"), ("ping hmoe", "there is no peer “hmoe”; did you mean “home”?"),
    ("peers show atic", "did you mean “attic”?"), ("config get device.route", "did you mean “device.routes”?")])
def test_what_was_meant(service, line, told):
    result = service.ctl(*line.split())
    assert told in result.stderr and result.returncode in (2, 6)


@pytest.mark.parametrize("line", ["frobnicate", "up --frobnicate", "ping nobody", "x", "config get network.colour", "ping " + "x" * 300])
def test_no_wild_guesses(service, line):
    assert "did you mean" not in service.ctl(*line.split()).stderr


# --- Invites for cameras ---

def test_a_qr_code_is_what_it_says(own_service, tmp_path):
    """Drawn in a terminal, read by a scanner."""
    if not shutil.which("zbarimg"):
        pytest.skip("not on this machine: zbarimg")
    told = own_service.ctl("invite", "--qr").stdout
    rows = [line for line in told.splitlines() if re.fullmatch("[█▀▄ ]+", line) and len(line) > 20]
    light = {"█": (1, 1), "▀": (1, 0), "▄": (0, 1), " ": (0, 0)}
    pixels = [[light[c][half] for c in row] for row in rows for half in (0, 1)]
    scale, frame = 4, 16
    width, height = len(pixels[0]) * scale + 2 * frame, len(pixels) * scale + 2 * frame
    image = bytearray(b"\xff" * (width * height))
    for y, row in enumerate(pixels):
        for x, lit in enumerate(row):
            for dy in range(scale):
                at = (frame + y * scale + dy) * width + frame + x * scale
                image[at:at + scale] = (b"\xff" if lit else b"\x00") * scale
    (tmp_path / "code.pgm").write_bytes(b"P5 %d %d 255\n" % (width, height) + image)
    read = subprocess.run(["zbarimg", "-q", "--raw", tmp_path / "code.pgm"], text=True, capture_output=True, timeout=30)
    assert read.stdout.strip() == "bamgatectl join ABCD-EFGH 'https://hub.example.net:8443#sha256=cGlu'"


def test_no_qr_code_in_json(service):
    assert "█" not in service.ctl("invite", "--qr", "--json").stdout
