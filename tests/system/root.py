# SPDX-License-Identifier: LGPL-2.1-or-later
"""Debian root folders to boot, made once and kept: BAMGATE_SYSTEM_ROOT, else under /var/tmp.

debootstrap makes one base; what else a machine needs is in a layer over it. Packages are downloaded once, into `archives`."""

import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]
KEPT = pathlib.Path(os.environ.get("BAMGATE_SYSTEM_ROOT", "/var/tmp/bamgate-system"))
BASE = ["systemd", "systemd-sysv", "iproute2", "iputils-ping", "procps"]  # boots, and what tests look with
PROGRAMS = ["daemon/bamgated", "bamgatectl/bamgatectl", "worker/hub/bamgate-hub"]
LEAN = """force-unsafe-io
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/share/man/*
"""
# All mounts are in a namespace of its own and go with it. Where the mirror has moved on since the base was made, its lists are read anew.
LAYER = """
mkdir "$3/root" "$3/work"
mount -t overlay -o "lowerdir=$1,upperdir=$2,workdir=$3/work" overlay "$3/root"
cd "$3/root"
mount --bind "$4" var/cache/apt/archives
[ -z "$5" ] || mount --bind "$5" mnt
shift 5
cp -L /etc/resolv.conf etc/resolv.conf
printf '#!/bin/sh\\nexit 101\\n' >usr/sbin/policy-rc.d # nothing is to start here
chmod 755 usr/sbin/policy-rc.d
export DEBIAN_FRONTEND=noninteractive
apt () { chroot . apt-get -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 "$@"; }
install () { apt install "$@" || { apt update; apt install "$@"; }; }
trap 'rm usr/sbin/policy-rc.d' EXIT
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


def archives():
    folder = KEPT / "archives"
    folder.mkdir(exist_ok=True)
    return folder


def bootstrap(root):
    run("debootstrap", "--variant=minbase", f"--cache-dir={archives()}", f"--include={','.join(BASE)}", suite(), root,
        env={**os.environ, "DPKG_FORCE": "unsafe-io"})
    (root / "etc/dpkg/dpkg.cfg.d/lean").write_text(LEAN, encoding="ascii")


def base():
    return kept(f"base-{suite()}", [suite(), *BASE], bootstrap)


def fill_layer(lower, upper, script, *words, debs=""):
    """Over `lower`, into `upper`, runs `script`, which has install NAME…; `debs` is /mnt there."""
    work = KEPT / "work"
    shutil.rmtree(work, ignore_errors=True)
    for folder in (upper, work):
        folder.mkdir(mode=0o755)
    run("unshare", "--mount", "--propagation", "private", "sh", "-ec", LAYER + script, "sh", lower, upper, work, archives(), debs, *words)
    shutil.rmtree(work)


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
    """Folders, one over the other, with what our programs need, without them; made where they are missing."""
    names = ["dbus", "libpam-systemd", *packages(build)]
    lower = base()
    layer = kept(suite(), [lower.name, *names], lambda new: fill_layer(lower, new, 'install "$@"', *names))
    return f"{layer}:{lower}"
