# SPDX-License-Identifier: LGPL-2.1-or-later
"""How long the pairs took to come back, by kind of fault."""

import collections
import statistics


def percentile(values, percent):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


class Report:
    def __init__(self):
        self.times = collections.defaultdict(list)
        self.never = collections.Counter()

    def add(self, step, answers):
        name = " + ".join(sorted(fault.kind for fault in step.faults))
        name = name if len(step.faults) == 1 else "two at once"
        self.times[name] += [seconds for seconds in answers.values() if seconds is not None]
        self.never[name] += sum(seconds is None for seconds in answers.values())

    def rows(self):
        for name in sorted(self.times):
            times = self.times[name]
            yield {"fault": name, "pairs": len(times) + self.never[name], "never": self.never[name],
                   **({"min_s": round(min(times), 2), "median_s": round(statistics.median(times), 2),
                       "p95_s": round(percentile(times, 95), 2), "max_s": round(max(times), 2)} if times else {})}

    def lines(self):
        yield f"{'fault':14} {'pairs':>6} {'late':>5} {'min':>6} {'median':>7} {'p95':>6} {'max':>6}  seconds until each pair pings"
        for row in self.rows():
            cells = [f"{row.get(name, float('nan')):{width}.2f}"
                     for name, width in (("min_s", 6), ("median_s", 7), ("p95_s", 6), ("max_s", 6))]
            yield f"{row['fault']:14} {row['pairs']:6} {row['never']:5} {' '.join(cells)}"
