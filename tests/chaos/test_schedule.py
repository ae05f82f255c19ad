# SPDX-License-Identifier: LGPL-2.1-or-later
import itertools

import pytest

from chaos import schedule
from chaos.schedule import KINDS, Members, steps

FIVE = Members(("a", "b", "c", "d", "e"), ("b",))


def first(count, seed=1, members=FIVE, is_long=True):
    return list(itertools.islice(steps(seed, members, is_long), count))


def test_a_seed_is_a_schedule():
    assert first(200) == first(200)
    assert first(20) != first(20, seed=2)


def test_all_kinds_come_before_any_comes_again():
    kinds = [fault.kind for step in first(300) for fault in step.faults]
    for start in range(0, len(kinds) - len(KINDS), len(KINDS)):
        assert set(kinds[start:start + len(KINDS)]) == set(KINDS)


def test_without_a_nat_nothing_befalls_it():
    kinds = {fault.kind for step in first(200, members=Members(("a", "b"), ())) for fault in step.faults}
    assert kinds == set(KINDS) - {"nat-flush", "nat-move"}


@pytest.mark.parametrize("is_long", [False, True])
def test_durations(is_long):
    for step in first(500, is_long=is_long):
        assert 0 <= step.seconds <= (schedule.LONGEST_S if is_long else 1.5)
        assert 0.1 <= step.pause <= (130 if is_long else 0.4)
        assert (step.seconds == 0) == all(fault.kind in schedule.AT_ONCE for fault in step.faults)


def test_rekeys_have_their_time():
    assert any(step.pause > 120 for step in first(300))


def test_two_at_once_only_in_the_long_run_and_on_two_targets():
    assert all(len(step.faults) == 1 for step in first(200, is_long=False))
    doubles = [step for step in first(200) if len(step.faults) == 2]
    assert doubles
    assert all(step.faults[0].target != step.faults[1].target for step in doubles)


def test_the_first_machine_is_never_killed_and_the_others_are():
    killed = {fault.target for step in first(600) for fault in step.faults if fault.kind == "kill"}
    assert killed == {"b", "c", "d", "e"}


def test_every_variant_comes():
    seen = {(fault.kind, tuple(fault.details.items())) for step in first(2000) for fault in step.faults}
    assert seen == {(kind, tuple(details.items())) for kind, (_, variants) in KINDS.items() for details in variants}


def test_text():
    step = schedule.Step((schedule.Fault("loss", "a", {"loss_percent": 10}), schedule.Fault("stop", "b", {})), 2.5, 1)
    assert schedule.text(step) == "loss a loss_percent=10 + stop b for 2.5 s"
