# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts test results: `results.py FILE …` reads meson's testlog.json (TAP subtests each count) and pytest's junit XML,
names what failed and what was skipped and why, and closes with `N passed, N failed[, N skipped]`. Tests that failed beside
others and passed by themselves (NAME-again.xml) are named as unsteady; where many failed, that is no excuse.

In CI (CI=true) a skip is a failure, unless its reason begins with "not on this machine:"."""

import collections
import json
import os
import pathlib
import re
import sys
import xml.etree.ElementTree

NOT_HERE = "not on this machine:"
NAME_MAX, REASON_MAX = 160, 300
UNSTEADY_MAX = 3  # in one suite
TAP_LINE = re.compile(r"^(?P<not>not )?ok\b\s*\d*\s*(?:- )?(?P<name>[^#]*)(?:#\s*(?P<word>\w+)\s*(?P<reason>.*))?$")

Result = collections.namedtuple("Result", "name outcome reason")


def read_meson(path):
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.strip():
            yield from read_meson_test(json.loads(line))


def read_meson_test(test):
    name, verdict = test["name"], test["result"]
    subtests = list(read_tap(name, test.get("stdout", "")))
    yield from subtests
    if verdict in ("OK", "EXPECTEDFAIL"):
        if not subtests:
            yield Result(name, "passed", "")
    elif verdict == "SKIP":
        if not subtests:
            yield Result(name, "skipped", last_line(test.get("stdout", "")))
    elif not any(result.outcome == "failed" for result in subtests):
        yield Result(name, "failed", f"{verdict}, exit status {test.get('returncode')}")


def read_tap(program, text):
    for line in text.splitlines():
        found = TAP_LINE.match(line)
        if not found:
            continue
        name = f"{program}: {found['name'].strip()}"
        word = (found["word"] or "").upper()
        if word == "SKIP":
            yield Result(name, "skipped", found["reason"].strip())
        elif found["not"] and not word:
            yield Result(name, "failed", "")
        else:
            yield Result(name, "passed", "")


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def read_junit(path):
    for case in xml.etree.ElementTree.parse(path).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        problem = case.find("failure") if case.find("failure") is not None else case.find("error")
        skip = case.find("skipped")
        if problem is not None:
            yield Result(name, "failed", last_line(problem.get("message") or ""))
        elif skip is not None:
            yield Result(name, "skipped", reason_of(skip))
        else:
            yield Result(name, "passed", "")


def reason_of(skip):
    """Of a whole file that was skipped pytest has it in the text alone."""
    message = skip.get("message") or ""
    return last_line(skip.text or "") if message == "collection skipped" else message


def read_suite(path):
    """The second answer of those that were asked twice."""
    again = path.with_name(f"{path.stem}-again.xml")
    results = list(read_junit(path))
    failed = [one for one in results if one.outcome == "failed"]
    if len(failed) > UNSTEADY_MAX or not again.exists():
        return results
    steady = {one.name for one in read_junit(again) if one.outcome == "passed"}
    return [one._replace(outcome="unsteady") if one in failed and one.name in steady else one for one in results]


def read(path):
    if not path.exists():
        return [Result(str(path), "failed", "no results: the suite did not run")]
    results = read_suite(path) if path.suffix == ".xml" else read_meson(path)
    return [Result(one.name[:NAME_MAX], one.outcome, one.reason[:REASON_MAX]) for one in results]


def judge(result, strict):
    if strict and result.outcome == "skipped" and NOT_HERE not in result.reason:
        return result._replace(outcome="failed", reason=f"skipped in CI: {result.reason}")
    return result


def closing_line(counts):
    line = f"{counts['passed']} passed, {counts['failed']} failed"
    return line + (f", {counts['skipped']} skipped" if counts["skipped"] else "")


def main(paths):
    strict = os.environ.get("CI") == "true"
    results = [judge(result, strict) for path in paths for result in read(pathlib.Path(path))]
    for outcome in ("skipped", "unsteady", "failed"):
        for result in results:
            if result.outcome == outcome:
                print(f"{outcome}: {result.name}" + (f" ({result.reason})" if result.reason else ""))
    counts = collections.Counter("passed" if result.outcome == "unsteady" else result.outcome for result in results)
    print(closing_line(counts))
    return 1 if counts["failed"] or not results else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
