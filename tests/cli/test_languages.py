# SPDX-License-Identifier: LGPL-2.1-or-later
"""bamgatectl in other languages: one that nobody speaks, in which a word that was not translated stands out, German and Korean."""
import json
import re
import subprocess
import unicodedata

import pytest

import pseudo_language

COMMANDS = "setup join leave import invite up down status peers exit ping monitor metrics config reload genkey pubkey genpsk version".split()
# What is typed or named, and not said: commands, options, names of machines, files, settings and paths of packets.
NAMES = set("""bamgatectl bamgated bamgate office attic home laptop hub direct ice udp data channel relayed config json list show forget
reconnect replay peers peer device routes accept public key endpoint example allowed vpn net jq select event state connected status wg quick etc
wireguard leave reload version import conf toml secrets umask genkey phone pubkey genpsk psk invite join setup host server token file txt pass url https sudo
metrics sock run grep bamgate_peer_received_bytes_total systemctl start system session auto always never time_us value reason monitor up down name NAME CODE URL ping SECTION KEY VALUE exit set none lan strict yes no""".split())
GLIB = ("Usage:", "Help Options:", "Application Options:", "Show help options", "[OPTION…]")


@pytest.fixture(scope="session")
def pseudo(tmp_path_factory):
    return pseudo_language.make(tmp_path_factory.mktemp("pseudo"))


@pytest.fixture(scope="session")
def speak(tmp_path_factory):
    """→ the environment of a language in po/."""
    def environment(language):
        folder = tmp_path_factory.mktemp(language)
        target = folder / language / "LC_MESSAGES"
        target.mkdir(parents=True)
        subprocess.run(["msgfmt", "-o", target / "bamgate.mo", pseudo_language.ROOT / "po" / f"{language}.po"], check=True)
        return {**pseudo_language.real_locale(folder), "LANGUAGE": language, "BAMGATE_LOCALEDIR": str(folder)}
    return environment


def width(text):
    return sum(0 if unicodedata.combining(c) or unicodedata.category(c) == "Cf" else
               2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def plain_words(text):
    """Words of ASCII letters that stand alone, outside of names, addresses, options and examples."""
    text = text.replace("this machine\\x1b is in it", "")
    for known in GLIB:
        text = text.replace(known, "")
    text = re.sub(r"\S*[\d@#=/…<>|.'\"‘’“”$&()\[\]-]\S*", " ", text)
    return sorted({word for word in re.findall(r"(?<!\w)[A-Za-z]{4,}(?!\w)", text)} - NAMES)


@pytest.mark.parametrize("scenario, words", [
    ("online", "status"), ("online", "peers"), ("online", "peers show home"), ("degraded", "status"), ("off", "status"),
    ("unconfigured", "status"), ("pending", "status"), ("online", "ping home -c 1"), ("online", "peers show nobody"),
    ("unconfigured", "up"), ("denied", "up"), ("online", "join DEAD-CODE"), ("static", "leave --yes")])
def test_no_word_is_left(scenarios, pseudo, scenario, words):
    done = scenarios(scenario).ctl(*words.split(), **pseudo)
    assert "⟦" in done.stdout + done.stderr
    assert not plain_words(done.stdout + done.stderr), done.stdout + done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_no_word_is_left_of_help(service, pseudo, command):
    text = service.ctl(command, "--help", **pseudo).stdout
    assert "⟦" in text
    assert not plain_words(text), text


def test_reasons_have_words_of_the_client(scenarios, pseudo):
    text = scenarios("degraded").ctl("status", **pseudo).stdout
    assert pseudo_language.word("the connection to the hub was lost") in text
    text = scenarios("online").ctl("status", **pseudo).stdout
    assert pseudo_language.word("its key is in use by %s").replace("%s", "home") in text


def test_findings_have_words_of_the_client(scenarios, pseudo):
    done = scenarios("alone").ctl("doctor", **pseudo)
    assert pseudo_language.word("the tunnel is up") in done.stdout and "words of the daemon" not in done.stdout
    assert not plain_words(done.stdout), done.stdout


def test_errors_have_words_of_the_client(scenarios, pseudo):
    done = scenarios("unconfigured").ctl("up", **pseudo)
    assert pseudo_language.word("this machine belongs to no network") in done.stderr
    assert done.returncode == scenarios("unconfigured").ctl("up").returncode


def test_plural_forms(scenarios, pseudo):
    text = scenarios("crowded").ctl("status", **pseudo).stdout
    for number, form in ((1, "①"), (2, "②"), (70, "③")):
        said = pseudo_language.word("it offers %s routes; none is taken above %s", form)
        assert said.replace("%s", str(number), 1).replace("%s", "64") in text


def test_programs_get_the_same(scenarios, pseudo):
    for words in ("status", "peers", "config"):
        plain, other = (json.loads(scenarios("online").ctl(*words.split(), "--json", **env).stdout) for env in ({}, pseudo))
        for document in (plain, other):
            for row in document.get("peers", []):
                row["state_reason"] = bool(row.get("state_reason"))
                row.pop("connected_since_s", None), row.pop("last_handshake_s", None)
            document.pop("up_since_s", None)
        assert plain == other


def test_columns_stand_below_each_other(scenarios, pseudo):
    text = scenarios("online").ctl("peers", **pseudo).stdout.splitlines()
    head = next(line for line in text if pseudo_language.word("STATE") in line)
    at = width(head[:head.index(pseudo_language.word("STATE"))])
    for state, name in (("connected", "home"), ("connecting", "attic"), ("refused", "office")):
        row = next(line for line in text if line.startswith(name))
        assert width(row[:row.index(pseudo_language.word(state))]) == at, "\n".join(text)


@pytest.mark.parametrize("language, state, reason, error", [
    ("de", "Zustand", "die Verbindung zum Hub ging verloren", "dieser Rechner gehört zu keinem Netz"),
    ("ko", "상태", "허브와의 연결이 끊겼습니다", "이 컴퓨터는 어떤 네트워크에도 속하지 않습니다")])
def test_languages_there_are(scenarios, speak, language, state, reason, error):
    environment = speak(language)
    text = scenarios("degraded").ctl("status", **environment).stdout
    assert state in text and reason in text
    assert error in scenarios("unconfigured").ctl("up", **environment).stderr
