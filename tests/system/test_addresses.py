"""Addresses of the real daemon: reserved, reached by their aliases, released."""

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
