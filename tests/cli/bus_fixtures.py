# SPDX-License-Identifier: LGPL-2.1-or-later
"""A private bus with the fake daemon on it; what the suites in tests/cli and tests/dbus share."""
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]

BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


def build():
    return pathlib.Path(os.environ.get("BAMGATE_BUILD", ROOT / "build"))


def ctl():
    return build() / "bamgatectl" / "bamgatectl"


@contextlib.contextmanager
def running(argv, ready="ready", **options):
    """A program that says a line when it is ready; ended by its own process id."""
    process = subprocess.Popen([str(a) for a in argv], stdout=subprocess.PIPE, text=True, **options)
    try:
        line = process.stdout.readline()
        assert ready in line, f"{argv[0]} said {line!r}, status {process.poll()}"
        yield process
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@contextlib.contextmanager
def private_bus(directory):
    config, socket = directory / "bus.conf", directory / "bus"
    config.write_text(BUS_CONFIG.format(path=socket))
    argv = ["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile", "--print-address=1"]
    with running(argv, ready="unix:", stderr=subprocess.DEVNULL):
        yield f"unix:path={socket}"


def fake_service_program():
    return pathlib.Path(__file__).with_name("fake_service.py")


@contextlib.contextmanager
def fake_service(directory, scenario):
    with private_bus(directory) as address:
        with running([sys.executable, fake_service_program(), address, scenario]) as process:
            yield FakeService(address, process)


class FakeService:
    def __init__(self, address, process):
        self.address, self.process = address, process

    def environment(self):
        kept = {k: os.environ[k] for k in ("PATH", "HOME", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "LSAN_OPTIONS")
                if k in os.environ}
        return kept | {"DBUS_SYSTEM_BUS_ADDRESS": self.address, "LC_ALL": "C.UTF-8", "TZ": "UTC",
                       "G_DEBUG": "fatal-criticals"}

    def ctl(self, *words, input=None, umask=-1, **environment):
        return subprocess.run([ctl(), *words], input=input or "", env=self.environment() | environment, text=True,
                              capture_output=True, timeout=30, umask=umask)

    def start_ctl(self, *words):
        return subprocess.Popen([ctl(), *words], env=self.environment(), text=True, stdout=subprocess.PIPE)

    def calls(self):
        """What it was asked for, in order."""
        return json.loads(self.steer("Calls"))["data"][0]

    def await_call(self, method):
        """Until the daemon has been asked for this."""
        end = time.monotonic() + 20
        while not any(call.startswith(method + "(") for call in self.calls()):
            assert time.monotonic() < end, f"{method} was not called"

    def steer(self, method, *words):
        argv = ["busctl", f"--address={self.address}", "--json=short", "--", "call", "org.bamgate.Tunnel1",
                "/org/bamgate/Tunnel1", "org.bamgate.Fake", method]
        if words:
            argv += ["s" * len(words), *words]
        return subprocess.run(argv, text=True, capture_output=True, check=True, timeout=30).stdout
