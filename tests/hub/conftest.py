# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real hubs on free ports: bamgate-hub, and the Worker in workerd. The build folder is BAMGATE_BUILD, or build/ beside the
sources. What one of the two alone can have is marked host_only("hub", why) or host_only("worker", why)."""

import collections
import os
import pathlib

import pytest

from hub_starter import starter
from lab.workerd import install

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOSTS = ("hub", "worker")


def pytest_generate_tests(metafunc):
    """Every test of a hub runs against both hosts."""
    if "start_hub" not in metafunc.fixturenames:
        return
    only = [marker.args[0] for marker in metafunc.definition.iter_markers("host_only")]
    metafunc.parametrize("hub_kind", only[:1] or HOSTS, indirect=True)


def pytest_terminal_summary(terminalreporter):
    """How many of the tests hold for either host."""
    counts = collections.Counter()
    for outcome in ("passed", "failed", "skipped"):
        for report in terminalreporter.stats.get(outcome, []):
            host = dict(getattr(report, "user_properties", [])).get("host")
            if host and (report.when == "call" or outcome != "passed"):
                counts[host, outcome] += 1
    for host in HOSTS:
        line = ", ".join(f"{counts[host, outcome]} {outcome}" for outcome in ("passed", "failed", "skipped"))
        terminalreporter.write_line(f"{host}: {line}")


@pytest.fixture(scope="session")
def build():
    return pathlib.Path(os.environ.get("BAMGATE_BUILD", ROOT / "build"))


@pytest.fixture(scope="session")
def hub_program(build):
    program = build / "worker" / "hub" / "bamgate-hub"
    if not program.exists():
        pytest.fail(f"{program} is not built")
    return str(program)


@pytest.fixture(scope="session")
def workerd(build):
    reason = install()
    if reason:
        pytest.skip(reason)


@pytest.fixture
def hub_kind(request):
    """Which host of the hub the test runs against."""
    name = getattr(request, "param", "hub")
    request.node.user_properties.append(("host", name))
    return name


@pytest.fixture
def start_hub(request, hub_kind, tmp_path):
    """Starts a hub: start_hub("--plain", state="one"). What still runs at the end is killed."""
    with starter(request, hub_kind, tmp_path) as start:
        yield start


@pytest.fixture
def hub(start_hub):
    return start_hub("--plain", "--listen", "127.0.0.1:0")
