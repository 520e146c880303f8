"""Addresses of the real daemon: reserved, reached by their aliases, released."""

import json
from poplib import POP3, error_proto

import pytest

from support.rest import Api
from support.smtp import Client


def test_from_reservation_to_release(server, api):
    inbox = "sign-up@capture.example"
    reserved = api.request("POST", f"/addresses/{inbox}").json
    alias = reserved["encryptedInbox"]
    with Client(server.access.smtp) as client:
        client.expect(250, "EHLO shop.example")
        client.deliver(b"Subject: welcome\r\n\r\nHi\r\n", alias)
    (message,) = api.messages(inbox)
    assert (message["subject"], message["originalInbox"]) == ("welcome", alias)
    assert api.messages(alias) == [message]
    assert inbox.encode() not in api.raw(inbox, message["_id"])
    released = api.request("DELETE", f"/addresses/{inbox}", deleteAddressMessages="true").json
    assert released["_id"] == inbox
    assert api.messages(inbox) == []
    assert inbox not in [one["_id"] for one in api.request("GET", "/addresses").json]


def test_a_password_is_set_and_taken_away(api):
    made = api.request("PUT", "/account", body=b'{"password": "correct horse"}')
    assert made.json["_id"] == "admin"
    assert api.request("PUT", "/account", body=b'{"password": null}').status == 200


def test_an_address_with_a_password_of_its_own(server, api):
    inbox = "phone@capture.example"
    api.request("POST", f"/addresses/{inbox}")
    here, server_at = f"/account/addresses/{inbox}", server.access.pop3.address

    def log_in() -> bytes:
        client = POP3(*server_at, timeout=20)
        try:
            client.user(inbox)
            return client.pass_("correct horse")
        finally:
            client.close()

    shown = api.request("PUT", here, body=b'{"password": "correct horse"}').json
    assert (shown["_id"], shown["password"]) == (inbox, "set")
    assert log_in().startswith(b"+OK")
    assert api.request("PUT", here, body=b'{"password": null}').json["password"] is None
    with pytest.raises(error_proto):
        log_in()


def test_an_account_its_users_and_its_domain_by_rest_alone(server, api):
    def post(who: Api, path: str, **fields: str) -> dict:
        return who.request("POST", path, body=json.dumps(fields).encode()).json

    here = "/admin/accounts/team"
    post(api, "/admin/accounts", name="team")
    manager = Api(server.access, post(api, f"{here}/keys", label="first")["key"])
    post(api, f"{here}/domains", domain="team.example")
    user = Api(server.access, post(api, f"{here}/users", name="ann")["key"])
    assert [one["name"] for one in manager.request("GET", "/account/users").json] == ["ann"]
    body = b'{"isPrivate": false, "enablews": true, "catchAll": true}'
    changed = manager.request("PUT", "/account/domains/team.example", body=body).json
    assert manager.request("GET", "/domains").json == [changed]
    assert api.request("GET", f"{here}/domains").json == [changed]
    assert user.request("GET", "/domains").json == [changed]
    for method, path in (("GET", "/account"), ("PUT", "/account/domains/team.example")):
        assert user.request(method, path, body=b"{}").status == 403
    for who in (manager, user):
        assert who.request("GET", f"{here}/users").status == 403
    assert api.request("DELETE", f"{here}/users/ann").json["name"] == "ann"
    assert [one["label"] for one in api.request("GET", f"{here}/keys").json] == ["first"]
    assert manager.request("DELETE", "/account/domains/team.example").status == 200
    assert api.request("DELETE", here).json["_id"] == "team"
