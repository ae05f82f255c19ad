# SPDX-License-Identifier: LGPL-2.1-or-later
"""bamgatectl hub as a person at a terminal meets it."""

import pytest

from deploying import Person
from lab.cloudflare import Cloudflare, Fault
from lab.terminal import CTRL_C, CTRL_D, Terminal


@pytest.fixture
def cloudflare(tmp_path, workerd):
    with Cloudflare(tmp_path / "cloudflare") as made:
        yield made


@pytest.fixture
def person(tmp_path, cloudflare):
    return Person(tmp_path, cloudflare)


@pytest.fixture
def sit(person):
    """A terminal at which the person says bamgatectl hub VERB."""
    opened = []

    def begin(verb, *words, asks=False):
        argv = person.argv(verb, *words)
        if asks:
            argv = [word for word in argv if word not in ("--api-token-file", person.api_token_file)]
        opened.append(Terminal([str(word) for word in argv], person.environment(), columns=120))
        return opened[-1]

    yield begin
    for screen in opened:
        screen.close()


def test_the_api_token_is_asked_and_not_shown(person, sit):
    screen = sit("deploy", asks=True)
    screen.until("Account Settings: Read")
    screen.answer("API token:", person.api_token)
    screen.until("The first machine of the network")
    assert screen.end() == 0 and person.api_token not in screen.text() and person.script()
    assert "keyring" not in screen.text()  # there is none in this session


def test_no_api_token_is_given(person, sit):
    screen = sit("deploy", asks=True)
    screen.until("API token:")
    screen.type(CTRL_C)
    assert screen.end() == -2 and person.cloudflare.calls == []


def test_the_account_is_asked(person, cloudflare, sit):
    other = cloudflare.add_account("Company", subdomain="company")
    cloudflare.tokens[person.api_token].accounts.append(other)
    screen = sit("deploy")
    screen.until(f"2  Company ({other})")
    screen.answer("Number [1]:", "2")
    screen.until("https://bamgate.company.workers.dev")
    assert screen.end() == 0 and "bamgate" in cloudflare.accounts[other].scripts and not person.script()


def test_what_is_waited_for_is_said(person, sit):
    person.cloudflare.edge_lag = 2
    screen = sit("deploy")
    screen.until("Waiting for the hub to answer…")
    assert screen.end() == 0 and "…" not in screen.text()


def test_ctrl_c_leaves_what_the_next_one_finds_done(person, sit):
    person.cloudflare.edge_lag = 1000
    screen = sit("deploy")
    screen.until("Waiting for the hub to answer…")
    screen.type(CTRL_C)
    screen.until("Say the same again")
    assert screen.end() == -2
    person.cloudflare.edge_lag = 0
    assert person.done("deploy")["done"] == "nothing" and person.script().versions == 1


def test_a_wait_that_cloudflare_asks_for_is_explained(person, sit):
    person.cloudflare.faults = [Fault("GET", "/accounts", "before", 429, headers={"Retry_After": "2"})]
    screen = sit("deploy")
    screen.until("(Cloudflare has had too many requests, and is given time)")
    assert screen.end() == 0


@pytest.mark.parametrize("answer", ["", "yes", "Bamgate", "<", CTRL_C, CTRL_D])
def test_another_word_than_the_name_removes_nothing(person, sit, answer):
    person.done("deploy")
    screen = sit("remove")
    screen.until("This removes the Worker “bamgate” of the account “Personal”")
    if answer in (CTRL_C, CTRL_D):
        screen.until("Type “bamgate” to remove it:")
        screen.type(answer)
    else:
        screen.answer("Type “bamgate” to remove it:", answer)
    if answer == "":
        screen.answer("Type “bamgate” to remove it:", "no")
    screen.until("nothing was removed")
    assert screen.end() == 1 and person.script()


def test_its_name_removes_it(person, sit):
    person.done("deploy")
    screen = sit("remove")
    screen.answer("Type “bamgate” to remove it:", "bamgate")
    screen.until("is gone")
    assert screen.end() == 0 and not person.script()
