"""config/mailcap.service: what it starts is what there is."""

import shlex
from configparser import ConfigParser
from pathlib import Path

import pytest

from mailcap.settings import Shutdown
from mailcap.tap import Options

UNIT = Path(__file__).parents[2] / "config" / "mailcap.service"


@pytest.fixture
def service():
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read(UNIT)
    return parser["Service"]


def test_the_command_line_is_understood(service, tmp_path, monkeypatch):
    variable, _, folder = service["Environment"].partition("=")
    monkeypatch.setenv(variable, folder.replace("%S", "/var/lib"))
    monkeypatch.chdir(tmp_path)
    program, *words = shlex.split(service["ExecStart"])
    assert program.endswith("/twistd")
    assert "--nodaemon" in words
    options = Options()
    options.parseOptions(words[words.index("mailcap") + 1 :])
    assert options.settings.data_dir == Path("/var/lib/mailcap")


def test_there_is_time_for_a_polite_end(service):
    assert int(service["TimeoutStopSec"]) > Shutdown().timeout + 30


def test_low_ports_need_no_root(service):
    assert service["DynamicUser"] == "yes"
    assert service["AmbientCapabilities"] == "CAP_NET_BIND_SERVICE"
