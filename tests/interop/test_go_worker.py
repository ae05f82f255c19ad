# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Go program from 1.8 on, where BAMGATE_GO names it, at our Worker: registered by an account at GitHub, with access tokens that it
refreshes by itself. Its setup asks GitHub itself, and is not run here: what it would write, we write.

    hub ── r ── m bamgated, a or z the Go program
"""

import json
import subprocess

import pytest

from lab import measure
from lab.go_peer import GoPeer, go_program
from lab.json_program import JsonProgram
from lab.mesh import Mesh
from lab.wait import wait_for
from lab.workerd import WorkerHub, install, with_loopback

ROLES = ("a", "z")  # the smaller name offers
ACCOUNTS = {"gho_owner": {"id": 4711, "login": "owner"}}


def takes_credentials():
    program = go_program()
    return program and subprocess.run([program, "devices", "--help"], capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(not takes_credentials(), reason="not on this machine: BAMGATE_GO names no program of 1.8 or later")


@pytest.fixture
def mesh(net, tmp_path):
    reason = install()
    if reason:
        pytest.skip(reason)
    a_mesh = Mesh(net)
    host = a_mesh.hub.host
    with JsonProgram(host, "lab.fake_github", json.dumps(ACCOUNTS)) as github:
        variables = {"GITHUB_OWNER": "owner", "GITHUB_API": github.wait("ready")["url"]}
        a_mesh.hub = WorkerHub(host, variables=variables, config=with_loopback(tmp_path))
        with a_mesh:
            yield a_mesh
        a_mesh.hub.kill()


def ask(hub, method, path, body=None, token=None):
    options = ["-H", f"Authorization: Bearer {token}"] if token else []
    if body is not None:
        options += ["-d", json.dumps(body)]
    return json.loads(hub.host.out("curl", "-s", "-m", "10", "-X", method, *options, hub.url + path))


class Member(GoPeer):
    """One that has registered as its setup does."""

    def __init__(self, mesh, name):
        said = ask(mesh.hub, "POST", "/auth/register", {"device_name": name, "github_token": "gho_owner"})
        self.id = said["device_id"]
        super().__init__(mesh, name, network=f'device_id = "{said["device_id"]}"\nrefresh_token = "{said["refresh_token"]}"\n'
                                             f'turn_secret = "{said["turn_secret"]}"')
        self.address = said["address"].split("/")[0]
        text = self.config.read_text(encoding="utf-8")
        self.config.write_text("".join(f'address = "{said["address"]}"\n' if line.startswith("address") else line
                                       for line in text.splitlines(keepends=True)), encoding="utf-8")


@pytest.mark.parametrize("name", ROLES)
def test_meets_us(mesh, name):
    ours = mesh.machine("m")
    theirs = Member(mesh, name).start()
    ours.wait_peer(name, state="connected")
    measure.ping_until_answered(ours.host, theirs.address)
    measure.ping(theirs.host, ours.address)


def test_two_of_them_meet(mesh):
    one, other = (Member(mesh, name).start() for name in ROLES)
    measure.ping_until_answered(one.host, other.address)


def test_restarts_with_the_token_that_it_wrote_down(mesh):
    ours = mesh.machine("m")
    theirs = Member(mesh, "a").start()
    ours.wait_peer("a", state="connected")
    theirs.stop()
    theirs.start()
    measure.ping_until_answered(ours.host, theirs.address, seconds=15)


def test_lists_and_revokes(mesh):
    """With its own command, and with the access token of one of them. Who is revoked ends by itself."""
    one, other = (Member(mesh, name).start() for name in ROLES)
    measure.ping_until_answered(one.host, other.address)
    listed = one.host.out(go_program(), "--config", one.config, "devices", "list")
    assert other.address in listed
    said = one.host.out("curl", "-s", "-m", "5", "--unix-socket", "/run/bamgate/control.sock", "http://bamgate/auth/token")
    assert ask(mesh.hub, "DELETE", f"/auth/devices/{other.id}", token=json.loads(said)["access_token"]) == {"ok": True}
    wait_for("the other ends", lambda: not other.process.is_running(), seconds=30)
    wait_for("it is away", lambda: "z" not in one.status(), seconds=10)
