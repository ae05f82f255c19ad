# SPDX-License-Identifier: LGPL-2.1-or-later
"""bamgatectl hub deploy, status, update and remove, against a Cloudflare of this machine that runs what it is given."""

import asyncio
import email.message
import json
import re
import stat
import subprocess

import pytest

from deploying import Person, version_here, worker_before, worker_of
from device_client import new_key
from hub_process import join_two, redeem, run
from lab.cloudflare import EDIT, GO_ON, READ, Cloudflare, Fault
from lab.workerd import folder

NAME = "bamgate.example.workers.dev"
SCRIPTS = r"/accounts/\w+/workers/scripts"
SCRIPT = SCRIPTS + "/bamgate"
CALLS_OF_DEPLOY = [("GET", "/accounts"), ("GET", r"/accounts/\w+/workers/subdomain"), ("GET", SCRIPTS), ("PUT", SCRIPT),
                   ("POST", SCRIPT + "/subdomain")]
CALLS_OF_UPDATE = [("GET", SCRIPTS), ("GET", SCRIPT + "/settings"), ("GET", SCRIPT + "/subdomain"), ("PUT", SCRIPT)]


@pytest.fixture
def cloudflare(tmp_path, workerd):
    with Cloudflare(tmp_path / "cloudflare") as made:
        yield made


@pytest.fixture
def person(tmp_path, cloudflare):
    return Person(tmp_path, cloudflare)


def is_whole(person):
    """One hub that answers, and whose token is the one in the file."""
    assert list(person.cloudflare.accounts[person.account].scripts) == ["bamgate"]
    assert person.secret() == person.token_file().read_text().strip()
    status, said = person.deployed().get_json("GET", "/status", person.secret())
    assert (status, said["status"], said["version"]) == (200, "ok", version_here())
    return True


def meet(person):
    async def scene():
        await join_two(person.deployed())

    run(scene())


# --- Once through ---

def test_what_is_deployed_is_a_hub(person):
    said = person.done("deploy")
    assert is_whole(person) and said["token_accepted"] and said["answers"]
    assert (said["done"], said["name"], said["account"], said["url"]) == ("deployed", "bamgate", "Personal", f"https://{NAME}")
    assert said["setup_command"] == f"bamgatectl setup --server https://{NAME} --token-file {person.token_file()}"
    assert stat.S_IMODE(person.token_file().stat().st_mode) == 0o600
    meet(person)
    upload = person.script().upload
    assert (upload.tag, upload.classes) == ("v2", {"SignalingRoom": "sqlite", "Relay": "sqlite"})
    assert set(upload.bindings) == {"SIGNALING_ROOM", "RELAY_OBJECT", "VERSION", "AUTH_TOKEN"}


def test_no_secret_is_said(person):
    turn_secret = person.directory / "turn-secret"
    turn_secret.write_text("t" * 40)
    results = [person.hub("deploy", "--turn-secret-file", turn_secret), person.hub("deploy", "--json"), person.hub("status"),
               person.hub("update", "--force"), person.hub("remove", "--yes")]
    for result in results:
        assert result.returncode == 0, result.stderr
        for secret in (person.api_token, "t" * 40, "bg_"):
            assert secret not in result.stdout + result.stderr
    assert "bamgatectl setup --server" in results[0].stdout


def test_again_it_changes_nothing(person):
    person.done("deploy")
    for verb in ("deploy", "update"):
        person.cloudflare.calls.clear()
        assert person.done(verb)["done"] == "nothing"
        assert {method for method, _ in person.cloudflare.calls} == {"GET"}
    assert person.script().versions == 1 and is_whole(person)


def test_status(person):
    code, error = person.failed("status")
    assert (code, error["code"]) == (6, "not-found") and "hub deploy" in error["message"]
    person.done("deploy")

    async def with_two():
        await join_two(person.deployed())
        return person.done("status")

    said = run(with_two())
    assert said["members"] == 2 and said["answers"] and said["public"] and said["has_token"] and said["token_accepted"]
    assert said["version"] == said["available_version"] == version_here()
    person.token_file().unlink()
    said = person.done("status")
    assert said["answers"] and not said["token_accepted"] and "members" not in said


