# SPDX-License-Identifier: LGPL-2.1-or-later
from types import SimpleNamespace

import pytest

from chaos.census import BOUNDS, OF_LEGS, SAMPLES_MIN, Census, Sample

REST, BUSY = 112, 154  # descriptors: of a daemon with two peers, and while both have a second way
DAEMON = ("b/bamgated-1", 7)


def seen(*descriptors):
    """A census that looks at one daemon, which has so many descriptors each time, and the last number for good."""
    left = list(descriptors)

    def look(processes):
        return {DAEMON: Sample(25, left.pop(0) if len(left) > 1 else left[0], 10, ())} if processes.alive else {}

    return Census(look), SimpleNamespace(alive=True)


def taken(*descriptors):
    census, processes = seen(*descriptors)
    for _ in range(SAMPLES_MIN):
        census.take(processes)
    return census, processes


def test_what_a_second_way_holds_is_no_growth():
    census, processes = taken(*[REST] * 3, *[BUSY] * 6, REST)
    census.rest(processes, 10, step_s=0)
    assert not list(census.complaints())
    assert [grown["descriptors"] for _, _, grown in census.rows()] == [(REST, REST)]


def test_what_stays_at_rest_is_growth():
    census, processes = taken(*[REST] * 3, BUSY)
    census.rest(processes, 0, step_s=0)
    assert list(census.complaints()) == [f"b/bamgated-1: descriptors from {REST} to {BUSY} in {SAMPLES_MIN} samples"]


def test_a_beginning_between_faults_hides_nothing():
    census, processes = taken(REST, *[BUSY] * SAMPLES_MIN)
    census.rest(processes, 0, step_s=0)
    assert list(census.complaints())


@pytest.mark.parametrize("other, is_growth", [("c/bamgated-2", False), ("c/bamgate-hub-1", True)])
def test_a_beginning_without_peers_is_no_rest(other, is_growth):
    """Who was started later holds as much."""
    daemon = {DAEMON: Sample(25, REST, 10, ())}
    now = {DAEMON: Sample(25, BUSY, 10, ()), (other, 9): Sample(25, BUSY - 4, 10, ())}
    left = [daemon] * SAMPLES_MIN
    census = Census(lambda processes: left.pop() if left else now)
    for _ in range(SAMPLES_MIN):
        census.take(())
    census.rest((), 0, step_s=0)
    assert bool(list(census.complaints())) == is_growth


def test_of_who_was_killed_nothing_is_said():
    census, processes = taken(*[REST] * 3, BUSY)
    processes.alive = False
    census.rest(processes, 10, step_s=0)
    assert not list(census.complaints())


@pytest.mark.parametrize("more, is_growth", [(0, False), (1, True)])
def test_bound(more, is_growth):
    census, processes = taken(*[REST] * SAMPLES_MIN, REST + BOUNDS["descriptors"] + more)
    census.rest(processes, 0, step_s=0)
    assert bool(list(census.complaints())) == is_growth


@pytest.mark.parametrize("legs, channels, is_left", [((), 0, False), (("dtlssrtpenc0",), 1, False), (("dtlssrtpenc0",), 0, True)])
def test_legs_at_rest(legs, channels, is_left):
    census = Census(lambda processes: {DAEMON: Sample(25, REST, 10, legs)}, channels=lambda name: channels)
    census.rest((), 0, step_s=0)
    assert bool(list(census.complaints())) == is_left


def test_threads_of_legs_are_told_by_name():
    assert all(OF_LEGS.match(name) for name in ("webrtcbin0:pc", "SCTP timer", "rtpsession0-rtc", "appsrc0:src"))
    assert not any(OF_LEGS.match(name) for name in ("bamgated", "ice-checks", "gmain", "pool-spawner"))
