# SPDX-License-Identifier: LGPL-2.1-or-later
"""Secrets of people: asked of the agent of her session, from a real keyring, when the tunnel comes up."""

import json
import signal

import pytest

from lab.bamgate import static_machine
from lab.wait import wait_for
from lab.wireguard import Keys, new_psk
from person import GLib, PASSWORD, Person

ALICE, BOB = 60201, 60202
PSK = "peer/b/psk"


def make(net, owner=None, secrets=("device-key",)):
    """A machine that needs two secrets to come up; those in `secrets` are `owner`'s."""
    host = net.host("a")
    host.psk = new_psk()
    peer = {"public-key": Keys().public, "allowed-ips": ["10.70.0.2/32"]}
    machine = static_machine(host, "10.70.0.1/24", {"b": peer}, {"autostart": False}, psk={"b": host.psk})
    text = machine.config.read_text()
    if owner and "device-key" in secrets:
        text += f"\n[secrets]\ndevice-key={owner}\n"
    if owner and PSK in secrets:
        text = text.replace("[peer b]\n", f"[peer b]\npreshared-key-owner={owner}\n")
    machine.config.write_text(text)
    return machine


def files(machine):
    return {path.name.replace("%2F", "/") for path in machine.secrets.iterdir()}


def handed_over(net, uid=0, secrets=("device-key",)):
    """The machine runs, and the secrets are in the person's keyring and in no file."""
    machine = make(net, f"user:{uid}", secrets).start()
    person = Person(machine.host, "alice", uid)
    agent = person.start_agent()
    wait_for("no file holds them", lambda: not files(machine) & set(secrets))
    return machine, person, agent


def up_error(machine, code=1):
    done = machine.ctl("up", check=False, seconds=60)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    assert not machine.has_interface()
    return done.stderr


def test_is_asked_at_up(net):
    """All of one owner in one question; down forgets them, and the next up asks again."""
    machine, person, agent = handed_over(net, secrets=("device-key", PSK))
    assert person.kept() == {"device-key": machine.keys.private, PSK: machine.host.psk}
    for _ in range(2):
        machine.ctl("up")
        agent.wait_line('"given"')
        assert machine.bus.tunnel()["PublicKey"] == machine.keys.public
        assert machine.host.psk in machine.host.out("wg", "show", "bamgate0", "preshared-keys")
        machine.ctl("down")
    assert files(machine) == set()


@pytest.mark.users
def test_is_asked_of_its_owner_only(net):
    """Bob's agent, and root's, are there before and after; they hear nothing."""
    machine, alice, agent = handed_over(net, ALICE)
    bob = Person(machine.host, "bob", BOB)
    spies = [bob.start_fake_agent("spy"), Person(machine.host, "root").start_fake_agent("spy")]
    machine.ctl("up")
    agent.wait_line('"given"')
    machine.ctl("down")
    agent.stop()
    assert "alice" in up_error(machine) or str(ALICE) in up_error(machine)
    assert not any("Secrets" in spy.output() for spy in spies)


def test_nobody_is_there(net):
    """The words say who has to do what; once she is there the tunnel comes up by itself."""
    machine, person, agent = handed_over(net)
    agent.stop()
    words = up_error(machine)
    assert "the device key is in the keyring of root, who has no agent here" in words and "bamgatectl agent" in words
    machine.wait_state("failed")
    person.start_agent(2).wait_line('"given"')
    machine.wait_state("online")


def test_locked_keyring_is_opened(net):
    machine, person, _ = handed_over(net)
    prompter = person.start_prompter(PASSWORD)
    person.lock()
    machine.ctl("up")
    prompter.wait_line("PerformPrompt password")


def test_person_says_no(net):
    """Asked once, and not again by itself; nothing is half made."""
    machine, person, _ = handed_over(net)
    prompter = person.start_prompter("no")
    person.lock()
    assert "is locked, and could not be opened" in up_error(machine)
    machine.wait_state("failed")
    assert prompter.output().count("PerformPrompt") == 1
    prompter.stop()
    person.start_prompter(PASSWORD)
    machine.ctl("up")


