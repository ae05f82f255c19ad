# SPDX-License-Identifier: LGPL-2.1-or-later
"""Chromium, with wireguard-go behind a page, as a machine of the mesh.

    hub ── r ── m bamgated, 10.0.0.1, a or z Chromium, 10.0.0.2
"""

import pytest

from lab import measure

ROLES = ("a", "z")  # the smaller name offers


@pytest.fixture
def connect(mesh, foreign):
    """Ours and theirs, connected."""
    def connected(name, **options):
        ours = mesh.machine("m")
        theirs = foreign(name, "browser", **options).know(ours).start()
        ours.wait_peer(name, state="connected")
        return ours, theirs

    return connected


@pytest.mark.parametrize("name", ROLES)
def test_connects(connect, name):
    ours, theirs = connect(name)
    measure.ping_until_answered(ours.host, theirs.address)
    measure.ping(theirs.host, ours.address)
    assert ours.peer(name)["Path"] == "data-channel"
