# SPDX-License-Identifier: LGPL-2.1-or-later
"""`./dev test chaos [--seed N] [--minutes M] [--long]`: faults in turn, and what has to be true after each."""

import json
import os
import threading
import time

import pytest

from lab.echoes import Echoes
from lab.paths import build_dir

from . import census, schedule
from .faults import Stage
from .report import Report
from .streams import Streams

BACK_S = 15  # within which every pair has to ping
REST_S = 75  # within which a restart that found no way is given up, and after it a leg that was added in need
SHORT = schedule.Members(("a", "b", "c"), ("b",))
LONG = schedule.Members(("a", "b", "c", "d", "e"), ("b",))
SHORT_S = 26
LONG_MINUTES = int(os.environ.get("BAMGATE_CHAOS_MINUTES", "60"))


def wait(seconds):
    threading.Event().wait(seconds)


class Run:
    def __init__(self, net, members, seed, is_long, seconds):
        self.members, self.seed, self.is_long, self.seconds = members, seed, is_long, seconds
        self.stage = Stage(net, members.names, members.natted)
        self.before = {name: census.kernel_state(machine.host) for name, machine in self.stage.machines.items()}
        self.report, self.census = Report(), census.Census(channels=self.channels)
        self.complaints = []
        self.steps = 0
        self.log = (net.dir / "chaos.log").open("w", encoding="utf-8")

    def channels(self, process):
        peers = self.stage.machines[process.split("/")[0]].bus.peers().values()
        return sum(peer.get("Path") == "data-channel" for peer in peers)

    def say(self, text):
        print(text, flush=True)
        self.log.write(text + "\n")

    def complain(self, text):
        self.complaints.append(text)
        self.say(f"  !! {text}")

    def run(self):
        started = time.monotonic()
        self.stage.start()
        machines = list(self.stage.machines.values())
        echoes = Echoes(machines)
        self.wait_whole(echoes, "the start")
        streams = Streams(machines, (256 if self.is_long else 64) << 10)
        try:
            for step in schedule.steps(self.seed, self.members, self.is_long):
                if time.monotonic() - started > self.seconds or self.stage.complaints():
                    break
                self.one_step(step, echoes, time.monotonic() - started)
        except BaseException:
            streams.close()
            raise
        complaints = [*self.stage.complaints(), *streams.finish()]
        self.census.rest(self.stage.processes(), REST_S)
        for complaint in (*complaints, *self.census.complaints()):
            self.complain(complaint)
        self.say(f"{self.steps} steps, {streams.mebibytes:.0f} MiB transferred")
        echoes.close()
        self.stop()

    def one_step(self, step, echoes, clock):
        self.steps += 1
        wait(step.pause)
        self.census.take(self.stage.processes())
        self.say(f"{clock + step.pause:7.1f} s  {schedule.text(step)}")
        for fault in step.faults:
            self.stage.begin(fault)
        wait(step.seconds)
        for fault in step.faults:
            self.stage.end(fault)
        self.report.add(step, self.wait_whole(echoes, schedule.text(step)))

    def wait_whole(self, echoes, what):
        answers = echoes.first_answers(BACK_S)
        late = sorted(" to ".join(pair) for pair, seconds in answers.items() if seconds is None)
        if not late:
            self.say(f"           whole after {max(answers.values()):.2f} s")
            return answers
        self.complain(f"after {what}: no answer within {BACK_S} s from {', '.join(late)}")
        answers_late = echoes.first_answers(120)
        slowest = max((seconds if seconds is not None else float("inf")) for seconds in answers_late.values())
        self.say(f"           whole {BACK_S + slowest:.2f} s after it")
        return answers

    def stop(self):
        for machine in self.stage.machines.values():
            code = machine.stop()
            if code != 0:
                self.complain(f"bamgated on {machine.name} ended with {code}")
            machine.wait_gone()
        for name, machine in self.stage.machines.items():
            for complaint in census.leftovers(name, self.before[name], census.kernel_state(machine.host)):
                self.complain(complaint)


def chaos(net, tell, members, seed, is_long, seconds):
    run = Run(net, members, seed, is_long, seconds)
    try:
        run.run()
    finally:
        for line in run.report.lines():
            tell(line)
        for name, count, grown in run.census.rows():
            tell(f"{name}, {count} samples: " + ", ".join(f"{what} {one:.0f} → {other:.0f}" for what, (one, other) in grown.items()))
        (build_dir() / "chaos.json").write_text(json.dumps({"seed": seed, "steps": run.steps, "recovery": list(run.report.rows())}),
                                                encoding="utf-8")
        replay = f"./dev test chaos --seed {seed}" + (" --long" if is_long else "")
        tell(f"chaos: seed {seed}, {run.steps} steps; again with: {replay}")
    assert not run.complaints, "\n".join([*run.complaints, f"again with: {replay}"])


@pytest.mark.limit(210)
def test_chaos(net, tell, seed):
    chaos(net, tell, SHORT, seed, False, SHORT_S)


@pytest.mark.long
@pytest.mark.limit((LONG_MINUTES + 10) * 60)
def test_chaos_for_an_hour(net, tell, seed):
    chaos(net, tell, LONG, seed, True, LONG_MINUTES * 60)
