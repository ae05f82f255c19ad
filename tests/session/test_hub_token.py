# SPDX-License-Identifier: LGPL-2.1-or-later
"""The API token of Cloudflare in a person's keyring: kept once it was taken, and found again."""

import json
import pathlib

from person import Person

TESTS = pathlib.Path(__file__).resolve().parents[1]
SERVE = "import pathlib, sys; from lab.cloudflare import serve_one_account; serve_one_account(pathlib.Path(sys.argv[1]))"
NOT_THERE = 6  # the hub; what was asked before that worked


def make(net):
    """A person, and the Cloudflare that she has an account at."""
    host = net.host("a")
    person = Person(host, "alice")
    served = host.start("cloudflare", "/usr/bin/python3", "-c", SERVE, host.dir / "cloudflare", env={"PYTHONPATH": str(TESTS)})
    return person, json.loads(served.wait_line('"url"'))


def hub(person, cloudflare, *words, token=None):
    command = person.command("bamgatectl", "hub", "status", "--json", *words)
    return person.run("env", f"BAMGATE_CLOUDFLARE_API={cloudflare['url']}", *command, input=token, check=False)


def kept(person):
    return person.kept(["api-token"]).get("api-token")


def test_is_kept_once_cloudflare_took_it(net):
    person, cloudflare = make(net)
    assert hub(person, cloudflare).returncode == 2 and kept(person) is None
    assert hub(person, cloudflare, "--api-token-file", "-", "--keep-api-token", token="x" * 40).returncode == 4
    assert kept(person) is None
    assert hub(person, cloudflare, "--api-token-file", "-", token=cloudflare["token"]).returncode == NOT_THERE
    assert kept(person) is None
    assert hub(person, cloudflare, "--api-token-file", "-", "--keep-api-token", token=cloudflare["token"]).returncode == NOT_THERE
    assert kept(person) == cloudflare["token"]
    done = hub(person, cloudflare)
    assert done.returncode == NOT_THERE and cloudflare["token"] not in done.stdout + done.stderr


def test_a_keyring_that_stays_locked_is_told(net):
    person, cloudflare = make(net)
    hub(person, cloudflare, "--api-token-file", "-", "--keep-api-token", token=cloudflare["token"])
    person.lock()
    done = hub(person, cloudflare)
    assert done.returncode == 1 and "keyring" in done.stdout and cloudflare["token"] not in done.stdout + done.stderr
