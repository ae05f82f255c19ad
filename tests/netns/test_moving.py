# SPDX-License-Identifier: LGPL-2.1-or-later
"""A network moves to another hub, and its machines after it (docs/devices.md, Moving). What they say to each other meanwhile gets through."""

import signal

import pytest

from lab import measure
from lab.hub import Hub
from lab.mesh import Mesh, empty_machine
from lab.paths import program
from lab.transfer import Transfer
from lab.workers import worker_at


def enter(machine, hub, *options):
    machine.ctl("setup", "--server", hub.url, "--token-file", hub.token_file, "--name", "a", *options, seconds=60)
    return machine.wait_state("online")


def network(net, hub, *options, signed=False):
    """Two machines that meet at a hub: a, which manages the network, and b."""
    a, b = (empty_machine(net.host(name)) for name in "ab")
    enter(a, hub, *options)
    if signed:
        a.ctl("network", "protect", "--recovery-file", a.host.dir / "recovery", "--allow-unsigned", "no", "--yes")
    b.join(a.invite(), "--name", "b", *options)
    Mesh.learn_addresses(a, b)
    Mesh.wait_connected(a, b)
    measure.ping_until_answered(a.host, b.address)
    return a, b


def base(hub):
    return hub.url.split("#")[0].split("/", 2)[2]


def is_at(machine, hub):
    tunnel = machine.bus.tunnel()
    return base(hub) in tunnel["ServerUrl"] and tunnel["SignalingState"] == "online"


def wait_at(machine, hub, seconds=40):
    machine.bus.wait(f"it is at {base(hub)}", lambda: is_at(machine, hub), seconds)


def move(machine, hub, *options, **more):
    return machine.ctl("hub", "move", hub.url, "--token-file", hub.token_file, *options, seconds=60, **more)


def devices(machine):
    return sorted((device["name"], device["state"], *device["addresses"][:1]) for device in machine.ctl_json("devices")["devices"])


def carrying(machine, other):
    """A file that goes from one to the other while the network moves."""
    return Transfer(machine.host, other.host, other.address, seconds=12, patience=30)


def come_in(net, name, line, other, signed):
    """Somebody joins with that line, and meets the other one."""
    newcomer = empty_machine(net.host(name))
    newcomer.join(line, "--name", name)
    Mesh.learn_addresses(newcomer)
    Mesh.wait_connected(newcomer, other)
    if signed:
        newcomer.bus.wait("it is signed", lambda: newcomer.bus.tunnel()["Membership"] == "signed", 30)
    return newcomer


@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
def test_from_hub_to_hub(net, signed):
    """Tunnels stay, newcomers come in at the new one, whoever was away follows, and a code that was open is good there."""
    old, new = Hub(net.host("hub")).start(), Hub(net.host("hub2")).start()
    a, b = network(net, old, signed=signed)
    away = empty_machine(net.host("c"))
    away.join(a.invite(), "--name", "c")
    Mesh.learn_addresses(away)
    away.stop()
    line_of_before = a.invite()
    file = carrying(a, b)
    move(a, new)
    for machine in a, b:
        wait_at(machine, new)
    assert file.finish() == 1
    away.start()
    wait_at(away, new)
    late = come_in(net, "e", line_of_before, b, signed)
    assert is_at(late, new)
    old.stop()
    Mesh.wait_connected(away, b)
    measure.ping_until_answered(away.host, b.address)
    line = a.invite()
    assert line["server_url"].startswith(new.url)
    come_in(net, "d", line, b, signed)


def cut_off_from(machine, hub):
    machine.host.run("nft", "add table inet lab; add chain inet lab out { type filter hook output priority 0; }; "
                     f"add rule inet lab out ip daddr {hub.host.address} tcp dport {hub.port} reject with tcp reset")


def test_whoever_missed_it_hears_of_it_from_a_peer(net):
    """The old hub is gone before b could hear anything of it: a hands it the entry of the log, through the tunnel, and b follows."""
    old, new = Hub(net.host("hub")).start(), Hub(net.host("hub2")).start()
    a, b = network(net, old, signed=True)
    old.stop()
    b.bus.wait("it has no hub", lambda: b.bus.tunnel()["SignalingState"] != "online", 20)
    cut_off_from(b, old)
    old.start()
    wait_at(a, old)
    move(a, new)
    old.stop()
    wait_at(a, new)
    wait_at(b, new)
    Mesh.wait_connected(a, b)
    measure.ping_until_answered(b.host, a.address)
    assert "as it hands them out" in b.daemon.text()


@pytest.fixture
def worker(net):
    with worker_at(net.host("worker")) as hub:
        yield hub


