# SPDX-License-Identifier: LGPL-2.1-or-later
"""What every Python suite shares: where the programs are, the --long option, a time limit, strict skips in CI."""

import os
import pathlib
import signal

import pytest

TOP = pathlib.Path(__file__).resolve().parent.parent
pytest_plugins = ["lab.plugin"]
NOT_HERE = "not on this machine:"
DEFAULT_LIMIT = 90


def pytest_addoption(parser):
    parser.addoption("--build-dir", default=os.environ.get("BAMGATE_BUILD", str(TOP / "build")))
    parser.addoption("--long", action="store_true", help="also run the tests marked as long")
    parser.addoption("--part", default="1/1", metavar="I/N", help="only every Nth file of tests, from the Ith on")


def pytest_configure(config):
    os.environ["BAMGATE_BUILD"] = str(pathlib.Path(config.getoption("--build-dir")).resolve())


def is_in_part(option, items):
    """Whole files, since what a module's tests share is costly."""
    first, parts = map(int, option.split("/"))
    chosen = set(sorted({item.path for item in items})[first - 1::parts])
    return lambda item: item.path in chosen


def pytest_collection_modifyitems(config, items):
    """Of all files, before others leave tests out: the parts together are the whole."""
    is_ours = is_in_part(config.getoption("--part"), items)
    is_long = (lambda item: False) if config.getoption("--long") else (lambda item: item.get_closest_marker("long"))
    left_out = [item for item in items if is_long(item) or not is_ours(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def build_dir():
    return pathlib.Path(os.environ["BAMGATE_BUILD"])


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """In CI a skip is a failure, unless its reason says that the machine cannot run the test."""
    outcome = yield
    report = outcome.get_result()
    if os.environ.get("CI") != "true" or not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = str(call.excinfo.value) if call.excinfo else ""
    if NOT_HERE not in reason:
        report.outcome = "failed"
        report.longrepr = f"skipped in CI without '{NOT_HERE}': {reason}"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item, nextitem):
    """One limit for set-up, test and teardown: a test that hangs fails where it hangs."""
    marker = item.get_closest_marker("limit")
    seconds = marker.args[0] if marker else DEFAULT_LIMIT

    def on_alarm(signum, frame):
        signal.alarm(20)  # a teardown that hangs too
        pytest.fail(f"took more than {seconds} s", pytrace=True)

    before = signal.signal(signal.SIGALRM, on_alarm)
    signal.alarm(seconds)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
