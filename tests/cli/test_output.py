# SPDX-License-Identifier: LGPL-2.1-or-later
"""What bamgatectl prints, word for word, against the files in expected/.

Made anew by: BAMGATE_REGENERATE=1 python3 -m pytest tests/cli/test_output.py
"""
import os
import pathlib
import re
import shlex

import pytest

EXPECTED = pathlib.Path(__file__).parent / "expected"

COMMANDS = "setup join leave import invite up down status doctor report peers exit ping monitor config access reload secrets agent genkey pubkey genpsk version".split()

CASES = {
    "status": ("online", ""),
    "status-json": ("online", "--json"),
    "status-alone": ("alone", "status"),
    "status-degraded": ("degraded", "status"),
    "status-managed": ("managed", "status"),
    "status-managed-json": ("managed", "status --json"),
    "status-lent": ("lent", "status"),
    "status-off": ("off", "status"),
    "status-unconfigured": ("unconfigured", "status"),
    "status-unconfigured-json": ("unconfigured", "status --json"),
    "status-hostile": ("hostile", "status"),
    "status-hostile-json": ("hostile", "status --json"),
    "status-pending": ("pending", "status"),
    "status-pending-json": ("pending", "status --json"),
    "config-pending": ("pending", "config"),
    "config-pending-json": ("pending", "config list --json"),
    "config-set-pending": ("pending", "config set device.interface=bg1"),
    "config-set-pending-json": ("pending", "config set device.interface=bg1 --json"),
    "reload": ("online", "reload"),
    "reload-pending": ("pending", "reload"),
    "exit": ("exit", "exit"),
    "exit-json": ("exit", "exit --json"),
    "exit-lent": ("exit-lent", "exit"),
    "exit-lent-json": ("exit-lent", "exit --json"),
    "exit-none": ("online", "exit"),
    "exit-lost": ("exit-lost", "exit"),
    "exit-list": ("exit", "exit list"),
    "exit-list-json": ("exit", "exit list --json"),
    "exit-list-off": ("off", "exit list"),
    "exit-list-none": ("online", "exit list"),
    "exit-set": ("exit-unset", "exit set home --lan=yes"),
    "exit-set-none": ("exit", "exit set none"),
    "exit-set-nobody": ("online", "exit set nobody"),
    "exit-set-mistyped": ("online", "exit set hmoe"),
    "exit-set-odd": ("online", "exit set home --strict=maybe"),
    "exit-nonsense": ("online", "exit stage left"),
    "status-exit": ("exit", "status"),
    "status-untold": ("untold", "status"),
    "status-in-hosts": ("in-hosts", "status"),
    "status-exit-lost": ("exit-lost", "status"),
    "peers": ("online", "peers"),
    "peers-json": ("online", "peers list --json"),
    "peers-none": ("alone", "peers"),
    "peers-off": ("off", "peers"),
    "peers-off-json": ("off", "peers --json"),
    "peers-show-off": ("off", "peers show home"),
    "peers-show": ("online", "peers show home"),
    "peers-show-json": ("online", "peers show 10.0.0.3 --json"),
    "peers-show-idle": ("online", "peers show attic"),
    "peers-show-nobody": ("online", "peers show nobody"),
    "peers-reconnect": ("online", "peers reconnect home"),
    "peers-set": ("online", "peers set home --accept-all"),
    "peers-set-json": ("online", "peers set home --accept-none --json"),
    "peers-set-unseen": ("online", "peers set shed --accept-all"),
    "peers-set-off": ("off", "peers set shed --accept-all"),
    "peers-set-nothing": ("online", "peers set home"),
    "peers-set-both": ("online", "peers set home --accept-all --accept-route=10.0.0.0/8"),
    "peers-set-elsewhere": ("online", "peers show home --accept-all"),
    "peers-set-static": ("static", "peers set office --accept-all"),
    "peers-set-denied": ("denied", "peers set home --accept-all"),
    "peers-forget-nobody": ("online", "peers forget nobody"),
    "peers-forget-denied": ("denied", "peers forget home"),
    "peers-nonsense": ("online", "peers dance"),
    "peers-forget-down": ("off", "peers forget shed"),
    "import": ("alone", "import -"),
    "import-json": ("alone", "import - --json"),
    "import-no-up": ("alone", "import - --no-up"),
    "import-nothing": ("alone", "import"),
    "import-no-file": ("alone", "import /nonexistent/wg0.conf"),
    "import-denied": ("denied", "import -"),
    "leave": ("online", "leave"),
    "leave-yes": ("alone", "leave --yes"),
    "leave-yes-json": ("alone", "leave --yes --json"),
    "leave-static": ("static", "leave -y"),
    "leave-hub": ("hub", "leave --yes"),
    "leave-hub-keep": ("hub", "leave --yes --keep-hub"),
    "leave-hub-remove": ("hub", "leave --yes --remove-hub"),
    "leave-hub-remove-json": ("hub", "leave --yes --remove-hub --json"),
    "leave-hub-both": ("hub", "leave --yes --keep-hub --remove-hub"),
    "leave-unconfigured": ("unconfigured", "leave --yes"),
    "leave-denied": ("denied", "leave --yes"),
    "ping": ("online", "ping home -c 2 -i 1"),
    "ping-address": ("online", "ping 10.0.0.3 -c 1"),
    "ping-json": ("online", "ping home -c 2 -i 1 --json"),
    "ping-no-answer": ("online", "ping attic -c 2 -i 1"),
    "ping-no-answer-json": ("online", "ping attic -c 1 --json"),
    "ping-nobody-json": ("online", "ping nobody --json"),
    "ping-nobody": ("online", "ping nobody"),
    "ping-zero": ("online", "ping home -c 0"),
    "up": ("off", "up"),
    "up-json": ("alone", "up --json"),
    "up-unconfigured-json": ("unconfigured", "up --json"),
    "up-unconfigured": ("unconfigured", "up"),
    "up-denied": ("denied", "up"),
    "up-words": ("online", "up now"),
    "down-denied": ("denied", "down"),
    "invite": ("online", "invite"),
    "invite-json": ("online", "invite --json"),
    "invite-unconfigured": ("unconfigured", "invite"),
    "invite-denied": ("denied", "invite"),
    "join": ("alone", "join ABCD-EFGH 'https://hub.example.net:8443#sha256=cGlu'"),
    "join-json": ("alone", "join ABCD-EFGH --json"),
    "join-dead": ("alone", "join DEAD-CODE"),
    "join-slow": ("alone", "join SLOW-CODE"),
    "join-nothing": ("alone", "join"),
    "setup-host": ("alone", "setup --host"),
    "setup-host-json": ("alone", "setup --host --json"),
    "setup-no-up": ("alone", "setup --host --no-up"),
    "setup-nothing": ("alone", "setup"),
    "setup-both": ("alone", "setup --host --server https://x"),
    "setup-listen": ("alone", "setup --server https://x --listen 0.0.0.0:1"),
    "setup-taken": ("alone", "setup --host --name taken"),
    "setup-denied-json": ("denied", "setup --host --json"),
    "setup-denied": ("denied", "setup --host"),
    "setup-no-token-file": ("alone", "setup --server https://x --token-file /nonexistent/token"),
    "config": ("online", "config"),
    "config-json": ("online", "config list --json"),
    "config-get": ("online", "config get device.routes"),
    "config-get-json": ("online", "config get device.mtu --json"),
    "config-get-unknown": ("online", "config get device.colour"),
    "config-set-unknown": ("online", "config set device.colour=red"),
    "config-set": ("online", "config set device.mtu=1400"),
    "config-set-json": ("online", "config set device.mtu=1400 --json"),
    "config-set-unknown-json": ("online", "config set device.colour=red --json"),
    "config-set-no-assignment": ("online", "config set device.mtu"),
    "config-set-denied": ("denied", "config set device.mtu=1400"),
    "config-nonsense": ("online", "config get"),
    "access": ("online", "access"),
    "access-json": ("online", "access --json"),
    "version": ("online", "version"),
    "version-json": ("online", "--version --json"),
    "unknown-command": ("online", "frobnicate"),
    "unknown-option-json": ("online", "status --json --frobnicate"),
    "unknown-option": ("online", "status --frobnicate"),
    "help": ("online", "--help"),
    "monitor": ("degraded", "monitor -n 2"),
    "monitor-json": ("degraded", "monitor --events=2 --json"),
    "monitor-hostile": ("hostile", "monitor -n 3"),
} | {f"help-{name}": ("online", f"{name} --help") for name in COMMANDS}


def steady(text):
    text = re.sub(r"\d\d:\d\d:\d\d", "HH:MM:SS", text)
    text = re.sub(r"\d+ min \d+ s", "M min S s", text)
    text = re.sub(r"\d{4}-\d\d-\d\d HH", "YYYY-MM-DD HH", text)
    return re.sub(r'("(?:time|up_since|last_handshake|connected_since|since|first_seen)_us" ?: ?)\d+', r"\1TIME", text)


def transcript(line, result):
    return steady(f"$ bamgatectl {line}\n{result.stdout}--- standard error\n{result.stderr}--- exit {result.returncode}\n")


@pytest.mark.parametrize("name", CASES)
def test_output(scenarios, name):
    scenario, line = CASES[name]
    got = transcript(line, scenarios(scenario).ctl(*shlex.split(line)))
    file = EXPECTED / f"{name}.txt"
    if os.environ.get("BAMGATE_REGENERATE"):
        file.write_text(got)
    assert got == file.read_text()


def test_no_file_without_a_case():
    assert {file.stem for file in EXPECTED.glob("*.txt")} == set(CASES)
