# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is promised to one device is not promised to another."""

import concurrent.futures

import pytest

from hub_process import KEY_A, KEY_B, ask, key, redeem, run

PLAIN = ("--plain", "--listen", "127.0.0.1:0")


def test_two_that_ask_at_once_get_two_addresses(hub):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        addresses = list(pool.map(lambda _: ask(hub), range(8)))
    assert sorted(addresses) == [f"10.0.0.{i}/24" for i in range(1, 9)]


def test_who_asks_again_gets_its_own(hub):
    assert [ask(hub, KEY_A), ask(hub, KEY_B), ask(hub, KEY_A)] == ["10.0.0.1/24", "10.0.0.2/24", "10.0.0.1/24"]

    async def scene():
        await hub.join("alpha", KEY_A, address="10.0.0.1/24")

    run(scene())
    assert ask(hub, KEY_A) == "10.0.0.1/24"


def test_code_is_redeemed_again_by_the_same_key(hub):
    code = hub.new_invite()
    first = redeem(hub, code, KEY_A)
    assert first[0] == 200 and first[1]["address"] == "10.0.0.1/24"
    assert redeem(hub, code, KEY_A) == first
    for other in [KEY_B, None]:
        assert redeem(hub, code, other) == (404, {"error": "invalid or expired invite code"})
    assert ask(hub, KEY_A) == "10.0.0.1/24"


@pytest.mark.parametrize("path", ["/network-info", "/invite/AAAA-AAAA"])
@pytest.mark.parametrize("text", ["", "rubbish", KEY_A[:-1], KEY_A + "A"])
def test_what_is_no_key_is_refused(hub, path, text):
    assert hub.get_json("GET", path, hub.token, key(text))[0] == 400


def test_grant_survives_a_kill(start_hub):
    hub = start_hub(*PLAIN)
    code = hub.new_invite()
    grant = redeem(hub, code, KEY_A)
    hub.kill()
    again = start_hub(*PLAIN)
    assert ask(again, KEY_B) == "10.0.0.2/24"
    assert redeem(again, code, KEY_A)[1]["address"] == grant[1]["address"]


def test_address_in_use_is_never_given_away(hub):
    async def scene():
        alpha = await hub.join("alpha", "a key that nobody can record", address="10.0.0.1/24")
        assert ask(hub) == "10.0.0.2/24"
        await alpha.close()

    run(scene())