def test_to_the_worker_and_back(net, worker):
    """A line from before is good wherever the network went meanwhile, as far as the way there may be read."""
    hub = Hub(net.host("hub")).start()
    a, b = network(net, hub, signed=True)
    line = a.invite()
    file = carrying(a, b)
    move(a, worker, "--force")
    for machine in a, b:
        wait_at(machine, worker)
    newcomer = empty_machine(net.host("c"))
    refused = newcomer.join(line, "--name", "c", check=False)
    assert refused.returncode != 0 and "not encrypted" in refused.stderr
    another = Hub(net.host("hub2")).start()
    move(a, another)
    for machine in a, b:
        wait_at(machine, another)
    assert file.finish() == 1
    newcomer.join(line, "--name", "c", "--force")
    wait_at(newcomer, another)


def test_a_hub_in_the_open_sends_nobody_on(net, worker):
    """Whoever is on the way could have said it, where no owner signed it."""
    a = empty_machine(net.host("a"))
    enter(a, worker, "--force")
    line = a.invite()
    move(a, Hub(net.host("hub2")).start())
    newcomer = empty_machine(net.host("b"))
    refused = newcomer.join(line, "--name", "b", "--force", check=False)
    assert refused.returncode != 0 and "anybody on the way" in refused.stderr
    assert not newcomer.bus.tunnel()["ServerUrl"]


def test_away_from_the_hub_of_a_machine(net):
    """It runs on, and tells whoever was away; its machine is at the new one with the others."""
    home, new = empty_machine(net.host("home")), Hub(net.host("hub2")).start()
    home.ctl("setup", "--host", "--public-url", f"https://{home.host.address}:8443", "--name", "home", seconds=90)
    home.wait_state("online")
    b = empty_machine(net.host("b"))
    b.join(home.invite(), "--name", "b")
    Mesh.learn_addresses(home, b)
    b.stop()
    move(home, new)
    wait_at(home, new)
    b.start()
    wait_at(b, new)
    measure.ping_until_answered(b.host, home.address)
    home.stop()
    home.start()
    wait_at(home, new)


def test_who_may_not_and_what_cannot_be(net):
    old, new = Hub(net.host("hub")).start(), Hub(net.host("hub2")).start()
    a, b = network(net, old)
    refused = move(b, new, check=False)
    assert refused.returncode != 0 and "only an owner" in refused.stderr
    new.token_file, right = old.token_file, new.token_file
    refused = move(a, new, check=False)
    assert refused.returncode != 0 and "token" in refused.stderr
    new.token_file = right
    c = empty_machine(net.host("c"))
    c.ctl("setup", "--server", new.url, "--token-file", new.token_file, "--name", "c", seconds=60)
    refused = move(a, new, check=False)
    assert refused.returncode != 0 and "network of its own" in refused.stderr
    for machine in a, b:
        assert is_at(machine, old)


def test_two_at_once(net):
    """The second waits for the first, and finds it done."""
    old, new = Hub(net.host("hub")).start(), Hub(net.host("hub2")).start()
    a, b = network(net, old, signed=True)
    words = "hub", "move", new.url, "--token-file", new.token_file
    both = [a.host.start(f"move-{number}", program("bamgatectl"), *words) for number in range(2)]
    assert [process.wait(40) for process in both] == [0, 0]
    assert new.process.output().count(CAME) == 1
    for machine in a, b:
        wait_at(machine, new)


CAME, GONE = "a network came from another hub", "the network has moved to"


@pytest.mark.parametrize("who", ["daemon", "bamgatectl", "old hub", "new hub"])
@pytest.mark.parametrize("when", [CAME, GONE], ids=["came", "gone"])
def test_killed_in_the_middle(net, who, when):
    """Whatever is killed when the new hub has all of it, or when the old one has let it go: said again, the same ends it, and nothing is lost."""
    old, new = Hub(net.host("hub")).start(), Hub(net.host("hub2")).start()
    a, b = network(net, old, signed=True)
    before = devices(a)
    command = a.host.start("move", program("bamgatectl"), "hub", "move", new.url, "--token-file", new.token_file)
    (new if when == CAME else old).process.wait_line(when, 20)
    victim = {"daemon": a.daemon, "bamgatectl": command, "old hub": old.process, "new hub": new.process}[who]
    victim.signal(signal.SIGKILL)
    victim.wait()
    command.wait(40)
    if who == "daemon":
        a.start()
    elif who.endswith("hub"):
        (old if who == "old hub" else new).start()
    a.bus.wait("it is at a hub", lambda: a.bus.tunnel().get("SignalingState") == "online" or is_at(a, new), 60)
    if not is_at(a, new):
        move(a, new)
    for machine in a, b:
        wait_at(machine, new)
    assert devices(a) == before
    measure.ping_until_answered(a.host, b.address)
