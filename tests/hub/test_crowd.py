# SPDX-License-Identifier: LGPL-2.1-or-later
"""A hub that is killed and started, or renewed, while very many machines hold a line to it: each line is bamgated's own (tests/lab/crowd.c)."""

import collections
import json
import subprocess

import pytest

from lab.process import Process

SUBNET = ("--subnet", "10.64.0.0/16")
BACK_S = 15
PER_SECOND = 300
ATTEMPTS = 3  # of one line: the hub was away for a moment


class Crowd(Process):
    def __init__(self, build, hub, count, rooms):
        super().__init__("crowd", [build / "tests" / "lab" / "crowd", hub.url, hub.pin or "-", hub.state / "token", str(count), str(rooms)],
                         hub.state.with_name("crowd.log"), stdin=subprocess.PIPE)

    def wait_online(self, count, seconds):
        self.wait_line(f"online {count}", seconds)

    def report(self):
        self.write_line("report")
        return json.loads(self.wait_line("{"))


@pytest.fixture
def gather(build):
    crowds = []

    def start(hub, count, rooms):
        crowds.append(Crowd(build, hub, count, rooms))
        crowds[-1].wait_online(count, 80)
        return crowds[-1]

    yield start
    for crowd in crowds:
        crowd.kill()


def busiest(times, width):
    """How many of them were within a second, at most; `width` in ms."""
    counts = collections.Counter(time // width for time in times)
    return max(counts.values())


def check(report, count, seconds=BACK_S):
    attempts = report["attempts"]
    print(f"{len(attempts)} attempts of {count}, at most {report['most']} of one and {busiest(attempts, 1000)} in a second; "
          f"all back after {max(report['online']) / 1000:.1f} s")
    assert len(report["online"]) == count and max(report["online"]) < seconds * 1000
    assert report["most"] <= ATTEMPTS
    assert busiest(attempts, 1000) <= PER_SECOND and busiest(attempts, 100) <= PER_SECOND / 3


def again(start_hub, hub, way):
    way(hub)
    options = ("--plain", "--listen", f"127.0.0.1:{hub.port}") if hub.kind == "hub" else ()
    return start_hub(*options, *SUBNET, **({} if hub.kind == "hub" else {"port": hub.port}))


def start(start_hub, hub_kind):
    return start_hub(*(("--plain", "--listen", "127.0.0.1:0") if hub_kind == "hub" else ()), *SUBNET)


def renew(start_hub, hub_kind, gather, count, rooms=1, way="kill"):
    hub = start(start_hub, hub_kind)
    crowd = gather(hub, count, rooms)
    crowd.write_line("begin")
    again(start_hub, hub, getattr(type(hub), way))
    crowd.wait_online(0, BACK_S)
    crowd.wait_online(count, 60)
    return crowd.report()


def test_crowd_comes_back_without_a_storm(start_hub, hub_kind, gather):
    check(renew(start_hub, hub_kind, gather, 150), 150)


@pytest.mark.long
@pytest.mark.limit(240)
def test_thousand_come_back_without_a_storm(start_hub, hub_kind, gather):
    """In four rooms: all thousand lists of a thousand are more than this program can read in time."""
    check(renew(start_hub, hub_kind, gather, 1000, rooms=4), 1000)


@pytest.mark.host_only("hub", "it says goodbye: the Worker's platform does not")
def test_hub_says_goodbye_to_a_crowd(start_hub, hub_kind, gather):
    check(renew(start_hub, hub_kind, gather, 150, way="stop"), 150)


def test_two_are_back_at_once(start_hub, hub_kind, gather):
    """Here is nobody to wait for."""
    check(renew(start_hub, hub_kind, gather, 2), 2, seconds=4)
