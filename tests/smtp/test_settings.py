import dataclasses

import pytest

from connection.certificates import server_side
from mailcap.smtp.settings import SMTPSettings


def test_defaults_are_the_limits_of_the_design():
    settings = SMTPSettings(host_name="mail.test")
    assert settings.role == "smtp"
    assert settings.plaintext_auth == "loopback"
    assert settings.message_size == 25 * 1024 * 1024
    assert settings.recipients == 1000
    assert settings.line_length == 2048
    assert settings.idle_seconds == 300
    assert "192.0.2.1" not in settings.proxies


def test_submissions_needs_tls():
    with pytest.raises(ValueError, match="TLS"):
        SMTPSettings(host_name="mail.test", role="submissions")
    assert SMTPSettings(host_name="mail.test", role="submissions", tls=server_side()).tls


def test_settings_stay_as_they_are():
    with pytest.raises(dataclasses.FrozenInstanceError):
        SMTPSettings(host_name="mail.test").errors = 5
