# SPDX-License-Identifier: LGPL-2.1-or-later
"""The log of a signed network, written by its owner (docs/devices.md, The log)."""

import base64
import hashlib
import os
import struct
import time

from device_client import call
from vectors import membership as m


def record_of(device, name=None, addresses=None):
    """The device as the log has it."""
    addresses = addresses or [device.answer["address"].split("/")[0] + "/32"]
    return m.record(name or device.name, addresses, key=base64.b64decode(device.public_key))


class Owner:
    """Somebody who signs: `device` puts the entries into the log."""

    def __init__(self, device, seed=None):
        self.device, self.seed, self.recovery = device, seed or os.urandom(32), os.urandom(32)
        self.entries = []

    @property
    def count(self):
        return len(self.entries)

    def make(self, kind, body, at=0, seed=None, number=None, previous=None, ahead=0):
        """An entry behind ours, and behind `ahead`."""
        behind = self.entries + (ahead or [])
        last = hashlib.sha256(behind[-1]).digest() if behind else bytes(32)
        return m.entry(kind, body, len(behind) if number is None else number, int(time.time()) + at,
                       last if previous is None else previous, seed or self.seed)

    def post(self, *entries, by=None):
        """Puts them into the log; remembers those that are taken."""
        answer = post(by or self.device, *entries)
        if answer.status == 200:
            self.entries += entries
        return answer

    def put(self, kind, body, **more):
        by = more.pop("by", None)
        return self.post(self.make(kind, body, **more), by=by)

    def begin(self, policy=0):
        body = m.public(self.recovery) + bytes([policy]) + record_of(self.device)
        answer = self.put(m.GENESIS, body)
        assert answer.status == 200, answer.text
        return self

    def add(self, device, **more):
        return self.put(m.DEVICE, record_of(device, **more))

    def revoke(self, device):
        return self.put(m.REVOKE, base64.b64decode(device.public_key))

    def invite(self, lifetime=600, name="", granted=m.grant()):
        """The seed with which whoever has the invite signs."""
        seed = os.urandom(32)
        body = m.public(seed) + struct.pack(">Q", int(time.time()) + lifetime) + granted + m.text(name)
        answer = self.put(m.INVITE, body)
        assert answer.status == 200, answer.text
        return seed


def post(device, *entries):
    return device.call("POST", "/network/log", {"entries": [base64.b64encode(entry).decode() for entry in entries]})


def read(device, start=0):
    """The entries that the hub has, and how many it says."""
    answer = call(device.hub, "GET", f"/network/log?from={start}", token=device.access_token)
    assert answer.status == 200, answer.text
    return [base64.b64decode(entry) for entry in answer["entries"]], answer["count"]
