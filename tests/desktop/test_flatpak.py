# SPDX-License-Identifier: LGPL-2.1-or-later
"""The applet in a sandbox: what its manifest asks for, that it builds as it says, and how it asks to be started."""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess

import pytest

from applet import iterate
from lab.wait import wait_for
from session_bus import BackgroundPortal

TOP = pathlib.Path(__file__).resolve().parents[2]
MANIFEST = TOP / "flatpak" / "org.bamgate.Applet.yml"


@pytest.fixture(scope="module")
def manifest():
    if not shutil.which("flatpak-builder"):
        pytest.skip("not on this machine: flatpak-builder is not installed")
    done = subprocess.run(["flatpak-builder", "--show-manifest", MANIFEST], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "Unknown property" not in done.stderr, done.stderr
    return json.loads(done.stdout)


def test_what_it_asks_for(manifest):
    assert sorted(manifest["finish-args"]) == [
        "--device=dri", "--share=ipc", "--socket=fallback-x11", "--socket=wayland",
        "--system-talk-name=org.bamgate.Tunnel1", "--talk-name=org.freedesktop.secrets",
        "--talk-name=org.kde.StatusNotifierWatcher"]
    assert (manifest["id"], manifest["command"]) == ("org.bamgate.Applet", "bamgate-applet")


def test_its_sources_are_pinned(manifest):
    for module in manifest["modules"]:
        for source in module["sources"]:
            assert source["type"] in ("dir", "file") or (source["url"].startswith("https://") and len(source["sha256"]) == 64)


@pytest.mark.long
@pytest.mark.limit(600)
def test_it_builds_without_the_daemon(manifest, tmp_path):
    options = next(module["config-opts"] for module in manifest["modules"] if module["name"] == "bamgate")
    environment = {**os.environ, "DESTDIR": str(tmp_path / "root")}
    for words in (["setup", "--wrap-mode=nodownload", "--prefix=/app", *options, tmp_path / "build", TOP],
                  ["compile", "-C", tmp_path / "build"], ["install", "-C", tmp_path / "build"]):
        done = subprocess.run(["/usr/bin/meson", *words], env=environment, capture_output=True, text=True, timeout=580)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    root = tmp_path / "root" / "app"
    assert [path.name for path in (root / "bin").iterdir()] == ["bamgate-applet"]
    # what leaves the sandbox has the application's name
    for path in [*(root / "share" / "applications").rglob("*.*"), *(root / "share" / "icons").rglob("*.svg")]:
        assert path.name.startswith("org.bamgate.Applet"), path


def test_it_asks_to_be_started_with_the_session(lone, open_applet, desktop, tmp_path):
    environment = {"FLATPAK_ID": "org.bamgate.Applet", "XDG_CONFIG_HOME": str(tmp_path)}
    with contextlib.closing(BackgroundPortal(desktop)) as portal:
        applet = open_applet(lone, "--background", environment=environment)
        applet.wait("it asks", lambda: portal.asked)
        asked = portal.asked[0]
        assert asked["autostart"] is True and asked["commandline"] == ["bamgate-applet", "--background"]
        assert asked["reason"]
        applet.stop()
        applet.start("--background")  # once is enough
        assert len(portal.asked) == 1
        subprocess.run(["gsettings", "set", "org.bamgate.Applet", "run-in-background", "false"], check=True, timeout=20,
                       env={**desktop.environment, **environment})
        wait_for("it asks again", lambda: iterate() or not portal.asked[-1]["autostart"], 30)
        assert applet.process.wait(20) == 0  # nothing holds it any more
