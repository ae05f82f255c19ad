# SPDX-License-Identifier: LGPL-2.1-or-later
"""Waiting. Where something announces itself (bus signals, a line of output), wait for that; poll() is for the rest."""

import threading
import time

from .process import LabError


def wait_for(what, is_true, seconds=10.0, interval=0.02):
    """Polls: for kernel state and files, which announce nothing. Returns the first true value."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        value = is_true()
        if value:
            return value
        if time.monotonic() > deadline:
            raise LabError(f"not within {seconds:g} s: {what}")
        pause.wait(interval)
