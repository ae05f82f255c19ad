# SPDX-License-Identifier: LGPL-2.1-or-later
"""Saving a hub, and making one of what was saved."""

import contextlib
import hashlib
import io
import json
import os
import pty
import shutil
import signal
import sqlite3
import subprocess
import tarfile
import threading

import pytest

from device_client import invited, owner
from hub_process import KEY_A, KEY_B, TIMEOUT, ask, redeem, run, wait_for
from log_client import Owner, read
from vectors import membership as m

pytestmark = pytest.mark.host_only("hub", "files of one machine")

TLS = ("--listen", "127.0.0.1:0")
PLAIN = ("--plain", *TLS)
NAMES = ["token", "turn-secret", "tls.pem", "hub.sqlite"]
MANIFEST = "bamgate-hub.json"
NOBODY = 65534
CHANGING = "openat,mkdir,write,pwrite64,fsync,fdatasync,ftruncate,fchown,fchownat,renameat2,unlink,unlinkat,rmdir"

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="gives files to others, and mounts")


@pytest.fixture
def call(hub_program):
    """Runs the program to its end."""

    def call(*options, check=True, **more):
        done = subprocess.run([hub_program, *map(str, options)], capture_output=True, timeout=60, **more)
        assert not check or done.returncode == 0, done.stderr
        return done

    return call


@pytest.fixture
def save(call):
    def save(state, file, *options, **more):
        return call("--backup", file, "--state-dir", state, *options, **more)

    return save


@pytest.fixture
def restore(call):
    def restore(file, state, *options, **more):
        return call("--restore", file, "--state-dir", state, *options, **more)

    return restore


@pytest.fixture
def refused(call):
    """The reason why it is refused."""

    def refused(*options, code=1):
        done = call(*options, check=False)
        assert done.returncode == code, done
        return done.stderr.decode()

    return refused


def devices(state):
    with contextlib.closing(sqlite3.connect(state / "hub.sqlite")) as database:
        return database.execute("SELECT address, public_key FROM leases ORDER BY address").fetchall()


def secrets(state):
    return {name: (state / name).read_text() for name in NAMES[:3]}


def contents(state):
    return secrets(state), devices(state)


def key_of(i):
    return KEY_A[:-4] + f"{i:02d}" + KEY_A[-2:]


def members(file):
    with tarfile.open(file) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}


@pytest.fixture
def saved(start_hub, save, tmp_path):
    """A hub of two devices, stopped, and its backup."""
    hub = start_hub(*TLS, state="first")
    for public_key in (KEY_A, KEY_B):
        redeem_over(hub, public_key)
    assert hub.stop() == 0
    save(hub.state, tmp_path / "hub.tar")
    return tmp_path / "hub.tar"


def redeem_over(hub, public_key):
    """Over TLS: a device that joins at once, and leaves."""

    async def scene():
        info = await hub.join("device", public_key, address=f"10.0.0.{1 if public_key == KEY_A else 2}/24")
        await info.close()

    run(scene())
    wait_for(lambda: any(row[1] == public_key for row in devices(hub.state)))


# Saving


def test_running_hub_under_load(start_hub, save, restore, tmp_path):
    """Each backup is whole, and has all that was written before it began; the hub does not stop for it."""
    hub = start_hub(*PLAIN, state="first")
    answered, done = {}, threading.Event()

    def load():
        for i in range(60):
            if done.is_set():
                return
            code = hub.new_invite()
            answered[key_of(i)] = redeem(hub, code, key_of(i))[1]["address"]

    worker = threading.Thread(target=load)
    worker.start()
    try:
        for i in range(4):
            wait_for(lambda: len(answered) > 5 * i)
            before = dict(devices(hub.state))
            save(hub.state, tmp_path / f"{i}.tar")
            restore(tmp_path / f"{i}.tar", tmp_path / f"copy{i}")
            there = dict(devices(tmp_path / f"copy{i}"))
            with contextlib.closing(sqlite3.connect(tmp_path / f"copy{i}" / "hub.sqlite")) as database:
                redeemed = {row[0] for row in database.execute("SELECT redeemed_by FROM invites WHERE redeemed")}
            assert before.items() <= there.items() and redeemed - {""} <= set(there.values())
    finally:
        done.set()
        worker.join(TIMEOUT)
    assert "nothing is written" not in hub.log() and hub.stop() == 0