def test_remove(person):
    person.done("deploy")
    assert person.hub("remove").returncode == 2 and person.script()
    assert person.done("remove", "--yes")["done"] == "removed"
    assert not person.script() and not person.token_file().exists()
    assert person.done("remove", "--yes")["done"] == "nothing"
    assert person.done("deploy")["done"] == "deployed" and is_whole(person)


def test_a_name_of_its_own(person):
    said = person.done("deploy", "--name", "office")
    assert said["url"] == "https://office.example.workers.dev" and person.script("office") and not person.script()
    for name in ("Office", "-office", "a.b", "../x", "", "x" * 64):
        code, error = person.failed("deploy", "--name", name)
        assert (code, error["code"]) == (2, "usage")


# --- Versions ---

def test_an_older_one_is_updated_and_loses_nothing(person, tmp_path):
    turn_secret = tmp_path / "turn-secret"
    turn_secret.write_text("t" * 40)
    older = worker_of(tmp_path, "0.0.9")
    person.done("deploy", "--set", "SUBNET=10.77.0.0/24", "--turn-secret-file", turn_secret, worker=older)
    token = person.secret()
    status, grant = redeem(person.deployed(), person.deployed().new_invite())
    assert status == 200 and grant["subnet"] == "10.77.0.0/24"

    code, error = person.failed("deploy")
    assert code == 1 and "hub update" in error["message"] and person.script().versions == 1
    assert person.done("status")["version"] == "0.0.9"
    assert person.done("update")["done"] == "updated"
    assert is_whole(person) and person.secret() == token and person.secret("TURN_SECRET") == "t" * 40
    assert person.script().upload.bindings["SUBNET"]["text"] == "10.77.0.0/24"
    status, info = person.deployed().get_json("GET", "/network-info", token)
    assert info["subnet"] == "10.77.0.0/24" and info["next_address"] != grant["address"]


LINES = 60


def test_an_update_cuts_every_line_once_and_all_come_back(person, tmp_path):
    """A deploy ends the object that holds the sockets, and what it knew of the room with it."""
    names = {f"device-{number:02}": new_key() for number in range(LINES)}
    person.done("deploy", worker=worker_of(tmp_path, "0.0.9"))
    hub = person.deployed()

    async def join_all():
        lines = [await hub.join(name, key) for name, key in names.items()]
        assert {peer["peerId"] for peer in lines[-1].first["peers"]} == set(names) - {lines[-1].name}
        return lines

    async def scene():
        lines = await join_all()
        await asyncio.to_thread(person.done, "update")
        await asyncio.gather(*(line.closed() for line in lines))
        for line in await join_all():
            await line.close()

    run(scene())
    assert is_whole(person)


def test_an_older_worker_beside_the_rows_of_a_newer_touches_none(person, tmp_path):
    """As long as a deploy takes, or by --force: the object's rows are of this version, and its code is not."""
    person.done("deploy")
    code = person.deployed().new_invite()
    person.done("update", "--force", worker=worker_before(tmp_path))
    status, _, body = person.deployed().request("GET", "/network-info", person.secret())
    assert status == 500 and "newer Worker" in body
    assert person.deployed().request("POST", "/invite", person.secret())[0] == 500
    person.done("update", "--force")
    assert redeem(person.deployed(), code)[0] == 200 and is_whole(person)


def test_a_newer_one_is_left_alone(person, tmp_path):
    person.done("deploy", worker=worker_of(tmp_path, "99.0"))
    for verb in ("deploy", "update"):
        code, error = person.failed(verb)
        assert code == 1 and "99.0" in error["message"] and "--force" in error["message"]
    assert person.script().versions == 1
    assert person.done("update", "--force")["done"] == "updated" and is_whole(person)


def test_update_of_none(person):
    code, error = person.failed("update", "--force")
    assert (code, error["code"]) == (6, "not-found") and person.script() is None


def put_foreign(person, metadata, source="export default { fetch() { return new Response('mine'); } };"):
    """Somebody else's Worker, as wrangler would have put it there."""
    whole = {"main_module": "index.js", "compatibility_date": "2026-01-01"} | metadata
    parts = [("metadata", "metadata.json", "application/json", json.dumps(whole)),
             ("index.js", "index.js", "application/javascript+module", source)]
    body = "".join(f'--x\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\nContent-Type: {kind}\r\n\r\n{text}\r\n'
                   for name, file, kind, text in parts) + "--x--\r\n"
    headers = email.message.Message()
    headers["Content-Type"] = "multipart/form-data; boundary=x"
    person.cloudflare.put(person.account, "bamgate", {}, headers, body.encode())


