#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Words for people: check.py [files] [codes] [complete]

files     every file with words for people is in POTFILES, and nothing else is
codes     what the daemon says to people has a code (common/words-table.h)
complete  how many of them each language of LINGUAS has; fails for those of COMPLETE, and where msgfmt finds a mistake
update    brings the .po files in line with the source (msgmerge); what is new is there to be translated
"""
import pathlib
import re
import subprocess
import sys
import tempfile

PO = pathlib.Path(__file__).resolve().parent
TOP = PO.parent

# Languages that must have every word.
COMPLETE = ("de", "ko")

ROOMS = ("bamgatectl", "common", "data", "gtk-applet", "introspection", "nm-plugin")
MARKED = re.compile(r"(?<![\w\"])(?:N?_|ngettext|g_dngettext|N?C_|N_N) \(\s*\"", re.ASCII)
BARE = re.compile(r"\b(?:g_set_error(?:_literal)?|g_task_return_new_error|g_error_new(?:_literal)?)\s*\(\s*(?:\w+,\s*)?BG_ERROR,")
ALWAYS = (".ui", ".desktop.in", ".metainfo.xml.in", ".policy", ".gschema.xml")
KEYWORDS = ("_", "N_", "C_:1c,2", "NC_:1c,2", "ngettext:1,2", "g_dngettext:2,3", "N_N:1,2")


def languages(name="LINGUAS"):
    lines = (PO / name).read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def run(*argv, **options):
    return subprocess.run([str(a) for a in argv], capture_output=True, text=True, cwd=TOP, **options)


def has_words(path):
    if path.suffix in (".c", ".h"):
        return MARKED.search(path.read_text(encoding="utf-8")) is not None
    return path.name.endswith(ALWAYS) and ("translatable=\"yes\"" in path.read_text(encoding="utf-8") or path.suffix != ".ui")


def check_files():
    listed = languages("POTFILES")
    tracked = run("git", "ls-files", "--cached", "--others", "--exclude-standard", *ROOMS).stdout.splitlines()
    there = [name for name in tracked if (TOP / name).is_file() and has_words(TOP / name)]
    faults = [f"po/POTFILES: {name} has words for people and is missing" for name in sorted(set(there) - set(listed))]
    faults += [f"po/POTFILES: {name} has none, or is not there" for name in sorted(set(listed) - set(there))]
    faults += [f"po/POTFILES: {b} stands behind {a}" for a, b in zip(listed, listed[1:]) if a >= b]
    return faults


def check_codes():
    names = run("git", "ls-files", "daemon/*.c").stdout.splitlines()
    faults = []
    for name in names:
        text = (TOP / name).read_text(encoding="utf-8")
        for found in [] if name == "daemon/main.c" else BARE.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            faults.append(f"{name}:{line}: an error without a code: bg_error_set (), see CONTRIBUTING.md")
    return faults


def template(folder):
    pot = pathlib.Path(folder) / "bamgate.pot"
    options = [f"--keyword={keyword}" for keyword in KEYWORDS]
    done = run("xgettext", "--files-from=po/POTFILES", "--from-code=UTF-8", "--add-comments=TRANSLATORS", "--package-name=bamgate",
               *options, "-o", pot)
    if done.returncode:
        sys.exit(done.stderr)
    return pot


def check_complete():
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        pot = template(folder)
        for language in languages():
            merged = pathlib.Path(folder) / f"{language}.po"
            done = run("msgmerge", "--quiet", "--no-fuzzy-matching", "-o", merged, PO / f"{language}.po", pot)
            done = done if done.returncode else run("msgfmt", "--check-format", "--check-domain", "--statistics", "-o", "/dev/null", merged)
            print(f"{language}: {done.stderr.strip()}")
            if done.returncode or (language in COMPLETE and re.search(r"fuzzy|untranslated", done.stderr)):
                faults.append(f"po/{language}.po: {done.stderr.strip()}")
    return faults


def update():
    with tempfile.TemporaryDirectory() as folder:
        pot = template(folder)
        for language in languages():
            run("msgmerge", "--quiet", "--update", "--backup=none", "--no-fuzzy-matching", PO / f"{language}.po", pot, check=True)
            run("msgattrib", "--no-obsolete", "-o", PO / f"{language}.po", PO / f"{language}.po", check=True)
    return []


def main(*words):
    steps = {"files": check_files, "codes": check_codes, "complete": check_complete, "update": update}
    faults = [fault for word in words or ("files", "codes", "complete") for fault in steps[word]()]
    print("\n".join(faults), file=sys.stderr, end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
