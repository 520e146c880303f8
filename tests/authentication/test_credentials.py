"""twisted.cred: what is shown, who checks it, what comes of it."""

import pytest
from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import IUsernamePassword, UsernamePassword
from twisted.cred.error import UnauthorizedLogin, UnhandledCredentials
from twisted.cred.portal import IRealm
from zope.interface import Interface
from zope.interface.verify import verifyObject

from fakes import outcome
from mailcap.authentication.checkers import KeyChecker, PasswordChecker
from mailcap.authentication.credentials import (
    ApiKey,
    IApiKey,
    INameAndPassword,
    NameAndPassword,
    fold_login,
)
from mailcap.authentication.realm import IdentityRealm, IIdentity
from mailcap.authentication.sources import Source
from mailcap.domain.accounts import Identity

HERE = Source("192.0.2.0/24")
ALICE = Identity(account=1, account_name="alice")


def test_the_interfaces_are_kept(door):
    verifyObject(IRealm, IdentityRealm())
    verifyObject(IIdentity, ALICE)
    verifyObject(IApiKey, ApiKey("k"))
    verifyObject(INameAndPassword, NameAndPassword(b"u", b"p", HERE))
    assert IUsernamePassword.providedBy(NameAndPassword(b"u", b"p", HERE))
    for checker in set(door.portal.checkers.values()):
        verifyObject(ICredentialsChecker, checker)
    assert {type(each) for each in door.portal.checkers.values()} == {KeyChecker, PasswordChecker}


def test_secrets_are_not_shown_by_accident():
    assert "hunter2" not in repr(NameAndPassword(b"alice", b"hunter2", HERE))
    assert "hunter2" not in repr(ApiKey("hunter2"))


def test_a_password_is_compared_as_cred_expects():
    shown = NameAndPassword(b"alice", b"hunter2", HERE)
    assert shown.checkPassword(b"hunter2")
    assert not shown.checkPassword(b"hunter")


@pytest.mark.parametrize(
    ("name", "login"),
    [
        ("Alice", "alice"),
        ("Alice+x@Example.COM", "alice@example.com"),
        ("*@example.com", "*@example.com"),
        ('"a@b"@example.com', '"a@b"@example.com'),
        ("alice@[192.0.2.1]", "alice@[192.0.2.1]"),
        ("", None),
        ("al ice", None),
        ("alice@", None),
        ("@", None),
        ("\udc80@example.com", None),
        ("x" * 12_288, None),
        ("x@" + "y" * 12_288, None),
    ],
)
def test_a_login_name_is_an_account_or_an_address(name, login):
    assert fold_login(name) == login
    if login is not None:
        assert fold_login(login) == login


def log_in(door, credentials, *interfaces):
    return outcome(door.portal.login(credentials, None, *interfaces))


def test_the_portal_gives_an_identity(door):
    key = door.account("alice")
    interface, avatar, logout = log_in(door, ApiKey(key), IIdentity)
    assert interface is IIdentity
    assert avatar.account_name == "alice"
    assert logout() is None
    _, avatar, _ = log_in(door, NameAndPassword(b"ALICE", key.encode(), HERE), IIdentity)
    assert avatar.account_name == "alice"


@pytest.mark.parametrize(
    "credentials",
    [
        ApiKey("wrong"),
        NameAndPassword(b"alice", b"wrong", HERE),
        NameAndPassword(b"\xff\xfe", b"\xff", HERE),
        NameAndPassword(b"", b"", HERE),
    ],
)
def test_the_portal_refuses_what_is_wrong(door, credentials):
    door.account("alice")
    with pytest.raises(UnauthorizedLogin):
        log_in(door, credentials, IIdentity)


def test_the_portal_knows_no_other_credentials(door):
    with pytest.raises(UnhandledCredentials):
        log_in(door, UsernamePassword(b"alice", b"x"), IIdentity)


def test_the_realm_has_no_other_avatar(door):
    class IMailbox(Interface):
        """An avatar for which there is no use."""

    key = door.account("alice")
    with pytest.raises(NotImplementedError):
        log_in(door, ApiKey(key), IMailbox)
