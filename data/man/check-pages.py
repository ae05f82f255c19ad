#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whether man pages are well formed and whole: check-pages.py PAGE… Prints what is wrong, and exits with 1 for anything."""
import pathlib
import re
import shutil
import subprocess
import sys

SECTIONS = ("NAME", "DESCRIPTION", "EXAMPLES", "SEE ALSO")
OURS = re.compile(r"(?:\.BR |\.Xr )(\S*bamgate\S*) \(?([1-8])\)?")
# Links to the pages of others depend on who is installed.
OTHERS = re.compile(r"outdated mandoc\.db|referenced manual not found")


def said_by(*command):
    result = subprocess.run(command, text=True, capture_output=True)
    return [line for line in (result.stderr + result.stdout).splitlines() if not OTHERS.search(line)]


def complaints_of_programs(page):
    if shutil.which("man"):
        rendered = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page], text=True,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        yield from rendered.stderr.splitlines()
    if shutil.which("mandoc"):
        yield from said_by("mandoc", "-T", "lint", "-W", "warning", page)


def complaints(page, names):
    text = page.read_text()
    if text.startswith(".so "):
        return
    yield from complaints_of_programs(page)
    for section in SECTIONS:
        if not re.search(rf'^\.S[Hh] "?{section}"?$', text, re.MULTILINE):
            yield f"no section {section}"
    for found in OURS.finditer(text.replace(r"\-", "-")):
        if f"{found[1]}.{found[2]}" not in names:
            yield f"names {found[1]}({found[2]}), which there is not"


def main(paths):
    pages = [pathlib.Path(path) for path in paths]
    names = {page.name for page in pages}
    bad = [f"{page.name}: {what}" for page in pages for what in complaints(page, names)]
    print("\n".join(bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