def test_devices_come_back(start_hub, save, restore, tmp_path):
    """The same pin, token and secret of the relay; each device has the address that it had."""
    hub = start_hub(*PLAIN, "--subnet", "10.7.0.0/24", state="first")
    addresses = {public_key: ask(hub, public_key) for public_key in (KEY_A, KEY_B)}
    code = hub.new_invite()
    hub.stop()
    with_tls = start_hub(*TLS, state="first")
    save(with_tls.state, tmp_path / "hub.tar")
    with_tls.kill()
    restore(tmp_path / "hub.tar", tmp_path / "second")
    again = start_hub(*TLS, state="second")
    assert (again.pin, again.token, again.turn_secret) == (with_tls.pin, with_tls.token, with_tls.turn_secret)
    again.stop()
    again = start_hub(*PLAIN, state="second")
    assert addresses == {public_key: ask(again, public_key) for public_key in (KEY_A, KEY_B)}
    assert redeem(again, code, key_of(3))[1]["address"] == "10.7.0.3/24"

    async def scene():
        alpha = await again.join("alpha", KEY_A, address=addresses[KEY_A])
        bravo = await again.join("bravo", KEY_B, address=addresses[KEY_B])
        assert (await alpha.receive())["peers"][0]["peerId"] == "bravo"
        await bravo.close()

    run(scene())


def test_credentials_and_log_come_back(start_hub, save, restore, tmp_path):
    """Access tokens of before open the new one, and who was revoked stays out."""
    hub = start_hub(*PLAIN, state="first")
    first = owner(hub)
    second, third = invited(hub, "second", first), invited(hub, "third", first)
    signed = Owner(first).begin()
    assert signed.add(second).status == 200 and signed.add(third).status == 200 and signed.revoke(third).status == 200
    save(hub.state, tmp_path / "hub.tar")
    hub.kill()
    restore(tmp_path / "hub.tar", tmp_path / "second")
    first.hub = second.hub = third.hub = start_hub(*PLAIN, state="second")
    assert first.call("GET", "/auth/devices").status == 200 and second.refresh().status == 200
    assert third.refresh().status == 401 and third.call("GET", "/network-info").status == 401
    assert read(first) == (signed.entries, 4)
    assert signed.put(m.POLICY, b"\1").status == 200


def test_log_that_somebody_changed(start_hub, save, refused, restore, tmp_path):
    hub = start_hub(*PLAIN, state="first")
    Owner(owner(hub)).begin()
    hub.stop()
    with contextlib.closing(sqlite3.connect(hub.state / "hub.sqlite")) as database, database:
        database.execute("UPDATE log SET entry = CAST(substr(entry, 1, length(entry) - 1) || x'ff' AS BLOB)")
    save(hub.state, tmp_path / "hub.tar")
    said = refused("--restore", tmp_path / "hub.tar", "--state-dir", tmp_path / "second")
    assert "entry 0 of the log" in said and "signature" in said


def test_killed_hub(start_hub, save, restore, tmp_path):
    """What it had written is in its log of writes, and so in the backup."""
    hub = start_hub(*PLAIN, state="first")
    address = ask(hub, KEY_A)
    wait_for(lambda: (address, KEY_A) in devices(hub.state))
    hub.kill()
    assert (hub.state / "hub.sqlite-wal").stat().st_size > 0
    shutil.copytree(hub.state, tmp_path / "killed")
    save(hub.state, tmp_path / "hub.tar")
    restore(tmp_path / "hub.tar", tmp_path / "killed", "--force")
    for state in ("first", "killed"):
        assert ask(start_hub(*PLAIN, state=state), KEY_A) == address


