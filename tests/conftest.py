"""What all tests share: which ledger they run on, and a bell of their own.

    pytest                        the ledger is SQLite, in a file
    pytest --ledger=postgresql    the ledger is a PostgreSQL server started for the run

Tests of the folders in LEDGER_TESTS get the marker `ledger`: they must pass on
both. The environment is set before Django reads its settings, and every run has a home
folder of its own, so that no test touches an installation or another run.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.postgres import Cluster

pytest.register_assert_rewrite("tests.faults.storm")
# A test is not timed: how long an example takes says more about the machine.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

TESTS = Path(__file__).parent
LEDGER_TESTS = ("searches", "fleet", "verification", "faults", "end_to_end")
#: Tests of many real processes, whose deadlines a machine that stands still may miss.
#: Each gets a second chance, and the closing lines count it.
PLATFORM_TESTS = ("faults", "end_to_end")

#: Settings of the person's own environment that would lead tests elsewhere.
FOREIGN = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")

home_key = pytest.StashKey[Path]()
cluster_key = pytest.StashKey[Cluster]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--ledger",
        choices=("sqlite", "postgresql"),
        default="sqlite",
        help="the database under test (default: sqlite)",
    )


def pytest_configure(config: pytest.Config) -> None:
    # A run in the background ignores SIGINT, and so would every process it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in list(os.environ):
        if name.startswith("DARKREACH_") or name.removesuffix("_FILE") in FOREIGN:
            del os.environ[name]
    if _only_hands_out(config):
        return
    # Numbers with known answers make no difference to what these tests count.
    os.environ["DARKREACH_CANARY_PERCENT"] = "0"
    home = Path(tempfile.mkdtemp(prefix="darkreach-test-"))
    config.stash[home_key] = home
    os.environ["DARKREACH_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "darkreach_site.settings"
    # Pages show what tests find on either ledger; the embargo has tests of its own.
    os.environ["DARKREACH_EMBARGO_HOURS"] = "0"
    # Whether this machine computes right has tests of its own.
    os.environ["DARKREACH_SELF_TEST"] = "0"
    if config.getoption("--ledger") == "postgresql":
        os.environ["DATABASE_URL"] = _cluster(config).url("darkreach")

    import django
    from django.conf import settings

    # Fast on purpose: tests hash passwords of no value.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if settings.LEDGER_IS_SQLITE:
        # A file, as in life: an in-memory database knows neither WAL nor processes.
        settings.DATABASES["default"]["TEST"] = {"NAME": str(home / "test.sqlite3")}
    django.setup()

    from tests.tampering import let_tests_clean_up

    let_tests_clean_up()


def pytest_unconfigure(config: pytest.Config) -> None:
    cluster = config.stash.get(cluster_key, None)
    if cluster:
        cluster.remove()
    home = config.stash.get(home_key, None)
    if home:
        shutil.rmtree(home, ignore_errors=True)


def pytest_report_header(config: pytest.Config) -> str:
    return f"ledger: {config.getoption('--ledger')}"


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    ledger = config.getoption("--ledger")
    for item in items:
        place = item.path.relative_to(TESTS).parts if TESTS in item.path.parents else ()
        if place and place[0] in LEDGER_TESTS:
            item.add_marker(pytest.mark.ledger)
        if place and place[0] == "browser":
            item.add_marker(pytest.mark.browser)
            # The first one waits until the searches of its site are hunted.
            item.add_marker(pytest.mark.timeout(600))
        if place and place[0] in PLATFORM_TESTS:
            item.add_marker(pytest.mark.flaky(reruns=1))
        quick = item.get_closest_marker("quick_on")
        if quick and ledger not in quick.args:
            item.add_marker(pytest.mark.slow)
    if config.getoption("dist", "no") != "no":
        _spread(items)


def _spread(items: list[pytest.Item]) -> None:
    """Files of every folder all along the run, where processes share them: tests that
    wait run beside tests that compute, and no row of long ones is left for the end."""
    folders: dict[Path, list[Path]] = {}
    for path in dict.fromkeys(item.path for item in items):
        folders.setdefault(path.parent, []).append(path)
    places = {
        path: (number + 0.5) / len(paths)
        for paths in folders.values()
        for number, path in enumerate(paths)
    }
    items.sort(key=lambda item: (places[item.path], str(item.path)))


def _only_hands_out(config: pytest.Config) -> bool:
    """Do other processes run the tests of this one (pytest-xdist)? They inherit its
    environment, and each sets up its own."""
    shared = config.getoption("dist", "no") != "no"
    return shared and not hasattr(config, "workerinput")


def _cluster(config: pytest.Config) -> Cluster:
    if config.stash.get(cluster_key, None) is None:
        cluster = Cluster()
        config.stash[cluster_key] = cluster
        cluster.start()
    return config.stash[cluster_key]


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Cluster:
    """A running PostgreSQL server, whatever ledger the run is about."""
    return _cluster(pytestconfig)


@pytest.fixture
def ledger_url(pytestconfig: pytest.Config, tmp_path: Path) -> str:
    """DATABASE_URL of an empty database of the run's kind, for child processes."""
    if pytestconfig.getoption("--ledger") == "postgresql":
        return _cluster(pytestconfig).new_database()
    return f"sqlite:///{tmp_path / 'ledger.sqlite3'}"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """An empty home folder with a short path, for child processes."""
    folder = Path(tempfile.mkdtemp(prefix="darkreach-home-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def bell_server() -> Iterator[object]:
    """The bell that the settings of this run point to."""
    from django.conf import settings

    from darkreach_site.embedded_bell import EmbeddedBell

    server = EmbeddedBell(settings.HOME, settings.BELL_SOCKET)
    server.ensure()
    yield server
    server.stop()


@pytest.fixture
def bell(bell_server: object) -> Iterator[object]:
    """A bell that answers and is empty, as a redis-py client."""
    import redis
    from django.conf import settings

    client = redis.Redis.from_url(settings.BELL_URL, **settings.BELL_OPTIONS)
    client.flushall()
    yield client
    client.close()


@pytest.fixture(autouse=True)
def nobody_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who this process is as a worker, no test hands on to the next."""
    from fleet import identity

    monkeypatch.setattr(identity, "_identity", None)
