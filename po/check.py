#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Words for people: check.py [files] [codes] [voices] [complete]

files     every file with words for people is in POTFILES, and nothing else is
codes     what the daemon says to people has a code (common/words-table.h)
voices    what windows and NetworkManager show names no command, and no translation names one that its original does not
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

ROOMS = ("bamgatectl", "common", "data", "gtk-applet", "introspection", "nm-plugin", "transfers")
MARKED = re.compile(r"(?<![\w\"])(?:N?_|ngettext|g_dngettext|N?C_|N_N) \(\s*\"", re.ASCII)
MARKED_IN_SHELL = re.compile(r"(?<!\w)(?:_|ngettext)\('")
BARE = re.compile(r"\b(?:g_set_error(?:_literal)?|g_task_return_new_error|g_error_new(?:_literal)?)\s*\(\s*(?:\w+,\s*)?BG_ERROR,")
COMMAND = re.compile(r"bamgatectl|systemctl|journalctl|sysctl|chown|chmod|unshare|“force”|»force«|(?<!\w)--[a-z]")
IN_WINDOWS = ("gtk-applet/", "nm-plugin/")
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
    if path.suffix == ".js":
        return MARKED_IN_SHELL.search(path.read_text(encoding="utf-8")) is not None
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


def template(folder, name="po/POTFILES"):
    pot = pathlib.Path(folder) / "bamgate.pot"
    options = [f"--keyword={keyword}" for keyword in KEYWORDS]
    done = run("xgettext", f"--files-from={name}", "--from-code=UTF-8", "--add-comments=TRANSLATORS", "--package-name=bamgate",
               *options, "-o", pot)
    if done.returncode:
        sys.exit(done.stderr)
    return pot


def read_catalogue(po):
    """Originals with their translations, all forms of either in one text."""
    pairs = []
    for entry in run("msgcat", "--no-wrap", po).stdout.split("\n\n"):
        parts = re.split(r"^(msgid(?:_plural)?|msgstr(?:\[\d\])?|msgctxt) ", re.sub(r"^#.*\n", "", entry, flags=re.MULTILINE),
                         flags=re.MULTILINE)
        texts = {"msgid": "", "msgstr": ""}
        for word, quoted in zip(parts[1::2], parts[2::2]):
            kind = word[:6].rstrip("_[")
            texts[kind] = texts.get(kind, "") + " ".join(re.findall(r'^"(.*)"$', quoted, re.MULTILINE))
        pairs.append((texts["msgid"].strip(), texts["msgstr"].strip()))
    return pairs


def words_in_windows(folder):
    """What the programs with windows have of their own; metainfo and the like is read elsewhere."""
    names = pathlib.Path(folder) / "names"
    shown = [name for name in languages("POTFILES") if name.startswith(IN_WINDOWS) and name.endswith((".c", ".h", ".ui", ".js"))]
    names.write_text("\n".join(shown) + "\n", encoding="utf-8")
    return [word for word, _ in read_catalogue(template(folder, names))]


def check_voices():
    with tempfile.TemporaryDirectory() as folder:
        faults = [f"a window shows the command in “{word}”" for word in words_in_windows(folder) if COMMAND.search(word)]
        for language in languages():
            pairs = read_catalogue(PO / f"{language}.po")
            faults += [f"po/{language}.po: “{word}” names no command, its translation does" for word, text in pairs
                       if COMMAND.search(text) and not COMMAND.search(word)]
    return faults


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
    steps = {"files": check_files, "codes": check_codes, "voices": check_voices, "complete": check_complete, "update": update}
    faults = [fault for word in words or ("files", "codes", "voices", "complete") for fault in steps[word]()]
    print("\n".join(faults), file=sys.stderr, end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
