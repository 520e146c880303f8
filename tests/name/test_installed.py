"""Installed, in whatever way and on whatever Python, mailcap answers to its name.

Python 3.11 and 3.12 have a standard module of that name, which would win.  Every
test runs in a fresh environment and in a folder that is not the project's, for
inside that one the name is no question.
"""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import pytest

from support.daemon import Daemon, clean_environment
from support.interpreters import interpreters
from support.rest import Api
from support.smtp import Client

PROJECT = Path(__file__).parents[2]
PARTS = [
    "LICENSE",
    "MANIFEST.in",
    "README.md",
    "build-backend",
    "mailcap",
    "pyproject.toml",
    "setup.cfg",
    "twisted",
]
WAYS = {"regular": ["."], "editable": ["-e", "."]}

pytestmark = pytest.mark.registry


@dataclass(frozen=True)
class Environment:
    """A virtual environment in which mailcap is installed."""

    version: str
    folder: Path
    elsewhere: Path

    @property
    def scripts(self) -> Path:
        return self.folder / "bin"

    def run(self, program: str, *words: str, cwd: Path | None = None) -> str:
        """Run one of its programs elsewhere and return what it prints."""
        done = subprocess.run(
            [self.scripts / program, *words],
            check=False,
            cwd=cwd or self.elsewhere,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"{program} {words}:\n{done.stdout}\n{done.stderr}"
        return done.stdout


def environment() -> dict[str, str]:
    """Return an environment in which nothing but the installation leads to mailcap."""
    variables = clean_environment()
    variables.pop("PYTHONPATH", None)
    return variables


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=interpreters())
def installed(request: pytest.FixtureRequest, tmp_path: Path, way: str) -> Environment:
    """An environment of its own for one Python and one way to install."""
    version = request.param
    project = copy_of_the_project(tmp_path / "project")
    subprocess.run([interpreters()[version], "-m", "venv", tmp_path / "venv"], check=True)
    (tmp_path / "elsewhere").mkdir()
    made = Environment(version, tmp_path / "venv", tmp_path / "elsewhere")
    made.run("pip", "install", "--quiet", *WAYS[way], "pytest", cwd=project)
    return made


def copy_of_the_project(target: Path) -> Path:
    """Copy what an installation needs: setuptools writes into the folder it builds."""
    for part in PARTS:
        source = PROJECT / part
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "dropin.cache")
            shutil.copytree(source, target / part, ignore=ignored)
        else:
            target.mkdir(exist_ok=True)
            shutil.copy2(source, target)
    return target


def test_this_python_is_among_them():
    assert f"{sys.version_info.major}.{sys.version_info.minor}" in interpreters()


def test_installed_mailcap_answers_to_its_name(installed):
    """One test, because to make the environment takes far longer than to use it."""
    check_import(installed)
    check_standard_functions(installed)
    check_twistd_lists_it(installed)
    check_command(installed)
    check_it_serves(installed)
    check_tests_that_import_it(installed)
    check_uninstall(installed)


def check_import(installed: Environment) -> None:
    code = "import mailcap.store; print(mailcap.store.__name__, *mailcap.__path__)"
    for options in ([], ["-I"], ["-P"]):
        said = installed.run("python", "-W", "error", *options, "-c", code)
        assert said.startswith("mailcap.store /")


def check_standard_functions(installed: Environment) -> None:
    """They are still to be had where the standard library has them."""
    code = "import mailcap; print(callable(getattr(mailcap, 'getcaps', None)))"
    said = installed.run("python", "-W", "ignore::DeprecationWarning", "-c", code)
    assert said == f"{installed.version in ('3.11', '3.12')}\n"


def check_twistd_lists_it(installed: Environment) -> None:
    lines = installed.run("twistd", "--help").splitlines()
    words = [line.split() for line in lines if "mailcap" in line]
    assert words == [["mailcap", "A", "server", "that", "captures", "e-mail."]]


def check_command(installed: Environment) -> None:
    said = installed.run("mailcap", "--help")
    assert "account" in said
    assert "domain" in said


def check_it_serves(installed: Environment) -> None:
    """Within five seconds, also the first time."""
    daemon = Daemon(
        data_dir=installed.elsewhere / "data",
        scripts=installed.scripts,
        environment=environment(),
    )
    start = perf_counter()
    daemon.start()
    seconds = perf_counter() - start
    try:
        with Client(daemon.access.smtp) as client:
            client.expect(250, "EHLO name.example")
            base = client.deliver(b"Subject: hello\r\n\r\n", "name@capture.example").base
        listed = Api(daemon.access).messages("name@capture.example")
    finally:
        daemon.stop()
    assert [(each["_id"], each["subject"]) for each in listed] == [(f"{base}-0", "hello")]
    assert seconds < 5
    assert not daemon.troubles()


def check_tests_that_import_it(installed: Environment) -> None:
    (installed.elsewhere / "test_theirs.py").write_text(
        "import mailcap\nimport mailcap.store\n\n\n"
        "def test_theirs():\n    assert mailcap.__path__\n"
    )
    for program in (["pytest"], ["python", "-m", "pytest"]):
        assert "1 passed" in installed.run(*program, "-q", "-W", "error")


def check_uninstall(installed: Environment) -> None:
    """Nothing is left behind."""
    installed.run("pip", "uninstall", "--quiet", "--yes", "mailcap")
    packages = installed.folder / "lib" / f"python{installed.version}" / "site-packages"
    assert [path for path in packages.rglob("*mailcap*") if path.is_file()] == []
