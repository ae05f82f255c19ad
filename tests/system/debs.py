# SPDX-License-Identifier: LGPL-2.1-or-later
"""Our Debian packages in two versions, and machines with nothing but what they depend on.

Kept beside the root folders of root.py: a layer per package, over their base."""

import dataclasses
import pathlib
import re
import shutil
import subprocess
import tempfile

import root
from machine import Machine, MachineError

OLD, NEW = "0.1.0~test1", "0.1.0~test2"
# What is installed together: a package, and those of ours that it depends on. Then what tests need beside its dependencies.
DAEMON = ["bamgate", "bamgate-hub", "bamgate-common", "libbamgate-1-0"]
PLUGIN = ["network-manager-bamgate", "network-manager-bamgate-gnome"]
SETS = {
    "bamgate": (DAEMON, []),
    "bamgate-hub": (["bamgate-hub"], []),
    "bamgate-applet": ([*DAEMON, "bamgate-applet"], ["xvfb"]),
    "network-manager-bamgate": ([*DAEMON, *PLUGIN[:1]], None),  # on the machine of the next
    "network-manager-bamgate-gnome": ([*DAEMON, *PLUGIN], []),
    "desktop": ([*DAEMON, "bamgate-applet", *PLUGIN], ["xvfb", "at-spi2-core", "gir1.2-atspi-2.0", "python3-gi", "fonts-dejavu-core"]),
    "libbamgate-1-dev": (["libbamgate-1-dev", "gir1.2-bamgate-1", "libbamgate-1-0", "bamgate-common"], ["gcc", "libc6-dev", "python3-gi"]),
}
# Of what apt would bring for the packages in /mnt, all that is not ours.
DEPENDENCIES = """
names=$(chroot . sh -c 'cd /mnt; apt-get -qq --simulate --no-install-recommends install "$@"' sh "$@" | sed -n 's/^Inst \\([^ ]*\\) .*/\\1/p' | grep -v bamgate)
install $names
"""


def build(folder):
    """In version OLD, and always in the same place, for ccache."""
    work, made = folder / "work", folder / OLD
    shutil.rmtree(made, ignore_errors=True)
    root.run(root.TOP / "dev", "package", "--no-install", "--version", OLD, work)
    made.mkdir()
    for deb in work.glob("*.deb"):
        if "-dbgsym_" not in deb.name:
            deb.rename(made / deb.name)
    return made


def renew(old, made):
    """The same packages, named as of version NEW."""
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    for deb in old.iterdir():
        with tempfile.TemporaryDirectory(prefix="unpacked-", dir=made.parent) as folder:
            unpacked = pathlib.Path(folder, "package")
            root.run("dpkg-deb", "--raw-extract", deb, unpacked)
            control = unpacked / "DEBIAN/control"
            control.write_text(control.read_text(encoding="utf-8").replace(OLD, NEW), encoding="utf-8")
            root.run("dpkg-deb", "-Znone", "--build", unpacked, made / deb.name.replace(OLD, NEW), stdout=subprocess.DEVNULL)


def depends(deb):
    field = root.run("dpkg-deb", "--field", deb, "Depends", stdout=subprocess.PIPE).stdout
    return sorted(word.strip() for word in field.split(",") if "bamgate" not in word)


def paths(folder, names):
    return [next(folder.glob(f"{name}_*.deb")) for name in names]


def fill(new, base, old):
    """The layers, each of which apt made from the dependencies of the packages in `old`."""
    new.mkdir(mode=0o755)
    for package, (names, extra) in SETS.items():
        if extra is not None:
            files = [f"./{path.name}" for path in paths(old, names)]
            root.fill_layer(base, new / package, DEPENDENCIES, *files, *extra, debs=old)


@dataclasses.dataclass
class Debs:
    folder: pathlib.Path  # with a folder of packages for each version
    layers: pathlib.Path

    def machine(self, package, network, name):
        """Not booted yet. The packages are in /srv/VERSION there."""
        made = Machine(root.base(), self.layers / package, network, name)
        for version in (OLD, NEW):
            shutil.copytree(self.folder / version, made.dir / "upper/srv" / version)
        (made.dir / "upper/srv").chmod(0o755)
        return made


def get(build_folder):
    folder = build_folder / "packages"
    folder.mkdir(exist_ok=True)
    old = build(folder)
    renew(old, folder / NEW)
    base = root.base()
    words = [base.name]
    for _package, (names, extra) in SETS.items():
        words += [word for path in paths(old, names) for word in depends(path)] + (extra or [])
    return Debs(folder, root.kept(f"packages-{root.suite()}", words, lambda new: fill(new, base, old)))


def install(machine, package, version=OLD, seconds=60):
    """As a person does with files: apt, without what is only recommended, and without the network."""
    files = [f"/srv/{version}/{path.name}" for path in sorted((machine.dir / "upper/srv" / version).iterdir())
             if path.name.split("_")[0] in SETS[package][0]]
    return machine.run("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", "--no-install-recommends",
                       "-o", "Dpkg::Use-Pty=0", "install", *files, seconds=seconds)


def take_away(machine, word, *names):
    return machine.run("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", "-o", "Dpkg::Use-Pty=0", word, *names, seconds=60)


def answers(ping, until):
    """When each answer came that ping -D tells of, up to the first at or after `until`, in seconds since 1970."""
    times = []
    while not times or times[-1] < until:
        line = ping.stdout.readline()
        if not line:
            raise MachineError("ping ended")
        if found := re.match(r"\[([\d.]+)\] \d+ bytes from", line):
            times.append(float(found[1]))
    return times


def longest_silence(times):
    return max(later - sooner for sooner, later in zip(times, times[1:]))
