# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where the nanoseconds of a packet go: perf on both daemons of the direct path while one TCP stream runs."""

import collections
import re
import shutil
import subprocess
import threading

from lab import measure

from .measures import cpu_seconds

SECONDS = 6
MSS = 1420 - 20 - 32  # bytes of the stream in a full packet of our interface

# The first of these found from the innermost frame outwards names the stage.
STAGES = (
    ("TUN read", r"^(tun_chr_read_iter|tun_do_read|bg_tun_io_read|read_super)$"),
    ("split", r"^(bg_offload_split|bg_offload_count|split_super)$"),
    ("TUN write", r"^(tun_chr_write_iter|tun_get_user|bg_tun_io_write_take|write_super)$"),
    ("coalesce", r"^(bg_coalescer_\w+)$"),
    ("receive", r"^(__sys_recvmmsg|do_recvmmsg|__x64_sys_recvmmsg|udp_recvmsg|udpv6_recvmsg|direct_receive|fetch)$"),
    ("send", r"^(__sys_sendmsg|__sys_sendmmsg|__x64_sys_sendmsg|direct_send|offer_train|send_train)$"),
    ("seal", r"^(wg_aead_seal|wg_send_\w+|bg_crypto_run|wg_seal\w*)$"),
    ("open", r"^(wg_aead_open|wg_receive_\w+|wg_open\w*)$"),
    ("wait", r"^(do_epoll_wait|__x64_sys_epoll_pwait2|do_epoll_pwait|epoll_pwait2|schedule\w*|__schedule)$"),
)
RULES = [(name, re.compile(pattern)) for name, pattern in STAGES]
ORDER = {"sender": ("TUN read", "split", "seal", "send", "receive", "open", "coalesce", "TUN write", "wait", "other"),
         "receiver": ("receive", "open", "coalesce", "TUN write", "TUN read", "split", "seal", "send", "wait", "other")}
FRAME = re.compile(r"^\s+[0-9a-f]+ (.+) \((.+)\)$")


def stage_of(frames, side):
    """`frames`: (symbol, file) from the innermost outwards."""
    for symbol, file in frames:
        if "libcrypto" in file:
            return "seal" if side == "sender" else "open"
        name = symbol.split("+")[0].removesuffix(".part.0").removesuffix(".constprop.0").removesuffix(".isra.0")
        for stage, pattern in RULES:
            if pattern.match(name):
                return "open" if stage == "seal" and side == "receiver" and name == "bg_crypto_run" else stage
    return "other"


def shares(recording, side):
    """{stage: share of the samples}, empty where perf may not look."""
    done = subprocess.run(["perf", "script", "-F", "ip,sym,dso", "-i", recording], capture_output=True, text=True, check=False)
    counts = collections.Counter()
    for block in done.stdout.split("\n\n"):
        frames = [match.groups() for match in map(FRAME.match, block.splitlines()) if match]
        if frames:
            counts[stage_of(frames, side)] += 1
    return {stage: count / counts.total() for stage, count in counts.items()}


def record(pid, file):
    return subprocess.Popen(["perf", "record", "-q", "-e", "cpu-clock", "-F", "1999", "-g", "-p", str(pid), "-o", file,
                             "--", "sleep", str(SECONDS - 1)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def run(way, directory):
    """{"sender": {stage: ns in each packet}, "receiver": …, "mbit_s", "packets_per_s"}.
    None without perf, or where it may not look."""
    if not shutil.which("perf"):
        return None
    before = [cpu_seconds([pid]) for pid in way.pids]
    recordings = [directory / f"perf-{side}" for side in ORDER]
    started = []
    timer = threading.Timer(0.5, lambda: started.extend(map(record, way.pids, map(str, recordings))))
    timer.start()
    end = measure.iperf(way.a, way.b, way.address, SECONDS)
    for perf in started:
        perf.wait()
    packets = end["sum_received"]["bytes"] / MSS
    result = {"mbit_s": end["sum_received"]["bits_per_second"] / 1e6, "packets_per_s": packets / SECONDS}
    for side, pid, recording, used in zip(ORDER, way.pids, recordings, before):
        nanoseconds = (cpu_seconds([pid]) - used) * 1e9 / packets
        part = shares(recording, side)
        if not part:
            return None
        result[side] = {stage: round(part.get(stage, 0) * nanoseconds) for stage in ORDER[side]}
        result[side]["all"] = round(nanoseconds)
    return result