def test_no_display_to_ask_on(net):
    machine, person, _ = handed_over(net)
    person.lock()
    assert "is locked" in up_error(machine)


def test_down_takes_the_question_back(net):
    machine, person, agent = handed_over(net)
    agent.stop()
    silent = person.start_fake_agent("never")
    connection = machine.bus.connection
    connection.call("org.bamgate.Tunnel1", "/org/bamgate/Tunnel1", "org.bamgate.Tunnel1", "Up", no_options(), None, 0, 60000, None)
    silent.wait_line("GetSecrets")
    assert machine.state_is("starting")
    machine.ctl("down")
    silent.wait_line("CancelGetSecrets")
    machine.wait_state("off")


def no_options():
    return GLib.Variant("(a{sv})", ({},))


def test_bad_agents(net):
    """The newest is asked first; what it cannot, the next may. But a person's no is a no."""
    machine, person, agent = handed_over(net)
    for number, (mode, words) in enumerate((("garbage", ""), ("huge", ""), ("dies", ""), ("wrong", "not a WireGuard key"),
                                            ("canceled", "said no"))):
        bad = person.start_fake_agent(mode, number)
        if words:
            assert words in up_error(machine)
            bad.stop()
        machine.ctl("up")
        bad.wait_line("GetSecrets")
        agent.wait_line('"given"')
        bad.stop()
        machine.ctl("down")


def test_agent_that_never_answers(net):
    machine, person, agent = handed_over(net)
    agent.stop()
    silent = person.start_fake_agent("never")
    machine.bus.connection.call("org.bamgate.Tunnel1", "/org/bamgate/Tunnel1", "org.bamgate.Tunnel1", "Up", no_options(),
                                None, 0, 60000, None)
    silent.wait_line("GetSecrets")
    assert machine.ctl_json("status")["state"] == "starting"
    silent.signal(signal.SIGKILL)
    machine.wait_state("failed", "starting")
    assert not machine.has_interface()
    machine.ctl("down")


def test_agent_answers_to_the_daemon_alone(net):
    machine, person, agent = handed_over(net)
    name = next(name for name in ask_bus(machine, "ListNames") if name.startswith(":")
                and ask_bus(machine, "GetConnectionUnixProcessID", GLib.Variant("(s)", (name,))) == agent.pid)
    done = machine.host.run("busctl", "call", name, "/org/bamgate/SecretAgent", "org.bamgate.SecretAgent1", "GetSecrets",
                            "uasa{sv}", "1", "1", "device-key", "0", check=False)
    assert done.returncode != 0 and "Access denied" in done.stderr


def ask_bus(machine, method, arguments=None):
    name = "org.freedesktop.DBus"
    return machine.bus.connection.call_sync(name, "/org/freedesktop/DBus", name, method, arguments, None, 0, 5000, None).unpack()[0]


def test_survives_a_restart_of_the_daemon(net):
    machine, _, agent = handed_over(net)
    machine.stop()
    agent.wait_line('"waiting"')
    machine.start()
    agent.wait_line('"ready"')
    machine.ctl("up")


def test_a_line_that_breaks_later(net):
    """The secret is known while the tunnel is up: a change of settings needs no agent."""
    machine, _, agent = handed_over(net, secrets=("device-key", PSK))
    machine.ctl("up")
    agent.stop()
    machine.ctl("config", "set", "peer.b.keepalive=7")
    machine.ctl("reload")
    assert machine.state_is("online")
    assert machine.host.psk in machine.host.out("wg", "show", "bamgate0", "preshared-keys")


