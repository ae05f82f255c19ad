# SPDX-License-Identifier: LGPL-2.1-or-later
"""A Debian root folder to boot, made once with debootstrap and kept: BAMGATE_SYSTEM_ROOT, else under /var/tmp."""

import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]
KEPT = pathlib.Path(os.environ.get("BAMGATE_SYSTEM_ROOT", "/var/tmp/bamgate-system"))
PROGRAMS = ["daemon/bamgated", "bamgatectl/bamgatectl", "worker/hub/bamgate-hub"]
LEAN = """force-unsafe-io
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/share/man/*
"""


def run(*argv, **options):
    return subprocess.run([str(word) for word in argv], check=True, text=True, **options)


def suite():
    """The release of this machine, whose libraries the build was made with."""
    found = re.search(r'^VERSION_CODENAME="?(\w+)', pathlib.Path("/etc/os-release").read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else None


def listed(*groups):
    """Packages of these groups of tests/lab/packages.txt."""
    lines = (TOP / "tests" / "lab" / "packages.txt").read_text(encoding="utf-8").splitlines()
    return [word for line in lines for group in groups if line.startswith(f"{group}: ") for word in line.split()[1:]]


def linked(build):
    """Packages of the libraries that our programs are linked with."""
    text = run("ldd", *(build / program for program in PROGRAMS), stdout=subprocess.PIPE).stdout
    paths = set(re.findall(r"=> (/\S+)", text))
    known = paths | {path.removeprefix("/usr") for path in paths} | {f"/usr{path}" for path in paths}  # since /lib is a link
    found = subprocess.run(["dpkg-query", "-S", *sorted(known)], text=True, capture_output=True, check=False)
    return sorted({line.split(":")[0] for line in found.stdout.splitlines()})


def packages(build):
    return sorted({*listed("run", "system-root"), *linked(build)})


def bootstrap(root, include):
    """The least that boots, and `include`."""
    shutil.rmtree(root, ignore_errors=True)
    run("debootstrap", "--variant=minbase", f"--include={','.join(['systemd', 'systemd-sysv', *include])}", suite(), root)
    (root / "etc/dpkg/dpkg.cfg.d/lean").write_text(LEAN, encoding="ascii")
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")


def make(root, names):
    bootstrap(root, ["dbus", "libpam-systemd"])
    (root / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n", encoding="ascii")  # nothing is to start here
    (root / "usr/sbin/policy-rc.d").chmod(0o755)
    run("chroot", root, "apt-get", "-qq", "-y", "--no-install-recommends", "install", *names,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
    run("chroot", root, "apt-get", "clean")
    (root / "usr/sbin/policy-rc.d").unlink()


def kept(kind, words, fill):
    """The folder of this kind for these words: `fill` made it now or in an earlier run."""
    mark = hashlib.sha256(" ".join(words).encode()).hexdigest()[:12]
    folder = KEPT / f"{kind}-{mark}"
    KEPT.mkdir(mode=0o755, exist_ok=True)
    with open(KEPT / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            for old in KEPT.glob(f"{kind}-*"):
                shutil.rmtree(old)
            new = KEPT / "new"
            shutil.rmtree(new, ignore_errors=True)
            fill(new)
            new.rename(folder)
    return folder


def get(build):
    """The root folder with what our programs need, without them; made where it is missing."""
    names = packages(build)
    return kept(suite(), [suite(), *names], lambda new: make(new, names))
