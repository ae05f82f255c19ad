# SPDX-License-Identifier: LGPL-2.1-or-later
"""Invites that are open: who lists them, who cancels one (docs/devices.md, Invites)."""

import re
import time

import pytest

from device_client import call, invited, new_key, owner, register
from hub_process import redeem, wait_for_seconds

PLAIN = ("--plain", "--listen", "127.0.0.1:0")
OVER = (404, {"error": "invalid or expired invite code"})


def listed(device):
    answer = device.call("GET", "/auth/invites")
    assert answer.status == 200, answer.text
    return answer["invites"]


def cancel(device, invite):
    return device.call("DELETE", f"/auth/invites/{invite}")


def test_open_invites_are_listed_without_their_codes(hub):
    first = owner(hub)
    assert listed(first) == []
    before = int(time.time())
    codes = [hub.new_invite() for _ in range(2)]
    invites = listed(first)
    assert len(invites) == 2 and invites[0]["invite_id"] != invites[1]["invite_id"]
    for invite in invites:
        assert re.fullmatch("[0-9a-f]{16}", invite["invite_id"]) and invite["signing_key"] == ""
        assert before <= invite["created_at"] <= time.time() and invite["expires_at"] == invite["created_at"] + 600
    text = first.call("GET", "/auth/invites").text
    assert not any(code in text or code.replace("-", "") in text for code in codes)
    assert redeem(hub, codes[0])[0] == 200
    assert [invite["invite_id"] for invite in listed(first)] == [invites[1]["invite_id"]]


def test_key_that_an_invite_was_made_with_is_listed(hub):
    first, key = owner(hub), new_key()
    assert hub.request("POST", "/invite", hub.token, headers={"Bamgate-Invite-Key": key})[0] == 200
    assert [invite["signing_key"] for invite in listed(first)] == [key]
    assert hub.request("POST", "/invite", hub.token, headers={"Bamgate-Invite-Key": "no key"})[0] == 400
    assert len(listed(first)) == 1


def test_who_made_a_code_is_listed(hub):
    """Under the name of now; nobody's where it was made by the token, and without a name where the device is no more."""
    first = owner(hub)
    second = invited(hub, "second", first)
    hub.new_invite()
    for device in (first, second):
        assert device.call("POST", "/invite").status == 200
    assert [(invite["made_by"], invite["made_by_name"]) for invite in listed(first)] == [
        ("", ""), (first.id, "first"), (second.id, "second")]
    assert first.call("PATCH", f"/auth/devices/{second.id}", {"device_name": "other"}).status == 200
    assert listed(first)[2]["made_by_name"] == "other"


def test_cancelled_code_is_good_for_nothing(hub):
    first, code = owner(hub), hub.new_invite()
    [invite] = listed(first)
    assert (cancel(first, invite["invite_id"]).status, listed(first)) == (200, [])
    assert redeem(hub, code) == OVER
    assert register(hub, "second", code=code).status == 404
    again = cancel(first, invite["invite_id"])
    assert (again.status, again["state"]) == (200, "cancelled")


def test_invite_that_was_used_stays_used(hub):
    first, code, key = owner(hub), hub.new_invite(), new_key()
    [invite] = listed(first)
    device = register(hub, "second", key, code)
    answer = cancel(first, invite["invite_id"])
    assert device.status == 200 and (answer.status, answer["state"]) == (200, "used")
    assert register(hub, "second", key, code)["device_id"] == device["device_id"]


def test_invite_that_expired_is_over(start_hub):
    hub = start_hub(*PLAIN, "--invite-lifetime", "3")
    first = owner(hub)
    hub.new_invite()
    [invite] = listed(first)
    wait_for_seconds(3.1)  # the passing of these seconds is what is tested
    assert listed(first) == []
    assert cancel(first, invite["invite_id"])["state"] == "expired"


@pytest.mark.parametrize("invite", ["0" * 16, "0", "AAAA-BBBB"])
def test_invite_that_there_is_not(hub, invite):
    assert cancel(owner(hub), invite).status == 404


def test_code_is_no_name_for_cancelling(hub):
    first, code = owner(hub), hub.new_invite()
    assert cancel(first, code).status == 404 and len(listed(first)) == 1


def test_owners_alone_list_and_cancel(hub):
    first = owner(hub)
    second = invited(hub, "second", first)
    hub.new_invite()
    [invite] = listed(first)
    assert second.call("GET", "/auth/invites").status == cancel(second, invite["invite_id"]).status == 403
    for token in None, hub.token:
        for method, path in (("GET", "/auth/invites"), ("DELETE", f"/auth/invites/{invite['invite_id']}")):
            assert call(hub, method, path, token=token).status in (401, 403)
    assert len(listed(first)) == 1


def test_cancelled_is_cancelled_after_a_restart(start_hub):
    hub = start_hub(*PLAIN)
    first, code, key = owner(hub), hub.new_invite(), new_key()
    hub.request("POST", "/invite", hub.token, headers={"Bamgate-Invite-Key": key})
    gone, stays = listed(first)
    assert cancel(first, gone["invite_id"]).status == 200
    hub.stop()
    hub = start_hub(*PLAIN)
    first.hub = hub
    assert listed(first) == [stays] and stays["signing_key"] == key
    assert redeem(hub, code) == OVER
