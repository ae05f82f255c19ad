# SPDX-License-Identifier: LGPL-2.1-or-later
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "cli"))
from bus_fixtures import build, fake_service, private_bus  # noqa: E402

PROGRAMS = ["tests/unit/dbus/fake-bamgated", "bamgatectl/bamgatectl", "daemon/bamgated",
            "introspection/libbamgate/libbamgate-1.so.0"]


class World:
    """The other side of polkit_world.py: a system bus, polkitd and the daemon in namespaces of their own."""

    def __init__(self, process):
        self.process = process

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the world ended with {self.process.wait(10)}"
        return json.loads(line)

    def run(self, user, *argv):
        return self.ask(do="run", user=user, argv=argv)

    def run_at_terminal(self, user, *argv, answer=""):
        """→ code, out, and how often a password was asked for; `answer` is typed then."""
        return self.ask(do="run_at_terminal", user=user, argv=argv, answer=answer)

    def call(self, user, method, path="/org/bamgate/Tunnel1", arguments="()", interactive=False):
        """→ the name of the error, or ''."""
        return self.ask(do="call", user=user, method=method, path=path, arguments=arguments, interactive=interactive)


def missing_for_polkit():
    if os.geteuid() != 0:
        return "not on this machine: needs root, polkitd changes its user, callers are other users"
    if not pathlib.Path("/usr/lib/polkit-1/polkitd").exists():
        return "not on this machine: polkitd is not installed"
    return None


@contextlib.contextmanager
def polkit_world(daemon, user, *options):
    if reason := missing_for_polkit():
        pytest.skip(reason)
    with tempfile.TemporaryDirectory(prefix="bamgate-polkit-") as directory:
        os.chmod(directory, 0o755)
        for program in PROGRAMS:
            if (build() / program).exists():
                shutil.copy(build() / program, directory)
        argv = ["unshare", "-n", "-m", "--propagation", "private", sys.executable, HERE / "polkit_world.py", directory,
                daemon, user, *(option.format(directory) for option in options)]
        process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = process.stdout.readline()
        assert line == "ready\n", f"the world said {line!r}, status {process.wait(30)}"
        try:
            yield World(process)
        finally:
            process.stdin.close()
            status = process.wait(30)
            process.stdout.close()
        assert status == 0


@pytest.fixture(scope="module")
def world():
    """The bus side of the daemon, as the unprivileged user that the unit gives it."""
    with polkit_world("fake-bamgated", "bamgate") as made:
        yield made


@pytest.fixture
def own_world():
    with polkit_world("fake-bamgated", "bamgate") as made:
        yield made


@pytest.fixture
def service(tmp_path):
    with fake_service(tmp_path, "online") as made:
        yield made


@pytest.fixture
def bus_address(tmp_path):
    with private_bus(tmp_path) as address:
        yield address