def test_a_worker_of_another_program_is_not_replaced(person):
    put_foreign(person, {})
    for verb in ("deploy", "update", "remove"):
        code, error = person.failed(verb, *(["--yes"] if verb == "remove" else []))
        assert code == 1 and "--force" in error["message"]
    assert person.script().versions == 1
    assert person.done("deploy", "--force")["done"] == "updated" and is_whole(person)


GO_WORKER = """import { DurableObject } from "cloudflare:workers";
export class SignalingRoom extends DurableObject {}
export default { fetch() { return new Response("go"); } };"""


def test_the_go_programs_worker_keeps_its_token_and_storage(person):
    put_foreign(person, {
        "bindings": [{"type": "durable_object_namespace", "name": "SIGNALING_ROOM", "class_name": "SignalingRoom"},
                     {"type": "plain_text", "name": "AUTH_TOKEN", "text": "bg_" + "a" * 48},
                     {"type": "plain_text", "name": "TURN_SECRET", "text": "bg_" + "b" * 48}],
        "migrations": {"new_tag": "v1", "new_sqlite_classes": ["SignalingRoom"]}}, GO_WORKER)
    said = person.done("deploy", "--force")
    assert said["done"] == "updated" and not person.token_file().exists()
    assert person.secret() == "bg_" + "a" * 48 and person.secret("TURN_SECRET") == "bg_" + "b" * 48
    assert person.script().upload.tag == "v2"


def test_storage_of_another_program_is_not_touched(person):
    put_foreign(person, {"migrations": {"new_tag": "other", "new_classes": ["SignalingRoom"]}}, GO_WORKER)
    code, error = person.failed("deploy", "--force")
    assert code == 1 and "other" in error["message"] and "--name" in error["message"] and person.script().versions == 1


# --- What goes wrong, and is gone on with ---

def ends_well(person, verb):
    return person.done(verb)["done"] in ("deployed", "updated", "nothing") and is_whole(person)


