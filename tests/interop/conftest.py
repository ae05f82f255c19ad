# SPDX-License-Identifier: LGPL-2.1-or-later
import pytest

import lab.plugin
from lab.foreign import ForeignPeer


def pytest_configure(config):
    lab.plugin.begin(config)


@pytest.fixture
def foreign(mesh):
    """Makes foreign peers, which are gone at the end."""
    made = []

    def make(name, *arguments, **options):
        made.append(ForeignPeer(mesh, name, *arguments, **options))
        return made[-1]

    yield make
    for peer in made:
        peer.stop()
