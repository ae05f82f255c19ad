# SPDX-License-Identifier: LGPL-2.1-or-later
import contextlib
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from bus_fixtures import FakeService, fake_service, private_bus  # noqa: E402


@pytest.fixture(scope="module")
def scenarios(tmp_path_factory):
    """One bus and one daemon per scenario, made when first asked for."""
    with contextlib.ExitStack() as stack:
        made = {}

        def get(name):
            if name not in made:
                made[name] = stack.enter_context(fake_service(tmp_path_factory.mktemp(name), name))
            return made[name]

        yield get


@pytest.fixture
def service(scenarios):
    return scenarios("online")


@pytest.fixture
def own_service(tmp_path):
    """For tests that change it."""
    with fake_service(tmp_path, "online") as service:
        yield service


@pytest.fixture
def empty_bus(tmp_path):
    with private_bus(tmp_path) as address:
        yield FakeService(address, None)
