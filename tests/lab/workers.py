# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Worker as the hub of a test; without it the test is skipped."""

import contextlib

import pytest

from .workerd import WorkerHub, install


@contextlib.contextmanager
def worker_at(host):
    reason = install()
    if reason:
        pytest.skip(reason)
    hub = WorkerHub(host).start()
    yield hub
    hub.kill()