def test_too_many_agents(net):
    machine = make(net).start()
    person = Person(machine.host, "alice", keyring=False)
    agents = [person.start_fake_agent("spy", n) for n in range(8)]
    ninth = person.start("fake-agent-9", "/usr/bin/python3", person.copy("fake_agent.py"), "spy")
    assert ninth.wait() != 0 and "too many agents of this user" in ninth.output()
    agents[0].stop()
    person.start_fake_agent("spy", 10)


# --- Moving ---

def listed(machine):
    return {row["name"]: (row["owner"], row["place"]) for row in machine.ctl_json("secrets")["secrets"]}


def test_move_there_and_back(net):
    machine = make(net).start()
    person = Person(machine.host, "alice")
    person.start_agent()
    machine.ctl("up")
    assert listed(machine) == {"device-key": ("system", "file"), PSK: ("system", "file")}
    for name, secret in (("device-key", machine.keys.private), (PSK, machine.host.psk)):
        machine.ctl("secrets", "move", name, "--to", "user")
        assert listed(machine)[name] == ("user:0", "keyring") and name not in files(machine)
        assert person.kept()[name] == secret
    machine.ctl("down")
    machine.ctl("up")
    for name in ("device-key", PSK):
        machine.ctl("secrets", "move", name, "--to", "system")
        assert listed(machine)[name] == ("system", "file")
        assert name not in person.kept()
    assert "owner" not in machine.config.read_text()
    shown = machine.ctl("secrets").stdout
    assert machine.keys.private not in shown and "system" in shown


def test_move_to_ask(net):
    """Who cannot type it does not lose it."""
    machine = make(net).start()
    person = Person(machine.host, "alice", keyring=False)
    liar = person.start_fake_agent("wrong")
    done = machine.ctl("secrets", "move", PSK, "--to", "ask", check=False)
    assert done.returncode == 1 and "nothing has changed" in done.stderr and PSK in files(machine)
    liar.stop()
    person.start_fake_agent(f"ask {machine.host.psk}", 2)
    machine.ctl("secrets", "move", PSK, "--to", "ask")
    assert PSK not in files(machine) and listed(machine)[PSK] == ("ask:0", "nowhere")
    machine.ctl("up")
    assert machine.host.psk in machine.host.out("wg", "show", "bamgate0", "preshared-keys")


def test_move_that_fails_changes_nothing(net):
    machine = make(net).start()
    person = Person(machine.host, "alice", keyring=False)
    before = machine.config.read_text()
    for number, (mode, words) in enumerate((("none", "has no agent here"), ("wrong", "nothing has changed"),
                                            ("dies", "does not answer as it should"), ("garbage", "does not answer as it should"))):
        agent = person.start_fake_agent(mode, number) if mode != "none" else None
        done = machine.ctl("secrets", "move", PSK, "--to", "user", check=False)
        assert done.returncode == 1 and words in done.stderr
        assert machine.config.read_text() == before and PSK in files(machine)
        if agent:
            agent.stop()
    machine.ctl("up")


def test_move_refuses_nonsense(net):
    machine = make(net).start()
    assert machine.ctl("secrets", "move", "nobody", "--to", "user", check=False).returncode == 6
    assert machine.ctl("secrets", "move", "../../etc/shadow", "--to", "system", check=False).returncode == 6
    assert machine.ctl("secrets", "move", "token", "--to", "system", check=False).returncode == 6
    assert machine.ctl("secrets", "move", "token", "--to", "everybody", check=False).returncode == 2


def test_kill_in_the_middle_of_a_move(net):
    """After every point where it can be cut short one good copy is there, and in the end only one."""
    machine = make(net).start()
    person = Person(machine.host, "alice")
    silent = person.start_fake_agent("never")
    machine.bus.connection.call("org.bamgate.Tunnel1", "/org/bamgate/Tunnel1", "org.bamgate.Tunnel1", "MoveSecret",
                                move(PSK, "user"), None, 0, 60000, None)
    silent.wait_line("GetSecrets")  # it was saved, and is not proven yet
    machine.kill()
    silent.stop()
    assert PSK in files(machine) and "owner" not in machine.config.read_text()
    machine.start()
    machine.ctl("up")
    # the settings say it is hers, and the file is still there
    machine.kill()
    machine.config.write_text(machine.config.read_text().replace("[peer b]\n", "[peer b]\npreshared-key-owner=user:0\n"))
    machine.start()
    machine.ctl("up")
    assert machine.host.psk in machine.host.out("wg", "show", "bamgate0", "preshared-keys")
    person.start_agent()
    wait_for("the file is gone", lambda: PSK not in files(machine))
    assert person.kept()[PSK] == machine.host.psk