def test_file_and_standard_output(saved, save, tmp_path, refused):
    state = tmp_path / "first"
    assert saved.stat().st_mode & 0o777 == 0o600
    assert list(members(saved)) == [MANIFEST, *NAMES]
    said = refused("--backup", saved, "--state-dir", state)
    assert "hub.tar exists; --force replaces it" in said
    saved.write_text("old")
    save(state, saved, "--force")
    piped = save(state, "-").stdout
    with tarfile.open(fileobj=io.BytesIO(piped)) as archive:
        assert archive.extractfile("token").read() == (state / "token").read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["first", "first.log", "hub.tar"]


def test_not_to_a_terminal(saved, hub_program, tmp_path):
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run([hub_program, "--backup", "-", "--state-dir", tmp_path / "first"], stdout=theirs,
                              stderr=subprocess.PIPE, text=True, timeout=TIMEOUT)
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 2 and "terminal" in done.stderr


def test_restore_from_standard_input(saved, call, tmp_path):
    call("--restore", "-", "--state-dir", tmp_path / "second", input=saved.read_bytes())
    assert contents(tmp_path / "second") == contents(tmp_path / "first")


def test_options_that_exclude_each_other(refused, tmp_path):
    assert "exclude" in refused("--backup", "a", "--restore", "b", code=2)
    assert "--force" in refused("--force", code=2)


def test_no_hub_there(refused, tmp_path):
    assert "nowhere" in refused("--backup", tmp_path / "x", "--state-dir", tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert "token is not there" in refused("--backup", tmp_path / "x", "--state-dir", tmp_path / "empty")
    assert not (tmp_path / "x").exists()


def test_damaged_database_is_not_saved(saved, refused, tmp_path):
    database = tmp_path / "first" / "hub.sqlite"
    data = bytearray(database.read_bytes())
    data[4096:] = os.urandom(len(data) - 4096)
    database.write_bytes(data)
    assert "hub.sqlite" in refused("--backup", saved, "--state-dir", tmp_path / "first", "--force")
    assert members(saved)["token"] == (tmp_path / "first" / "token").read_bytes()


def test_token_that_is_elsewhere(start_hub, save, restore, tmp_path):
    (tmp_path / "word").write_text("a-token-that-is-elsewhere\n")
    hub = start_hub(*PLAIN, "--token-file", str(tmp_path / "word"), state="first")
    save(hub.state, tmp_path / "hub.tar", "--token-file", tmp_path / "word")
    restore(tmp_path / "hub.tar", tmp_path / "second")
    assert start_hub(*PLAIN, state="second").token == "a-token-that-is-elsewhere"


@pytest.mark.parametrize("name", ["token", "hub.sqlite", "hub.sqlite-wal"])
def test_links_in_the_state_are_not_followed(saved, refused, tmp_path, name):
    file = tmp_path / "first" / name
    secret = tmp_path / "secret"
    secret.write_bytes(file.read_bytes() if file.exists() else b"not yours to touch")
    before = secret.read_bytes()
    file.unlink(missing_ok=True)
    file.symlink_to(secret)
    assert name.removesuffix("-wal") in refused("--backup", tmp_path / "x", "--state-dir", tmp_path / "first")
    assert not (tmp_path / "x").exists() and secret.read_bytes() == before


# Restoring


def test_running_hub_is_not_replaced(start_hub, saved, refused):
    hub = start_hub(*TLS, state="first")
    before = secrets(hub.state)
    assert "another bamgate-hub runs" in refused("--restore", saved, "--state-dir", hub.state, "--force")
    assert secrets(hub.state) == before and hub.process.poll() is None


def test_what_is_there_stays_without_force(start_hub, saved, refused, restore, tmp_path):
    other = start_hub(*TLS, state="other")
    other.stop()
    before = contents(other.state)
    assert "--force" in refused("--restore", saved, "--state-dir", other.state)
    assert contents(other.state) == before
    restore(saved, other.state, "--force")
    assert contents(other.state) == contents(tmp_path / "first")
    assert sorted(file.name for file in other.state.iterdir()) == sorted(NAMES)
    assert not (tmp_path / "other.restore").exists()


def test_files_of_others_are_not_thrown_away(saved, refused, tmp_path):
    notes = tmp_path / "first" / "notes.txt"
    notes.write_text("mine")
    assert "notes.txt" in refused("--restore", saved, "--state-dir", tmp_path / "first", "--force")
    assert notes.read_text() == "mine"


@pytest.mark.parametrize("kind", ["directory", "link", "file"])
def test_what_is_in_the_way_stays(saved, refused, tmp_path, kind):
    way = tmp_path / "second.restore"
    if kind == "directory":
        way.mkdir()
        (way / "notes.txt").write_text("mine")
    elif kind == "link":
        way.symlink_to(tmp_path / "first")
    else:
        way.write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    assert "second.restore is in the way" in refused("--restore", saved, "--state-dir", tmp_path / "second")
    assert sorted(tmp_path.rglob("*")) == before and contents(tmp_path / "first")


def test_link_to_the_directory_stays(saved, restore, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    restore(saved, tmp_path / "link")
    assert os.readlink(tmp_path / "link") == "real"
    assert contents(tmp_path / "real") == contents(tmp_path / "first")


@as_root
def test_owner_and_modes(saved, save, restore, tmp_path):
    """Of the directory that was there, above which is one of root's alone."""
    (tmp_path / "private").mkdir(mode=0o700)
    state = tmp_path / "private" / "state"
    state.mkdir(mode=0o755)
    os.chown(state, NOBODY, NOBODY)
    restore(saved, state)
    for path, mode in [(state, 0o700), *((state / name, 0o600) for name in NAMES)]:
        info = path.stat()
        assert (info.st_uid, info.st_gid, info.st_mode & 0o777) == (NOBODY, NOBODY, mode), path
    save(state, tmp_path / "again.tar")
    assert (tmp_path / "again.tar").stat().st_uid == 0
    assert all(file.stat().st_uid == NOBODY for file in state.iterdir())
    assert members(tmp_path / "again.tar")["tls.pem"] == members(saved)["tls.pem"]


@pytest.fixture
def small_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], check=True)
    yield disk
    subprocess.run(["umount", disk], check=True)


