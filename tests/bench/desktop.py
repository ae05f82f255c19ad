# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the applet costs a desktop, and what is counted of words, packages and the checkers' complaints."""

import json
import os
import re
import subprocess
import sys

from lab.paths import TOP, build_dir

QUIET = "tests/desktop/test_quiet.py"
PACKAGES = TOP / "build-package"
APPLET = (  # figure of the test, what it is, goal
    ("start_to_tray_s", "start to the tray item, s", None),
    ("start_to_window_s", "start to a window that knows its ten peers, s", None),
    ("pss_kib", "memory without a window, its share of what is shared (PSS), KiB", None),
    ("private_kib", "memory without a window, its own, KiB", "under 61440"),
    ("open_pss_kib", "memory with the window, PSS, KiB", None),
    ("applet_wake_ups_per_s", "wake-ups per second of the applet, window closed", "under 1"),
    ("daemon_wake_ups_per_s", "wake-ups per second of the daemon, window closed", None),
    ("open_applet_wake_ups_per_s", "wake-ups per second of the applet, window open", None),
    ("open_daemon_wake_ups_per_s", "wake-ups per second of the daemon, window open", None),
)


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, cwd=TOP)


def costs():
    """A test measures it, in namespaces of its own."""
    load = os.getloadavg()[0]
    done = run(sys.executable, "-m", "pytest", "-q", "--long", f"--build-dir={build_dir()}", QUIET)
    if done.returncode:
        sys.exit(done.stdout[-3000:] + done.stderr)
    figures = json.loads((build_dir() / "applet-figures.json").read_text(encoding="utf-8"))
    return {**figures, "load_before": round(load, 1)}


def words():
    """{language: (translated, all)}"""
    said = run(sys.executable, "po/check.py", "complete").stdout
    found = {}
    for language, line in re.findall(r"^(\w+): (.*)$", said, re.MULTILINE):
        counts = [int(number) for number in re.findall(r"(\d+) \w", line)]
        found[language] = (counts[0], sum(counts))
    return found


def sizes():
    """{package: bytes} of what ./dev package made last; libraries' debugging symbols are none of a person's."""
    return {path.name.split("_")[0]: path.stat().st_size for path in sorted(PACKAGES.glob("*.deb")) if "-dbgsym_" not in path.name}


def verdict(*command):
    done = run(*command)
    complaints = [line for line in (done.stdout + done.stderr).splitlines() if re.match(r".*\b(error|warning):", line)]
    return "clean" if done.returncode == 0 and not complaints else f"{len(complaints)} complaints, exit status {done.returncode}"


def verdicts():
    made = build_dir() / "gtk-applet" / "data"
    found = {"appstreamcli validate --strict": verdict("appstreamcli", "validate", "--no-net", "--strict",
                                                       made / "org.bamgate.Applet.metainfo.xml"),
             "desktop-file-validate": verdict("desktop-file-validate", made / "org.bamgate.Applet.desktop")}
    changes = next(PACKAGES.glob("*.changes"), None)
    if changes:
        said = run("lintian", "--allow-root", changes).stdout
        found["lintian"] = ", ".join(f"{len(re.findall(f'^{letter}: ', said, re.MULTILINE))} {what}" for letter, what in
                                     (("E", "errors"), ("W", "warnings")))
    return found


def measure():
    return {"costs": costs(), "words": words(), "sizes": sizes(), "verdicts": verdicts()}


def rows(result):
    yield ["figure", "measured", "goal"]
    for name, what, goal in APPLET:
        yield [what, f"{result['costs'][name]:,}", goal or ""]
    for language, (done, everything) in result["words"].items():
        yield [f"words of {everything} that have no translation, {language}", str(everything - done), "0"]
    for package, size in result["sizes"].items():
        yield [f"package {package}, kB", f"{size / 1000:,.0f}", ""]
    for checker, word in result["verdicts"].items():
        yield [checker, word, "no error" if checker == "lintian" else "clean"]


def text(result):
    return "\n".join(f"{what:75}{measured:>12}  {goal}" for what, measured, goal in rows(result))


def write_docs(result, table):
    """Between the marks in docs/applet.md; `table` makes Markdown of rows."""
    page = TOP / "docs" / "applet.md"
    begin, end = "<!-- bench: desktop -->\n", "<!-- end: desktop -->"
    before, rest = page.read_text(encoding="utf-8").split(begin)
    content = f"{table(rows(result))}\n\nLoad average {result['costs']['load_before']} before it."
    page.write_text(f"{before}{begin}\n{content}\n\n{end}{rest.split(end, 1)[1]}", encoding="utf-8")
