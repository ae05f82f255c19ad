# SPDX-License-Identifier: LGPL-2.1-or-later
"""Results as tables, for the terminal and for docs/performance.md."""

import datetime
import os
import pathlib
import platform
import re
import subprocess
import time

from lab.paths import TOP

from . import names, networks, plot, service, sessions

GOALS = {  # ratio: (goal, whether more is better, what it says)
    "tcp_direct_wg_go": (6, True, "TCP, direct path / wireguard-go"),
    "tcp_direct_data_channel": (10, True, "TCP, direct path / own data channel"),
    "tcp_ice_data_channel": (3, True, "TCP, ICE path / own data channel"),
    "tcp_lossy_direct_bare": (0.9, True, "TCP at 20 ms and 0.1 % loss, direct path / bare path"),
    "udp1372_wg_go": (3, True, "UDP 1372 B that arrives whole, direct path / wireguard-go"),
    "pps200_wg_go": (2, True, "packets of 200 B per second, direct path / wireguard-go"),
    "cpu_per_gb_wg_go": (0.4, False, "CPU seconds per GB, direct path / wireguard-go"),
    "ping_added_ms": (0.15, False, "round trip added to the bare path, ms"),
    "ping_loaded_wg_go": (5, False, "round trip under full load, direct path / wireguard-go"),
    "data_channel_loss_percent": (1, False, "loss of the data channel at the rate it sustains, %"),
}
COLUMNS = {  # measure: (heading, digits)
    "tcp_mbit_s": ("TCP 1", 0), "tcp8_mbit_s": ("TCP 8", 0), "tcp_both_mbit_s": ("both ways", 0),
    "udp1372_mbit_s": ("UDP 1372 B", 0), "pps200": ("200 B /s", 0), "ping_ms": ("ping ms", 3), "ping_asleep_ms": ("asleep ms", 3),
    "ping_loaded_ms": ("loaded ms", 2), "cpu_s_per_gb": ("CPU s/GB", 2), "memory_mib": ("MiB", 0),
    "udp1100_mbit_s": ("UDP 1100 B", 0), "loss_percent": ("its loss %", 2),
}
GROWTH = ("peers", "mib", "threads", "wakeups_per_s", "idle_cpu_percent", "all_up_s", "restart_s")
GROWTH_HEADINGS = ("peers", "MiB", "threads", "wake-ups /s", "CPU idle %", "all up, s", "after a restart, s")


def is_met(name, value):
    goal, more, _ = GOALS[name]
    return value is not None and (value >= goal if more else value <= goal)


def goal_rows(ratios):
    for name, (goal, more, text) in GOALS.items():
        value = ratios.get(name)
        yield name, text, f"{'at least' if more else 'at most'} {goal}", value, is_met(name, value)


def columns(medians):
    return [name for name in COLUMNS if any(name in values for values in medians.values())]


def cells(medians):
    """Rows of text: the heading, then a row for each way."""
    names = columns(medians)
    yield ["", *(COLUMNS[name][0] for name in names)]
    for way, values in medians.items():
        yield [way, *(f"{values[name]:,.{COLUMNS[name][1]}f}" if name in values else "" for name in names)]


def at_least_or_most(name, goal):
    return f"{'at least' if sessions.GOALS[name].more else 'at most'} {goal}"


def text(result):
    lines = []
    if "medians" in result:
        lines += [f"{row[0]:22}" + "".join(f"{cell:>12}" for cell in row[1:]) for row in cells(result["medians"])] + [""]
        for _, what, goal, value, met in goal_rows(result["ratios"]):
            lines.append(f"{'ok  ' if met else 'MISS'} {what}: {value} (goal: {goal})")
    for row in result.get("sessions", []):
        lines.append(f"{'ok  ' if row['met'] else 'MISS'} {row['text']}: {row['measured']}, worst {row['worst']} of {row['rounds']} "
                     f"(goal: {at_least_or_most(row['name'], row['goal'])})")
    if "names" in result:
        lines.append(names.text(result["names"]))
    if "networks" in result:
        lines.append(networks.text(result["networks"]))
    for row in result.get("growth", []):
        lines.append(", ".join(f"{name} {cell}" for name, cell in zip(GROWTH, growth_cells(row))))
    return "\n".join(lines)


def growth_cells(row):
    return [f"{row['peers']}, at rest" if row["rest"] else str(row["peers"]), *(str(row[name]) for name in GROWTH[1:])]


def markdown_table(rows):
    head, *body = rows
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
                     + ["| " + " | ".join(row) + " |" for row in body])


def cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        return re.search(r"model name\s*:\s*(.*)", file.read())[1]


