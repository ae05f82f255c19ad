# SPDX-License-Identifier: LGPL-2.1-or-later
"""A person's whole story with a signed network, by bamgatectl alone: a hub at home, machines that come in different ways, one that is lost."""
import re
import stat

import pytest

from lab.hub import Hub
from lab.lossy_door import LossyDoor
from lab.mesh import empty_machine
from lab.wait import wait_for


@pytest.fixture
def home(net):
    """A network that is signed as it is made."""
    machine = empty_machine(net.host("home"))
    machine.ctl("setup", "--host", "--public-url", f"https://{machine.host.address}:8443", "--name", "home", "--protect",
                "--recovery-file", str(machine.host.dir / "recovery"), seconds=90)
    return machine.wait_state("online")


def recovery_code(machine):
    return (machine.host.dir / "recovery").read_text().strip()


def devices(machine):
    return {device["name"]: device for device in machine.ctl_json("devices")["devices"]}


def invited(home, net, name, *options):
    """A machine that joined with the line that carries what is signed."""
    machine = empty_machine(net.host(name))
    invite = home.invite()
    assert "trust=" in invite["join_command"]
    machine.join(invite, "--name", name, *options)
    return machine


def stranger(home, net, name, *options):
    """One that has the code, as it was read out on the telephone, and the hub's key, but nothing that is signed."""
    machine = empty_machine(net.host(name))
    told = home.invite()
    machine.ctl("join", told["code"], re.split("[#&]trust=", told["server_url"])[0], "--name", name, *options, seconds=60, check=False)
    return machine


def wait_membership(machine, membership):
    machine.bus.wait(f"it is {membership}", lambda: machine.bus.tunnel().get("Membership") == membership, 30)


def reaches(machine, other):
    address = other.bus.tunnel()["Addresses"][0].split("/")[0]
    return machine.host.run("ping", "-c1", "-W2", address, check=False).returncode == 0


def test_setup_signs_and_tells_the_code(home):
    file = home.host.dir / "recovery"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and len(recovery_code(home).replace("-", "")) == 36
    tunnel = home.bus.tunnel()
    assert tunnel["Membership"] == "signed" and tunnel["Owner"] and tunnel["NetworkId"]
    assert recovery_code(home) not in home.daemon.output()


def test_whoever_has_an_invite_that_is_signed_is_in(home, net):
    attic = invited(home, net, "attic")
    wait_membership(attic, "signed")
    home.wait_peer("attic", state="connected", signed=True)
    attic.wait_peer("home", state="connected", signed=True)
    assert attic.bus.tunnel()["NetworkId"] == home.bus.tunnel()["NetworkId"] and not attic.bus.tunnel()["Owner"]
    assert devices(home)["attic"]["signed"] and devices(home)["attic"]["signed_by"] == "home"


def test_whoever_has_a_code_alone_waits(home, net):
    phone = stranger(home, net, "phone")
    wait_membership(phone, "pending")
    home.bus.wait("somebody waits", lambda: home.bus.tunnel()["PendingDevices"] == 1)
    assert "1 machine waits" in home.ctl("status").stdout
    assert devices(home)["phone"]["state"] == "pending"
    key = phone.bus.tunnel()["PublicKey"]
    assert home.ctl("devices", "approve", "phone", "--key", "A" * 43 + "=", check=False).returncode != 0
    home.ctl("devices", "approve", "phone", "--key", key)
    wait_membership(phone, "signed")
    home.wait_peer("phone", state="connected", signed=True, seconds=30)
    wait_for("the tunnel", lambda: reaches(phone, home), 20)


def test_another_name(home, net):
    attic = invited(home, net, "attic")
    home.wait_peer("attic", state="connected")
    home.ctl("devices", "rename", "attic", "loft")
    home.wait_peer("loft", state="connected", seconds=40)
    attic.bus.wait("it knows its name", lambda: attic.bus.tunnel()["Name"] == "loft", 40)
    assert "attic" not in devices(home)


def test_one_that_is_lost_is_out(home, net):
    attic, phone = invited(home, net, "attic"), invited(home, net, "phone")
    attic.wait_peer("phone", state="connected")
    home.ctl("devices", "revoke", "phone", "--yes")
    for machine in (home, attic):
        wait_for(f"{machine.host.name} speaks with it no more", lambda m=machine: not (m.peer("phone")).get("State") == "connected", 30)
    wait_for("nothing passes", lambda: not reaches(phone, home), 20)
    assert devices(attic)["phone"]["state"] == "revoked"


def test_two_owners(home, net):
    attic = invited(home, net, "attic")
    home.wait_peer("attic", state="connected")
    home.ctl("owners", "add", "attic", attic.ctl("owners", "key").stdout.strip())
    attic.bus.wait("it is an owner", lambda: attic.bus.tunnel()["Owner"], 30)
    assert {row["name"] for row in attic.ctl_json("owners")["owners"]} == {"home", "attic"}
    attic.ctl("owners", "remove", "home")
    home.bus.wait("it is none any more", lambda: not home.bus.tunnel()["Owner"], 30)
    assert home.ctl("devices", "rename", "attic", "loft", check=False).returncode != 0


def owners(machine):
    return {row["name"] for row in machine.ctl_json("owners")["owners"]}


