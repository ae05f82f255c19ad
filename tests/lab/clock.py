# SPDX-License-Identifier: LGPL-2.1-or-later
"""A clock that a test sets."""

import struct

from .paths import build_dir


class Clock:
    """Of the programs that clock-step.c is preloaded to."""

    def __init__(self, directory):
        self.path = directory / "clock-step"
        self.step_s = 0
        self.path.write_bytes(struct.pack("q", 0))
        self.env = {"LD_PRELOAD": str(build_dir() / "tests" / "lab" / "clock-step.so"), "BAMGATE_CLOCK_STEP": str(self.path)}

    def step(self, seconds):
        self.step_s += seconds
        with self.path.open("r+b") as file:
            file.write(struct.pack("q", self.step_s * 10**9))
