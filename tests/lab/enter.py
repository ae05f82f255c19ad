# SPDX-License-Identifier: LGPL-2.1-or-later
"""Moves the running program into namespaces of its own: user (unless root), network, mounts, processes.

`python3 -m lab.enter COMMAND …` runs a command there."""

import ctypes
import os
import signal
import subprocess
import sys

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
SI_USER = 0
FORWARDED = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
MARK = "BAMGATE_LAB_PID"

libc = ctypes.CDLL(None, use_errno=True)


class NotOnThisMachine(Exception):
    """This machine cannot run a lab; the text says why."""


def is_inside():
    return os.environ.get(MARK) == str(os.getpid()) == "1"


def enter():
    """Returns in a child, which is process 1 of the new namespaces; the caller waits for it and exits with its status."""
    if is_inside():
        return
    check_tun()
    unshare_here()
    sys.stdout.flush()
    sys.stderr.flush()
    signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED | {signal.SIGCHLD})
    child = os.fork()
    if child:
        os._exit(supervise(child))
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED | {signal.SIGCHLD})
    os.environ[MARK] = str(os.getpid())
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin without it
    for signum in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, on_terminate)
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "-t", "proc", "proc", "/proc"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def check_tun():
    try:
        os.close(os.open("/dev/net/tun", os.O_RDWR))
    except OSError as error:
        raise NotOnThisMachine(f"/dev/net/tun: {error.strerror}") from error


def unshare_here():
    uid, gid = os.getuid(), os.getgid()
    flags = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID
    if uid != 0:
        flags |= CLONE_NEWUSER
    if libc.unshare(flags) != 0:
        code = ctypes.get_errno()
        raise NotOnThisMachine(f"the kernel gives no namespaces: {os.strerror(code)}")
    if uid != 0:
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)


def supervise(child):
    """Waits for the child; hands on signals sent to us alone (a terminal's Ctrl-C reaches the child by itself)."""
    while True:
        info = signal.sigwaitinfo(FORWARDED | {signal.SIGCHLD})
        if info.si_signo in FORWARDED:
            if info.si_code <= SI_USER:
                os.kill(child, info.si_signo)
            continue
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid == child:
            return os.waitstatus_to_exitcode(status) % 256


def on_terminate(signum, frame):
    signal.signal(signum, signal.SIG_IGN)  # once is enough: cleaning up must not be interrupted
    raise SystemExit(128 + signum)


def main():
    try:
        enter()
    except NotOnThisMachine as error:
        sys.exit(f"not on this machine: {error}")
    sys.exit(subprocess.call(sys.argv[1:]))


if __name__ == "__main__":
    main()
