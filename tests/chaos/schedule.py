# SPDX-License-Identifier: LGPL-2.1-or-later
"""Which fault comes when: a seed in, an endless list of steps out. Pure."""

import collections
import itertools
import random

LONGEST_S = 28  # what a TCP transfer has to outlive

# kind: on whom ("member", "mortal": one that may be killed, "nat", "hub"), and what it can be like
KINDS = {
    "kill": ("mortal", ({},)),
    "stop": ("member", ({},)),
    "cut": ("wire", ({},)),
    "unplug": ("wire", ({},)),
    "move": ("member", ({},)),
    "nat-flush": ("nat", ({"ports": "kept"}, {"ports": "random"})),
    "nat-move": ("nat", ({},)),
    "hub-kill": ("hub", ({},)),
    "hub-restart": ("hub", ({},)),
    "hub-slow": ("hub", ({"delay_ms": 400, "loss_percent": 5},)),
    "clock-step": ("member", tuple({"by_s": by} for by in (3600, -3600, 86400, -86400, 30, -30))),
    "loss": ("wire", tuple({"loss_percent": percent} for percent in (1, 10, 30))),
    "reorder": ("wire", ({"reorder_percent": 30},)),
    "duplicate": ("wire", ({"duplicate_percent": 30},)),
    "mtu": ("wire", ({"mtu": 1280},)),
}
AT_ONCE = {"move", "nat-flush", "nat-move", "clock-step"}  # nothing to heal: the network is another, but whole
HUB_AWAY = {"hub-kill", "hub-restart"}

Fault = collections.namedtuple("Fault", "kind target details")
Step = collections.namedtuple("Step", "faults seconds pause")


class Members(collections.namedtuple("Members", "names natted")):
    """`names` of the machines; the first one is never killed, so that its growth can be seen. `natted`: those behind a NAT."""

    def targets(self, role):
        return {"member": self.names, "wire": self.names, "mortal": self.names[1:], "nat": self.natted, "hub": ("hub",)}[role]


def one_fault(chance, kind, members, others=()):
    role, variants = KINDS[kind]
    free = [name for name in members.targets(role) if name not in others]
    return Fault(kind, chance.choice(free), chance.choice(variants)) if free else None


def duration(chance, kinds, is_long):
    """Seconds that the faults last: by their logarithm, so that short ones are as frequent as long ones."""
    if all(kind in AT_ONCE for kind in kinds):
        return 0.0
    shortest, longest = (0.2, LONGEST_S) if is_long else (0.3, 1.5)
    return round(shortest * (longest / shortest) ** chance.random(), 2)


def pause(chance, is_long):
    """Of quiet before a step; now and then long enough for every session to be rekeyed."""
    if not is_long:
        return round(chance.uniform(0.1, 0.4), 2)
    return 130.0 if chance.random() < 0.03 else round(chance.uniform(0.5, 12), 2)


def decks(chance, members):
    """All kinds in turn, each time in another order."""
    possible = [kind for kind, (role, _) in KINDS.items() if members.targets(role)]
    while True:
        yield from chance.sample(possible, len(possible))


def steps(seed, members, is_long):
    """In the long run every third step has two faults at once, on two targets."""
    chance = random.Random(seed)
    kinds = decks(chance, members)
    while True:
        faults = [one_fault(chance, next(kinds), members)]
        if is_long and chance.random() < 1 / 3:
            kind = next(kinds)
            other = one_fault(chance, kind, members, (faults[0].target,))
            faults += [other] if other else []
            kinds = kinds if other else itertools.chain([kind], kinds)
        yield Step(tuple(faults), duration(chance, [fault.kind for fault in faults], is_long), pause(chance, is_long))


def text(step):
    parts = [" ".join([fault.kind, fault.target, *(f"{name}={value}" for name, value in fault.details.items())])
             for fault in step.faults]
    return " + ".join(parts) + (f" for {step.seconds:g} s" if step.seconds else "")