def fill(disk, leave):
    free = os.statvfs(disk)
    (disk / "filler").write_bytes(b"x" * (free.f_bavail * free.f_bsize - leave))


@as_root
@pytest.mark.parametrize("leave", [0, 8192, 24576])
def test_full_disk_leaves_the_old_state(start_hub, saved, refused, restore, small_disk, tmp_path, leave):
    other = start_hub(*TLS, state="other")
    other.stop()
    shutil.copytree(other.state, small_disk / "state")
    before = contents(small_disk / "state")
    fill(small_disk, leave)
    assert "No space left" in refused("--restore", saved, "--state-dir", small_disk / "state", "--force")
    assert not (small_disk / "state.restore").exists()
    (small_disk / "filler").unlink()
    assert contents(small_disk / "state") == before
    restore(saved, small_disk / "state", "--force")
    assert contents(small_disk / "state") == contents(tmp_path / "first")


@as_root
def test_full_disk_leaves_the_old_backup(saved, refused, small_disk, tmp_path):
    (small_disk / "hub.tar").write_text("old")
    fill(small_disk, 8192)
    said = refused("--backup", small_disk / "hub.tar", "--state-dir", tmp_path / "first", "--force")
    assert "hub.tar" in said and "No space left" in said
    assert (small_disk / "hub.tar").read_text() == "old"
    assert sorted(file.name for file in small_disk.iterdir()) == ["filler", "hub.tar"]


