# SPDX-License-Identifier: LGPL-2.1-or-later
"""The wire that other tests rely on does what it is told."""

import re

import pytest

PINGS = 200


@pytest.fixture
def wire(net):
    host = net.host("a")
    return host, net.impair(host)


def pings(net, host, *options, count=PINGS):
    """(answers, duplicates, answers that came after a later one) of requests that do not wait for each other."""
    done = net.router.run("ping", "-n", "-i", 0.002, "-l", 20, "-c", count, "-W", 1, *options, host.address, check=False)
    order = [int(number) for number in re.findall(r"icmp_seq=(\d+) ttl=\d+ time=[\d.]+ ms(?! \(DUP)", done.stdout)]
    late = sum(number < max(order[:place], default=0) for place, number in enumerate(order))
    return len(order), done.stdout.count("DUP!"), late


def test_a_whole_wire(net, wire):
    assert pings(net, wire[0]) == (PINGS, 0, 0)


@pytest.mark.parametrize("percent", [10, 30])
def test_loss(net, wire, percent):
    host, impaired = wire
    impaired.set(loss_percent=percent)
    answers, doubled, _ = pings(net, host)
    assert doubled == 0
    assert abs(answers / PINGS - (1 - percent / 100) ** 2) < 0.15
    impaired.set()
    assert pings(net, host) == (PINGS, 0, 0)


def test_duplicates(net, wire):
    host, impaired = wire
    impaired.set(duplicate_percent=30)
    answers, doubled, _ = pings(net, host)
    assert answers == PINGS
    assert PINGS * 0.3 < doubled < PINGS


def test_reordering(net, wire):
    host, impaired = wire
    impaired.set(reorder_percent=30)
    answers, doubled, late = pings(net, host)
    assert (answers, doubled) == (PINGS, 0)
    assert late > PINGS * 0.05


def test_mtu(net, wire):
    host, impaired = wire
    impaired.set(mtu=1280)
    assert pings(net, host, "-s", 1252, count=5)[0] == 5
    assert pings(net, host, "-s", 1253, count=5)[0] == 0


def test_delay(net, wire):
    host, impaired = wire
    impaired.set(delay_ms=20)
    assert float(re.search(r"min/avg/max/mdev = ([\d.]+)/", net.router.out("ping", "-n", "-c", 2, "-i", 0.1, host.address))[1]) >= 40