def test_an_owner_leaves_though_the_hub_is_away(home, net):
    """What it could not sign it says, and another owner does it."""
    attic = invited(home, net, "attic")
    home.wait_peer("attic", state="connected")
    home.ctl("owners", "add", "attic", attic.ctl("owners", "key").stdout.strip())
    attic.bus.wait("it is an owner", lambda: attic.bus.tunnel()["Owner"], 30)
    home.ctl("down")
    told = attic.ctl_json("leave", "--yes", seconds=60)
    assert told["still_owner"] == "attic" and not (attic.state / "network-log").exists()
    home.ctl("up")
    home.wait_state("online")
    assert owners(home) == {"home", "attic"}
    home.ctl("owners", "remove", "attic")
    assert owners(home) == {"home"}


def test_an_invite_is_taken_back(home, net):
    """In the log and at the hub: the line is good for nothing, by its code alone neither."""
    told = home.invite()
    first, invite = home.ctl_json("invite", "list")["invites"]  # setup made one
    assert invite["signed"] and invite["uses_left"] == 1 and told["code"] not in str(invite)
    for _ in range(2):
        assert home.ctl_json("invite", "cancel", invite["id"])["state"] == "cancelled"
    assert [row["id"] for row in home.ctl_json("invite", "list")["invites"]] == [first["id"]]
    attic = empty_machine(net.host("attic"))
    assert "unknown or was used" in attic.ctl("join", told["code"], told["server_url"], "--name", "attic", seconds=60, check=False).stderr
    invited(home, net, "loft")
    assert "loft" in devices(home) and home.ctl_json("invite", "cancel", first["id"])["state"] == "cancelled"
    assert home.ctl_json("invite", "list")["invites"] == []


def test_the_last_owner_does_not_leave_unasked(home, net):
    attic = invited(home, net, "attic")
    home.wait_peer("attic", state="connected")
    refused = home.ctl("leave", "--yes", "--keep-hub", check=False)
    assert refused.returncode != 0 and "owners add" in refused.stderr and "--force" in refused.stderr
    assert home.bus.tunnel()["Owner"] and (home.state / "network-log").exists()
    home.ctl("owners", "add", "attic", attic.ctl("owners", "key").stdout.strip())
    attic.bus.wait("it is an owner", lambda: attic.bus.tunnel()["Owner"], 30)
    attic.ctl("leave", "--yes")  # it is not the last one
    wait_for("it signed that it is none any more", lambda: owners(home) == {"home"}, 30)
    home.ctl("leave", "--yes", "--keep-hub", "--force")
    assert not (home.state / "network-log").exists()


def test_a_signed_network_is_not_left_by_joining_another(home, net):
    """By force, with what is signed there and without; and the machine is in the first one as before."""
    attic = invited(home, net, "attic")
    wait_membership(attic, "signed")
    held = (attic.state / "network-log").read_bytes()
    other = empty_machine(net.host("other"))
    other.ctl("setup", "--host", "--public-url", f"https://{other.host.address}:8443", "--name", "other", "--protect",
              "--recovery-file", str(other.host.dir / "recovery"), seconds=90)
    for without in (False, True):
        told = other.invite()
        url = re.split("[#&]trust=", told["server_url"])[0] if without else told["server_url"]
        refused = attic.ctl("join", told["code"], url, "--name", "attic2", "--force", seconds=60, check=False)
        assert refused.returncode != 0 and "bamgatectl leave" in refused.stderr, refused.stderr
        assert (attic.state / "network-log").read_bytes() == held and attic.bus.tunnel()["Name"] == "attic"
    home.wait_peer("attic", state="connected")
    attic.ctl("leave", "--yes")
    attic.join(other.invite(), "--name", "attic2")
    other.wait_peer("attic2", state="connected", signed=True)
    assert not (attic.config.parent / "secrets" / "entering").exists()


def test_the_owner_is_lost(home, net):
    attic = invited(home, net, "attic")
    home.wait_peer("attic", state="connected")
    assert attic.ctl("network", "recover", "--yes", input="WRONGG-WRONGG\n", check=False).returncode != 0
    told = attic.ctl("network", "recover", "--yes", "--recovery-file", str(attic.host.dir / "next"), input=recovery_code(home) + "\n")
    assert recovery_code(home) not in told.stdout + told.stderr
    attic.bus.wait("it is the owner", lambda: attic.bus.tunnel()["Owner"])
    home.bus.wait("it is none any more", lambda: not home.bus.tunnel()["Owner"], 30)
    assert attic.ctl("network", "recover", "--yes", input=recovery_code(home) + "\n", check=False).returncode != 0  # used up


def test_the_code_is_not_lost_with_the_hubs_answer(net):
    """The log has its key by then, and there is no other code for that."""
    host = net.host("a")
    port = 8080
    hub = Hub(host, options=("--plain", "--listen", f"127.0.0.1:{port}", "--public-url", "http://127.0.0.1:8099")).start()
    machine = empty_machine(host)
    with LossyDoor(host, port) as door:
        machine.ctl("setup", "--server", door.url, "--token-file", hub.token_file, "--name", "a", seconds=60)
        machine.wait_state("online")
        door.lose("POST /network/log")
        told = machine.ctl("network", "protect", "--yes", "--recovery-file", str(host.dir / "recovery"), seconds=60)
        assert " 200 " in door.wait("lost")["answer"]
        assert recovery_code(machine) not in told.stdout + told.stderr
        machine.bus.wait("it is the owner", lambda: machine.bus.tunnel()["Owner"], 30)
        machine.ctl("network", "recover", "--yes", "--recovery-file", str(host.dir / "next"), input=recovery_code(machine) + "\n",
                    seconds=60)