@pytest.mark.parametrize("what", [500, "drop"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", CALLS_OF_DEPLOY, ids=lambda call: call[0] + call[1].rpartition("/")[2])
def test_a_fault_in_the_middle_is_got_over(person, call, when, what):
    person.cloudflare.faults = [fault := Fault(*call, when, what)]
    assert ends_well(person, "deploy") and fault.times == 0
    assert person.script().versions == 1


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", CALLS_OF_DEPLOY, ids=lambda call: call[0] + call[1].rpartition("/")[2])
def test_killed_in_the_middle_it_is_gone_on_with(person, call, when):
    person.cloudflare.faults = [Fault(*call, when, lambda: process.kill())]
    process = person.start("deploy")
    assert process.communicate(timeout=60)[0] == "" and process.returncode == -9
    token = person.token_file().read_text() if person.token_file().exists() else None
    assert ends_well(person, "deploy") and person.script().versions == 1
    assert token in (None, person.token_file().read_text())


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", CALLS_OF_UPDATE, ids=lambda call: call[0] + call[1].rpartition("/")[2])
def test_killed_in_the_middle_of_an_update(person, tmp_path, call, when):
    person.done("deploy", worker=worker_of(tmp_path, "0.0.9"))
    person.cloudflare.faults = [Fault(*call, when, lambda: process.kill())]
    process = person.start("update")
    process.communicate(timeout=60)
    assert process.returncode == -9 and ends_well(person, "update") and person.script().versions == 2


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_while_it_removes(person, when):
    person.done("deploy")
    person.cloudflare.faults = [Fault("DELETE", SCRIPT, when, lambda: process.kill())]
    process = person.start("remove", "--yes")
    process.communicate(timeout=60)
    assert process.returncode == -9
    assert person.done("remove", "--yes")["done"] == ("removed" if when == "before" else "nothing")
    assert not person.script() and not person.token_file().exists()


def test_faults_that_do_not_end_are_told(person):
    person.cloudflare.faults = [Fault("GET", "/accounts", "before", 502, times=99)]
    code, error = person.failed("deploy")
    assert (code, error["code"]) == (1, "unreachable") and person.cloudflare.faults[0].times == 99 - 4


def test_too_many_requests_wait_as_long_as_they_are_told(person):
    person.cloudflare.faults = [fault := Fault("PUT", SCRIPT, "before", 429, times=2, headers={"Retry_After": "1"})]
    assert ends_well(person, "deploy") and fault.times == 0
    person.cloudflare.faults = [Fault("GET", "/accounts", "before", 429, headers={"Retry_After": "3600"})]
    code, error = person.failed("deploy")
    assert (code, error["code"]) == (1, "busy")


def test_somebody_else_was_faster(person, tmp_path):
    """The migration that was looked at is not the last any more when the upload comes."""
    def another():
        manifest = {"migrations": {"new_tag": "v1", "new_sqlite_classes": ["SignalingRoom"]},
                    "bindings": [{"type": "plain_text", "name": "VERSION", "text": "0.0.1"}]}
        put_foreign(person, manifest, GO_WORKER)
        return GO_ON

    person.cloudflare.faults = [Fault("PUT", SCRIPT, "before", another)]
    code, error = person.failed("deploy")
    assert code == 1 and "hub update" in error["message"] and "0.0.1" in error["message"]
    assert ends_well(person, "update") and person.script().upload.tag == "v2"


def test_a_name_that_is_not_known_at_once(person):
    person.cloudflare.edge_lag = 2
    assert ends_well(person, "deploy")


def test_a_setting_that_the_worker_refuses_is_told(person):
    code, error = person.failed("deploy", "--set", "MAX_PEERS=many", "--set", "RELAY=no")
    assert code == 1 and "MAX_PEERS must be a whole number" in error["message"]
    assert person.done("update", "--set", "MAX_PEERS=8")["done"] == "updated" and is_whole(person)
    assert person.script().upload.bindings["RELAY"]["text"] == "no"


# --- Tokens and accounts ---

def test_an_api_token_that_is_unknown_or_may_not(person):
    code, error = person.failed("deploy", api_token_file="-", input="x" * 40)
    assert (code, error["code"]) == (4, "not-authorized") and "does not know" in error["message"]
    token = person.cloudflare.tokens[person.api_token]
    token.rights = {READ}
    code, error = person.failed("deploy")
    assert code == 4 and "is good" in error["message"] and EDIT in error["message"]
    token.rights, token.status = {EDIT, READ}, "expired"
    code, error = person.failed("deploy")
    assert code == 4 and "expired" in error["message"]
    for text in ("short", "two words of a text file", "x" * 20 + "\x01"):
        code, error = person.failed("deploy", api_token_file="-", input=text)
        assert code == 4 and text not in error["message"]


def test_an_account_that_cannot_be_listed_is_named_by_its_id(person):
    person.cloudflare.tokens[person.api_token].rights = {EDIT}
    code, error = person.failed("deploy")
    assert code == 4 and "--account ID" in error["message"]
    assert person.done("deploy", "--account", person.account)["account_id"] == person.account


def test_a_token_that_belongs_to_the_account(person):
    person.cloudflare.tokens[person.api_token].owner = person.account
    person.cloudflare.tokens[person.api_token].rights = {READ}
    code, error = person.failed("deploy")
    assert code == 4 and "is good" in error["message"]


def test_of_several_accounts_one_is_said(person, cloudflare):
    others = [cloudflare.add_account(f"Other {n}") for n in range(60)]
    twice = [cloudflare.add_account("Twice"), cloudflare.add_account("Twice")]
    cloudflare.tokens[person.api_token].accounts = [person.account, *others, *twice]
    code, error = person.failed("deploy")
    assert (code, error["code"]) == (2, "usage") and others[-1] in error["message"] and "--account" in error["message"]
    assert person.failed("deploy", "--account", "Twice")[0] == person.failed("deploy", "--account", "None")[0] == 2
    said = person.done("deploy", "--account", "Other 59")
    assert said["account_id"] == others[59] and "bamgate" in cloudflare.accounts[others[59]].scripts


def test_no_subdomain_is_explained(person):
    person.cloudflare.accounts[person.account].subdomain = ""
    code, error = person.failed("deploy")
    assert (code, error["code"]) == (1, "no-subdomain") and f"https://dash.cloudflare.com/{person.account}/" in error["message"]
    assert person.script() is None and person.done("remove", "--yes")["done"] == "nothing"


def test_a_subdomain_that_is_none_gets_no_token(person):
    person.cloudflare.accounts[person.account].subdomain = "evil.example/"
    code, error = person.failed("deploy")
    assert (code, error["code"]) == (1, "cloudflare") and not person.token_file().exists()


def test_the_networks_token_comes_from_a_file(person, tmp_path):
    mine = tmp_path / "mine"
    mine.write_text("a-token-of-somebody\n")
    assert person.done("deploy", "--token-file", mine)["token_file"] == str(mine)
    assert person.secret() == "a-token-of-somebody" and not person.token_file().exists()
    other = tmp_path / "other"
    other.write_text("another-token-than-that")
    code, error = person.failed("deploy", "--token-file", other)
    assert code == 1 and "another token" in error["message"] and person.secret() == "a-token-of-somebody"
    assert person.failed("deploy", "--token-file", "-", input="short")[0] == 1
    assert person.done("remove", "--yes", "--token-file", mine)["done"] == "removed" and mine.exists()


def test_a_token_that_cannot_be_kept_is_not_deployed(person):
    (person.home / ".local").write_text("in the way")
    assert person.failed("deploy")[0] == 1
    assert person.script() is None


def test_where_the_token_opens_nothing_no_line_with_it_is_printed(person):
    assert "setup_command" not in person.done("deploy", "--set", "SHARED_TOKEN=no")
    assert "setup_command" not in person.done("deploy")
    assert "setup_command" not in person.done("update", "--set", "SHARED_TOKEN=yes")
    assert "setup_command" in person.done("deploy")


# --- What it may be told ---

@pytest.mark.parametrize("words", [["--yes"], ["--set", "SUBNET"], ["--set", "AUTH_TOKEN=x"], ["--set", "PATH=x"],
                                   ["--token-file", "-", "--turn-secret-file", "-"]], ids=" ".join)
def test_words_that_do_not_fit(person, words):
    assert person.failed("deploy", *words)[0] == 2 and person.cloudflare.calls == []


@pytest.mark.parametrize("url", ["http://192.0.2.1:80", "http://example.com:80", "http://localhost:80", "http://127.0.0.1", "ftp://127.0.0.1:1",
                                 "", "http://[::2]:80"])
def test_the_stand_in_is_on_this_machine(person, url):
    result = person.hub("deploy", environment={"BAMGATE_CLOUDFLARE_API": url})
    assert result.returncode == 1 and "loopback" in result.stderr and person.api_token not in result.stderr


def test_a_certificate_that_nobody_trusts(tmp_path, workerd):
    pem = tmp_path / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                    "/CN=api.cloudflare.com", "-addext", "subjectAltName=DNS:api.cloudflare.com", "-keyout", pem, "-out", pem],
                   capture_output=True, check=True)
    with Cloudflare(tmp_path / "cloudflare", certificate=pem) as cloudflare:
        person = Person(tmp_path, cloudflare)
        code, error = person.failed("deploy")
    assert code == 1 and "certificate" in error["message"] and cloudflare.calls == []


def test_every_variable_of_the_worker_can_be_set(person):
    """But secrets, what the Worker says of itself, and what is for tests."""
    source = (folder() / "settings.js").read_text()
    names = set(re.findall(r"env\.([A-Z_]+)", source)) | set(re.findall(r'\(env, "([A-Z_]+)"', source))
    person.cloudflare.faults = [Fault("GET", "/accounts", "before", 403, times=99)]
    taken = {name for name in names if person.hub("deploy", "--set", f"{name}=x").returncode != 2}
    assert names - taken == {"AUTH_TOKEN", "TURN_SECRET", "VERSION", "GITHUB_API"}


def test_a_folder_that_is_no_worker(person, tmp_path):
    broken = worker_of(tmp_path, "1.0")
    (broken / "core.wasm").unlink()
    for place in (tmp_path / "nowhere", broken):
        code, error = person.failed("deploy", worker=place)
        assert code == 1 and str(place) in error["message"]
    assert person.cloudflare.calls == []
