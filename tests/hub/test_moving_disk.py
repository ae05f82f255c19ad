# SPDX-License-Identifier: LGPL-2.1-or-later
"""A network that moves while a disk is full, and backups of hubs that it left and came to."""

import os
import subprocess

import pytest

from device_client import Device, call, invited, owner
from moving_client import carry, export, move, moved, send

pytestmark = pytest.mark.host_only("hub", "files of one machine")

PLAIN = ("--plain", "--listen", "127.0.0.1:0")

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounts")


@pytest.fixture
def small_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=True)
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def fill(disk):
    free = os.statvfs(disk)
    (disk / "filler").write_bytes(b"x" * free.f_bavail * free.f_bsize)


@as_root
def test_the_new_hub_has_no_room(start_hub, small_disk):
    """It does not say that it has what it cannot keep; with room, the same goes on."""
    first = owner(start_hub(*PLAIN, state="old"))
    other = start_hub(*PLAIN, state="disk/new")
    fill(small_disk)
    rows, digest = export(first)
    assert send(other, rows).status == 503
    other.kill()
    (small_disk / "filler").unlink()
    other = start_hub(*PLAIN, state="disk/new")
    assert moved(first, other, carry(first, other)).status == 200
    other.kill()
    first.hub = start_hub(*PLAIN, state="disk/new")
    assert first.refresh().status == 200


@as_root
def test_the_old_hub_has_no_room(start_hub, small_disk):
    """Then the network stays: who would be told otherwise, it could not say after a restart."""
    hub = start_hub(*PLAIN, state="disk/old")
    first, other = owner(hub), start_hub(*PLAIN, state="new")
    digest = carry(first, other)
    fill(small_disk)
    assert moved(first, other, digest).status == 503
    assert first.call("GET", "/auth/devices").status == 200  # and nobody is sent away
    hub.kill()
    (small_disk / "filler").unlink()
    first.hub = start_hub(*PLAIN, state="disk/old")
    assert first.listed()["state"] == "active"
    move(first, other)
    assert first.call("GET", "/auth/devices").status == 421


def saved_and_restored(start_hub, hub_program, hub, directory):
    """The hub of a backup, which was made when the first one was killed."""
    hub.kill()
    subprocess.run([hub_program, "--backup", directory / "hub.tar", "--state-dir", hub.state, "--force"], check=True, capture_output=True)
    subprocess.run([hub_program, "--restore", directory / "hub.tar", "--state-dir", directory / "again", "--force"], check=True,
                   capture_output=True)
    return start_hub(*PLAIN, state="again")


def test_backup_of_the_new_hub(start_hub, hub_program, tmp_path):
    hub, other = start_hub(*PLAIN, state="old"), start_hub(*PLAIN, state="new")
    first = owner(hub)
    second = invited(hub, "second", first)
    code = call(hub, "POST", "/invite", token=first.access_token)["code"]
    move(first, other)
    again = saved_and_restored(start_hub, hub_program, other, tmp_path)
    first.hub = second.hub = again
    assert first.refresh().status == 200 and second.refresh().status == 200
    assert {row["device_name"] for row in first.call("GET", "/auth/devices")["devices"]} >= {"second"}
    assert Device(again, "third", code=code).state == "active"


def test_backup_of_the_old_hub(start_hub, hub_program, tmp_path):
    """It goes on sending everybody to where the network is."""
    hub, other = start_hub(*PLAIN, state="old"), start_hub(*PLAIN, state="new")
    first = owner(hub)
    move(first, other)
    first.hub = saved_and_restored(start_hub, hub_program, hub, tmp_path)
    answer = first.call("GET", "/auth/devices")
    assert answer.status == 421 and answer["url"] == other.url