def move(name, to):
    return GLib.Variant("(ss)", (name, to))


@pytest.mark.users
def test_only_the_owner_takes_it_back(net):
    machine, alice, _ = handed_over(net, ALICE, (PSK,))
    bob = Person(machine.host, "bob", BOB, keyring=False)
    spy = bob.start_fake_agent("spy")
    # root may: it could read it anyway
    machine.ctl("secrets", "move", PSK, "--to", "system")
    assert PSK in files(machine) and PSK not in alice.kept()
    assert "Secrets" not in spy.output()
    done = bob.ctl("secrets", "move", PSK, "--to", "user", check=False)
    assert done.returncode != 0 and PSK in files(machine)


def test_leaving_the_network_empties_the_keyring(net):
    """Static peers are not a network: what they know this machine by stays."""
    machine, person, _ = handed_over(net)
    machine.config.write_text(machine.config.read_text() + "\n[network]\nserver-url=ws://192.0.2.1/connect\n")
    machine.ctl("reload")
    machine.write_secret("token", "abc")
    machine.ctl("secrets", "move", "token", "--to", "user")
    assert person.kept()["token"] == "abc"
    machine.ctl("leave", "--yes")
    wait_for("the token is gone", lambda: "token" not in person.kept())
    assert json.dumps(listed(machine)) and person.kept() == {"device-key": machine.keys.private}


# --- What nobody sees ---

@pytest.mark.users
def test_memory_is_for_nobody(net):
    """Not for another program of the daemon's user, not as a core dump, not in what /proc tells; and no log has it."""
    machine = make(net)
    for path in (machine.config.parent, machine.config, machine.secrets, machine.state, machine.runtime, *machine.secrets.iterdir()):
        machine.host.run("chown", f"{ALICE}:{ALICE}", path)
    machine.host.dir.chmod(0o711)
    alice = Person(machine.host, "alice", ALICE, keyring=False)
    command = [alice.program("bamgated"), *machine.command()[1:], "--bus", f"unix:path={alice.runtime}/bus", "--log-level=debug"]
    daemon = alice.start("daemon", *command)
    daemon.wait_line("on the bus")
    secret = machine.keys.private
    for name in ("mem", "environ", "maps"):
        done = alice.run("cat", f"/proc/{daemon.pid}/{name}", check=False)
        assert "Permission denied" in done.stderr, name
    # the kernel makes core dumps of what its own user may look into, and this is root's now
    assert machine.host.out("stat", "-c", "%u", f"/proc/{daemon.pid}/mem") == "0"
    assert secret not in alice.run("cat", f"/proc/{daemon.pid}/cmdline").stdout
    assert secret not in daemon.output() and machine.host.psk not in daemon.output()


def test_logs_and_bus_have_no_secret(net):
    machine = make(net)
    machine.start("--log-level=debug")
    person = Person(machine.host, "alice")
    person.start_agent()
    for name in ("device-key", PSK):
        machine.ctl("secrets", "move", name, "--to", "user")
    machine.ctl("up")
    shown = machine.ctl("config", "--json").stdout + machine.ctl("secrets", "--json").stdout + machine.ctl("status", "--json").stdout
    shown += repr(machine.bus.tunnel()) + "".join(path.read_text(errors="replace") for path in machine.host.dir.glob("*.log"))
    assert "device-key" in shown
    assert machine.keys.private not in shown and machine.host.psk not in shown
