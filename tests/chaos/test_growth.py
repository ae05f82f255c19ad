# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `./dev bench --growth` measures, with few peers: it says what it should, and peers cost little."""

import json
from types import SimpleNamespace

import pytest

from bench import bench, growth

FIELDS = {"peers", "mib", "threads", "wakeups_per_s", "all_up_s"}


def test_json(net, monkeypatch):
    """The shape of what `--json` prints, with daemons that were given no time to rest."""
    for name, value in {"REAL": (0, 1), "SETTLE_SECONDS": 0, "IDLE_SECONDS": 1}.items():
        monkeypatch.setattr(growth, name, value)
    asked = SimpleNamespace(growth=True, sessions=None, names=False, networks=False, long=False)
    result = json.loads(json.dumps(bench.sections(net, asked)))
    assert set(result) == {"growth"}
    assert [row["peers"] for row in result["growth"]] == [0, 1]
    for row in result["growth"]:
        assert row.keys() >= FIELDS
        assert all(isinstance(row[name], (int, float)) and row[name] >= 0 for name in FIELDS)


@pytest.mark.long
@pytest.mark.limit(300)
def test_light_peers(net):
    alone = growth.measure(growth.Light(net, 0), is_long=False)
    row = growth.measure(growth.Light(net, 40), is_long=False)
    print(alone, row)
    assert row.keys() >= FIELDS
    assert row["peers"] == 40
    assert row["threads"] <= 20
    assert row["mib"] - alone["mib"] < 15


@pytest.mark.long
@pytest.mark.limit(300)
def test_known_peers(net):
    """Who is known and has nothing to say is not connected, costs little, and wakes nobody."""
    crowd = growth.Known(net, 40)
    row = growth.measure(crowd, is_long=False)
    print(row)
    assert "-> answering" not in crowd.centre.daemon.text()
    assert row["rest"] and row["peers"] == 40
    assert row["wakeups_per_s"] < 1
