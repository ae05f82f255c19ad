# SPDX-License-Identifier: LGPL-2.1-or-later
"""The suite runs inside namespaces of its own, as tests/netns does, with one desktop for all of its tests."""

import contextlib
import os
import pathlib
import sys
import types

import pytest

import lab.plugin
from applet import Applet
from desktop import Desktop, missing
from lab.mesh import empty_machine
from session_bus import Notifications

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
from bus_fixtures import fake_service  # noqa: E402


def pytest_configure(config):
    lab.plugin.begin(config, missing)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """What was on the screen when a test failed is kept in the build folder."""
    report = (yield).get_result()
    desktop = getattr(item, "funcargs", {}).get("desktop")
    if report.failed and report.when == "call" and desktop:
        desktop.screenshot(os.path.join(item.config.getoption("--build-dir"), f"failed-{item.name}.png"))


@pytest.fixture(scope="session")
def desktop():
    made = Desktop().begin()
    made.share()
    yield made
    made.close()


@pytest.fixture
def net(desktop):
    with lab.Lab() as a_lab:
        yield a_lab


@pytest.fixture(scope="module")
def shared_net(desktop):
    """For a module's tests that can do with the same machines."""
    with lab.Lab() as a_lab:
        yield a_lab


@pytest.fixture
def lone(net):
    """A machine that belongs to no network yet, its daemon running."""
    return empty_machine(net.host("lone"))


@pytest.fixture
def open_applet(desktop):
    """Starts an applet for a machine; ends those that a test leaves."""
    made = []

    def start(machine=None, *options, environment=None):
        made.append(Applet(desktop, machine, environment))
        return made[-1].start(*options)

    yield start
    codes = [applet.stop() for applet in made]
    assert not any(codes), codes


@pytest.fixture
def notifications(desktop):
    """What the session is told."""
    with contextlib.closing(Notifications(desktop)) as made:
        yield made


@pytest.fixture
def services(tmp_path):
    """Daemons that say what they are told, for states that a real tunnel is not in on demand."""
    with contextlib.ExitStack() as stack:
        yield lambda scenario: stack.enter_context(fake_service(tmp_path, scenario))


@pytest.fixture
def open_window(open_applet, tmp_path):
    """An applet over one of `services`, with settings of its own."""
    def start(service, *options, environment=None):
        machine = types.SimpleNamespace(bus=types.SimpleNamespace(address=service.address))
        return open_applet(machine, *options, environment={"XDG_CONFIG_HOME": str(tmp_path / "config"), **(environment or {})})
    return start


@pytest.fixture
def open_page(services, open_window):
    """→ the daemon, and an applet that shows another window, which an action opens: until it says so."""
    def start(scenario, action, words):
        service = services(scenario)
        applet = open_window(service)
        applet.wait_find("Tunnel", "check box")
        applet.window_action(action)
        applet.wait_says(words)
        return service, applet
    return start
