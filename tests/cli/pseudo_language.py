# SPDX-License-Identifier: LGPL-2.1-or-later
"""A language that nobody speaks, of all the words there are: letters with accents, some of two columns, one from right to left, longer
than the English, and three plural forms. What is not in it was not translated."""
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
LANGUAGE = "qps"  # nobody has catalogues of it: what GLib says stays English
PLURALS = "nplurals=3; plural=(n==1 ? 0 : n==2 ? 1 : 2);"
ACCENTS = str.maketrans("aceghinosuyzACEGHINOSUYZtrlmd", "ăĉéğĥîñöšüýžĂĈÉĞĤÎÑÖŠÜÝŽťŕľḿď")
FOREIGN = "א"  # from right to left
# Formats, escapes of C, and words that are typed as they are.
KEPT = re.compile(r"(%\d*\$?[-#0 ]*\d*(?:\.\d+)?l?[sudfx]|%%|\\.|--[\w-]+|[\w.]+@[\w.]+|https?:\S+)")


def word(text, form=""):
    parts = KEPT.split(text)
    said = "".join(part if i % 2 else part.translate(ACCENTS) for i, part in enumerate(parts))
    lead = re.match(r"(?:\\n| )*", said)[0]
    tail = re.search(r"(?:\\n| )*$", said[len(lead):])[0]
    middle = said[len(lead):len(said) - len(tail)]
    return f"{lead}⟦{form}{FOREIGN}{middle}한́⟧{tail}" if middle else said


def entries(pot):
    """→ msgid lines as they stand, unwrapped: context, one, many."""
    text = subprocess.run(["msgcat", "--no-wrap", "--no-location", pot], check=True, capture_output=True, text=True).stdout
    for block in text.split("\n\n")[1:]:
        found = {"msgctxt": "", "msgid": "", "msgid_plural": ""}
        field = None
        for line in block.splitlines():
            start = re.match(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?) "', line)
            field = start[1] if start else field
            if line.startswith("#") or field is None:
                continue
            if field in found:
                found[field] += line[line.index('"') + 1:-1]
        if found["msgid"]:
            yield found["msgctxt"], found["msgid"], found["msgid_plural"]


def real_locale(folder):
    """→ the environment of a program in a locale of its own: for C.UTF-8 the C library knows no languages since 2.39."""
    subprocess.run(["localedef", "-i", "en_GB", "-f", "UTF-8", f"{folder}/en_GB.UTF-8"], check=True)
    return {"LC_ALL": "en_GB.UTF-8", "LOCPATH": str(folder)}


def make(folder):
    """→ the environment of a program that speaks it."""
    pot = pathlib.Path(folder) / "bamgate.pot"
    subprocess.run(["/usr/bin/python3", "-c", f"import sys; sys.path.insert(0, 'po'); import check; check.template({str(folder)!r})"],
                   check=True, cwd=ROOT)
    lines = [f'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: {PLURALS}\\n"\n']
    for context, one, many in entries(pot):
        lines += [f'msgctxt "{context}"'] if context else []
        lines += [f'msgid "{one}"']
        if many:
            lines += [f'msgid_plural "{many}"']
            lines += [f'msgstr[{i}] "{word(many, form)}"' for i, form in enumerate("①②③")]
        else:
            lines += [f'msgstr "{word(one)}"']
        lines += [""]
    po = pathlib.Path(folder) / "pseudo.po"
    po.write_text("\n".join(lines), encoding="utf-8")
    target = pathlib.Path(folder) / LANGUAGE / "LC_MESSAGES"
    target.mkdir(parents=True)
    subprocess.run(["msgfmt", "--check", "-o", target / "bamgate.mo", po], check=True)
    return {**real_locale(folder), "LANGUAGE": LANGUAGE, "BAMGATE_LOCALEDIR": str(folder)}
