# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hubs of either host, as a test wants them."""

import contextlib

from hub_process import Hub
from worker_process import Worker


@contextlib.contextmanager
def starter(request, kind, folder):
    """What starts hubs of that kind, each with a state of its own below `folder`."""
    hubs = []
    program = request.getfixturevalue({"hub": "hub_program", "worker": "workerd"}[kind])

    def start(*options, state="state", **more):
        path = folder / state
        hub = Hub(program, path, options, **more) if kind == "hub" else Worker(path, options, **more)
        hubs.append(hub)
        hub.wait_ready()
        return hub

    yield start
    for hub in hubs:
        hub.kill()
