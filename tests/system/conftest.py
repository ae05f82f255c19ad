# SPDX-License-Identifier: LGPL-2.1-or-later
"""Our units under a systemd that was booted for it. The first run makes root folders (a minute), later ones reuse them."""

import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

import debs
import root
from machine import Machine, install

TOOLS = ["debootstrap", "systemd-nspawn", "nsenter", "setpriv", "dpkg-query"]
README_STEPS = "systemd-sysusers && systemd-tmpfiles --create; systemctl daemon-reload; systemctl reload dbus"
ROOT = pytest.StashKey[pathlib.Path]()
DEBS = pytest.StashKey[debs.Debs]()
HOST_HUB = ["setup", "--host", "--name", "home"]


def reason_to_skip():
    if os.geteuid() != 0:
        return "only root can boot a machine"
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        return f"{', '.join(missing)} is not installed"
    if not pathlib.Path("/dev/net/tun").exists():
        return "no /dev/net/tun"
    if not root.suite():
        return "no Debian"
    return None


def pytest_collection_finish(session):
    """Here and not in a fixture: no test's time limit holds for it."""
    if session.items and not session.config.option.collectonly and not reason_to_skip():
        build = pathlib.Path(os.environ["BAMGATE_BUILD"])
        if any("root_folder" in item.fixturenames for item in session.items):
            session.config.stash[ROOT] = root.get(build)
        if any("packages" in item.fixturenames for item in session.items):
            session.config.stash[DEBS] = debs.get(build)


@pytest.fixture(scope="session")
def root_folder(request):
    if reason := reason_to_skip():
        pytest.skip(f"not on this machine: {reason}")
    return request.config.stash[ROOT]


@pytest.fixture(scope="session")
def installed(build_dir, root_folder):
    with tempfile.TemporaryDirectory(prefix="bamgate-installed-", dir="/var/tmp") as folder:
        os.chmod(folder, 0o755)
        install(build_dir, folder)
        yield folder


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows what its machines wrote to their journals."""
    report = (yield).get_result()
    if report.when != "call" or not report.failed:
        return
    for machine in getattr(item, "machines", []):
        if machine.process:
            report.sections.append((f"journal of {machine.name}", machine.journal()))


@pytest.fixture
def new_machine(request, root_folder, installed):
    """Makes machines that are installed as README.md says, but for enabling anything; they end with the test."""
    request.node.machines = made = []

    def new(network=None, name="home"):
        machine = Machine(root_folder, installed, network, name)
        made.append(machine)
        machine.boot()
        machine.sh(README_STEPS)
        machine.sh("useradd --create-home alice; useradd --create-home bob")
        return machine

    yield new
    for machine in made:
        machine.close()


@pytest.fixture(scope="session")
def packages(request):
    if reason := reason_to_skip():
        pytest.skip(f"not on this machine: {reason}")
    return request.config.stash[DEBS]


@pytest.fixture
def bare_machine(request, packages):
    """Makes machines that have what a package of ours depends on, and no more; they end with the test."""
    request.node.machines = made = []

    def new(package, network=None, name="home"):
        machine = packages.machine(package, network, name)
        made.append(machine)
        return machine.boot()

    yield new
    for machine in made:
        machine.close()


@pytest.fixture
def machine(new_machine):
    """One on which bamgated is enabled and runs."""
    made = new_machine()
    made.sh("systemctl enable --quiet --now bamgated")
    return made


@pytest.fixture
def host(machine):
    """One that hosts a hub and is up."""
    machine.ctl(*HOST_HUB)
    machine.wait("the tunnel is online", lambda: machine.ctl("status", "--json").stdout.find('"online"') >= 0)
    return machine


@pytest.fixture
def wire():
    """Two network namespaces with a wire between them: their paths; 192.0.2.1 and 192.0.2.2."""
    holders = [subprocess.Popen(["unshare", "--net", "cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) for _ in range(2)]
    yield from hold_wire(holders)
    for holder in holders:
        holder.stdin.close()
        holder.wait(10)


def hold_wire(holders):
    own = os.stat("/proc/self/ns/net").st_ino
    for holder in holders:
        while os.stat(f"/proc/{holder.pid}/ns/net").st_ino == own:
            pass  # unshare is about to
    for i, holder in enumerate(holders):
        enter = ["nsenter", "--target", str(holder.pid), "--net"]
        if i == 0:
            subprocess.run([*enter, "ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", str(holders[1].pid)],
                           check=True)
        for words in ("link set lo up", f"addr add 192.0.2.{i + 1}/24 dev eth0", "link set eth0 up"):
            subprocess.run([*enter, "ip", *words.split()], check=True)
    yield [f"/proc/{holder.pid}/ns/net" for holder in holders]
