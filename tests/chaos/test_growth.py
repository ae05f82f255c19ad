# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `./dev bench --growth` measures, with few peers: it says what it should, and peers cost little."""

import pytest

from bench import growth

FIELDS = {"peers", "mib", "threads", "wakeups_per_s", "all_up_s"}


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