@as_root
def test_mount_point_is_said(saved, refused, restore, small_disk):
    assert "mount point" in refused("--restore", saved, "--state-dir", small_disk)
    restore(saved, small_disk / "within")


def kill_at(program, step, *options):
    """Kills it as it enters the step-th call that changes something; None once it has no such call."""
    inject = f"--inject={CHANGING}:signal=KILL:when={step}"
    return subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", inject, program, *map(str, options)],
                          capture_output=True, timeout=60).returncode


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_killed_restore_leaves_one_state(start_hub, saved, restore, hub_program, tmp_path):
    """At every call: the old state or the new one, and the next restore goes through."""
    other = start_hub(*TLS, state="other")
    other.stop()
    old, new = contents(other.state), contents(tmp_path / "first")
    shutil.copytree(other.state, tmp_path / "origin")
    seen = []
    for step in range(1, 500):
        code = kill_at(hub_program, step, "--restore", saved, "--state-dir", other.state, "--force")
        now = contents(other.state)
        assert now in (old, new), step
        seen.append(now == new)
        if code == 0:
            break
        assert code in (-signal.SIGKILL, 128 + signal.SIGKILL), step
        if now == new:
            shutil.rmtree(other.state)
            shutil.copytree(tmp_path / "origin", other.state)
    assert code == 0 and seen == sorted(seen) and seen.count(False) > 10 and seen.count(True) > 3
    assert not (tmp_path / "other.restore").exists()


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_killed_backup_leaves_a_whole_file(saved, hub_program, tmp_path):
    before = saved.read_bytes()
    for step in range(1, 500):
        code = kill_at(hub_program, step, "--backup", saved, "--state-dir", tmp_path / "first", "--force")
        assert set(members(saved)) == {MANIFEST, *NAMES}, step
        if code == 0:
            break
    assert code == 0 and step > 5 and saved.read_bytes() != before


# Archives that are not what they should be


def write_archive(file, entries):
    """`entries`: TarInfo and data."""
    with tarfile.open(file, "w") as archive:
        for info, data in entries:
            archive.addfile(info, io.BytesIO(data))


def entry(name, data=b"", **fields):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, data


def described(parts, **fields):
    files = {name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in parts.items()}
    return entry(MANIFEST, json.dumps({"format": 1, "files": files, **fields}).encode())


def whole(parts):
    return [described(parts), *(entry(name, data) for name, data in parts.items())]


@pytest.fixture
def parts(saved):
    found = members(saved)
    del found[MANIFEST]
    return found


@pytest.fixture
def turned_away(refused, tmp_path):
    """Nothing is written for these entries; the reason."""

    def turned_away(entries):
        (tmp_path / "work").mkdir(exist_ok=True)
        write_archive(tmp_path / "bad.tar", entries)
        before = sorted(tmp_path.rglob("*"))
        said = refused("--restore", tmp_path / "bad.tar", "--state-dir", tmp_path / "work" / "state")
        assert sorted(tmp_path.rglob("*")) == before
        return said

    return turned_away


def test_archive_of_our_own_making_is_taken(parts, restore, tmp_path):
    """What the tests below change is what they are refused for."""
    write_archive(tmp_path / "good.tar", whole(parts))
    restore(tmp_path / "good.tar", tmp_path / "second")
    assert contents(tmp_path / "second") == contents(tmp_path / "first")


@pytest.mark.parametrize("name", ["../token", "/tmp/token", "./token", "a/token", "hub.sqlite-wal", "token\n", "", "TOKEN"])
def test_other_names(parts, turned_away, name):
    assert "has no place" in turned_away([*whole(parts), entry(name, b"x")])


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_other_kinds_of_files(parts, turned_away, kind):
    entries = [item for item in whole(parts) if item[0].name != "token"]
    assert "has no place" in turned_away([*entries, entry("token", type=kind, linkname="/etc/passwd")])


def test_twice(parts, turned_away):
    assert "twice" in turned_away([*whole(parts), entry("token", parts["token"])])