def version(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.split("\n")[0].strip()


def machine(result):
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    installed = {name: version("dpkg-query", "-W", "-f", "${Version}", name)
                 for name in ("wireguard-go", "coturn", "gstreamer1.0-plugins-bad", "libnice10", "libssl3")}
    return (f"{os.cpu_count()} × {cpu_model()}, {memory:.0f} GiB, Linux {platform.release()}; "
            + ", ".join(f"{name} {number}" for name, number in installed.items() if number)
            + f". Run of {datetime.date.today()}, {result['rounds']} rounds, load average {result['load_before']:.1f} before it: "
            "the benchmark itself keeps both processors busy, and what else ran took its share.")


def aead_ns(*options):
    """Nanoseconds that OpenSSL takes for a packet of 1420 bytes, or None."""
    done = subprocess.run(["openssl", "speed", *options, "-seconds", "1", "-evp", "chacha20-poly1305", "-bytes", "1420"],
                          capture_output=True, text=True, check=False)
    found = re.search(r"([\d.]+)k\s*$", done.stdout.strip())
    return 1420 / (float(found[1]) * 1000) * 1e9 if found else None


def syscall_ns(count=200000):
    """Of the cheapest system call, above what the loop around it takes."""
    def timed(call):
        start = time.perf_counter_ns()
        for _ in range(count):
            call()
        return (time.perf_counter_ns() - start) / count

    return max(timed(os.getppid) - timed(int), 0)


def budget_rows(budget):
    sides = [{stage: ns for stage, ns in budget[side].items() if stage != "all"} for side in ("sender", "receiver")]
    yield ["stage", "sender, ns", "receiver, ns"]
    for stage in ("TUN read", "split", "seal", "send", "receive", "open", "coalesce", "TUN write", "wait", "other"):
        yield [stage, *(str(side.get(stage, 0)) for side in sides)]
    yield ["**all**", *(f"**{budget[side]['all']}**" for side in ("sender", "receiver"))]


def budget_text(budget):
    table = markdown_table(budget_rows(budget))
    limits = [f"{ns:.0f} ns to {what}" for what, ns in (("seal", aead_ns()), ("open", aead_ns("-decrypt"))) if ns]
    return (f"{table}\n\nAt {budget['mbit_s']:,.0f} Mbit/s, {budget['packets_per_s']:,.0f} packets per second, with perf beside it. "
            f"The limits of this machine a moment later: {' and '.join(limits)} 1420 bytes with the AEAD alone (`openssl speed`); "
            f"an empty system call: less than {syscall_ns():.0f} ns (asked from Python).")


def sections(result):
    if "medians" in result:
        yield from sections_of_ways(result)
    if "sessions" in result:
        yield "sessions", markdown_table([["figure", "goal", "median", "worst", "of", ""]] + [
            [row["text"], at_least_or_most(row["name"], row["goal"]), str(row["measured"]), str(row["worst"]), str(row["rounds"]),
             "met" if row["met"] else "**missed**"] for row in result["sessions"]])
    if "service" in result:
        table, back = service.tables(result["service"])
        yield "hosts", markdown_table(table)
        yield "back", markdown_table(back)
    if "growth" in result:
        yield "growth", markdown_table([GROWTH_HEADINGS] + [growth_cells(row) for row in result["growth"]])
        last = [row for row in result["growth"] if not row["rest"]][-1]
        yield "wakers", (f"With {last['peers']} peers, wake-ups per second by thread: "
                         + ", ".join(f"`{name}` {rate:g}" for name, rate in last["wakeups_by_thread"].items()) + ".")


def sections_of_ways(result):
    yield "machine", machine(result)
    yield "medians", markdown_table(cells(result["medians"]))
    yield "goals", markdown_table([["figure", "goal", "measured", ""]] + [
        [what, goal, str(value), "met" if met else "**missed**"] for _, what, goal, value, met in goal_rows(result["ratios"])])
    if result.get("budget"):
        yield "budget", budget_text(result["budget"])


def write_docs(result):
    """Puts the figures between the marks that name them."""
    page = TOP / "docs" / "performance.md"
    content = page.read_text(encoding="utf-8")
    for name, new in sections(result):
        begin, end = f"<!-- bench: {name} -->\n", f"<!-- end: {name} -->"
        before, rest = content.split(begin)
        content = before + begin + "\n" + new + "\n\n" + end + rest.split(end, 1)[1]
    page.write_text(content, encoding="utf-8")
    if "medians" in result:
        pathlib.Path(TOP / "docs" / "performance.svg").write_text(plot.svg(result["medians"]), encoding="utf-8")