@pytest.mark.parametrize("name", NAMES)
def test_missing_or_changed(parts, turned_away, name):
    entries = whole(parts)
    assert f"{name} is missing" in turned_away([item for item in entries if item[0].name != name])
    changed = bytearray(parts[name])
    changed[-2] ^= 1
    others = [item for item in entries if item[0].name != name]
    assert f"{name} is not what was saved" in turned_away([*others, entry(name, bytes(changed))])


def test_manifest(parts, turned_away):
    files = [entry(name, data) for name, data in parts.items()]
    assert "does not begin with" in turned_away(files)
    assert "does not begin with" in turned_away([])
    for text in [b"", b"[]", b"{}", b'{"files": 3}', b"\xff" * 100, b"[" * 60000]:
        assert MANIFEST in turned_away([entry(MANIFEST, text), *files])
    assert "has the format 2" in turned_away([described(parts, format=2), *files])
    assert "larger than" in turned_away([entry(MANIFEST, b" " * 100000), *files])


@pytest.mark.parametrize("name", ["token", "hub.sqlite"])
def test_huge(parts, refused, tmp_path, name):
    """The size is refused before a byte of it is read."""
    huge = tarfile.TarInfo(name)
    huge.size = 1 << 40
    with open(tmp_path / "bad.tar", "wb") as file, tarfile.open(fileobj=file, mode="w") as archive:
        for info, data in whole(parts):
            if info.name != name:
                archive.addfile(info, io.BytesIO(data))
        file.write(huge.tobuf(tarfile.GNU_FORMAT) + b"x" * 4096)
    assert "larger than" in refused("--restore", tmp_path / "bad.tar", "--state-dir", tmp_path / "second")


def test_cut_and_garbled(saved, refused, tmp_path):
    data = saved.read_bytes()
    bad = tmp_path / "bad.tar"
    for cut in [*range(0, 4096, 97), *range(4096, len(data) - 10240, 4099)]:
        bad.write_bytes(data[:cut])
        assert "bad.tar" in refused("--restore", bad, "--state-dir", tmp_path / "second")
    for at in range(0, 8192, 211):
        bad.write_bytes(data[:at] + bytes(200) + data[at + 200 :])
        done = subprocess.run(["cmp", "-s", bad, saved])
        if done.returncode and data[at : at + 200].strip(b"\0"):
            refused("--restore", bad, "--state-dir", tmp_path / "second")
    assert not (tmp_path / "second").exists() and not (tmp_path / "second.restore").exists()


def test_not_an_archive(refused, tmp_path):
    for path in ["/dev/null", "/dev/zero", "/etc/passwd", str(tmp_path)]:
        assert path in refused("--restore", path, "--state-dir", tmp_path / "second")
    assert not (tmp_path / "second").exists()


@pytest.mark.parametrize("name, data", [("token", b"short\n"), ("turn-secret", b"two words of a secret\n"),
                                        ("tls.pem", b"no PEM\n"), ("hub.sqlite", b"no database" * 1000)], ids=NAMES)
def test_whole_but_of_no_use(parts, turned_away, name, data):
    parts[name] = data
    assert name in turned_away(whole(parts))


@pytest.mark.parametrize("sql, words", [
    ("PRAGMA user_version = 1000", "newer bamgate-hub"),
    ("CREATE TRIGGER t AFTER INSERT ON leases BEGIN DELETE FROM leases; END", "no table of a hub"),
    ("CREATE VIEW v AS SELECT 1", "no table of a hub"),
    ("CREATE TABLE other (x)", "no table of a hub"),
    ("DROP TABLE devices", "devices"),
])  # fmt: skip
def test_databases_of_others(parts, turned_away, tmp_path, sql, words):
    path = tmp_path / "changed.sqlite"
    path.write_bytes(parts["hub.sqlite"])
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript(sql)
    parts["hub.sqlite"] = path.read_bytes()
    assert words in turned_away(whole(parts))
