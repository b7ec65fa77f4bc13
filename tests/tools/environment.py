"""What must be decided before Django's settings are read: the database and the data directory of this test run."""

import atexit
import fcntl
import os
import shutil
import tempfile
import uuid
from pathlib import Path

from tests.tools import demos, postgres

TEMPLATE = "installation_template"
SHARED_CLUSTER = "PRIVATE_POSTGRES_URL"  # not TOWNHALL_*: the product refuses settings it does not know


def prepare() -> None:
    """Point the product at throw-away data: SQLite in a new directory, or a private PostgreSQL cluster.

    `TOWNHALL_TEST_DATABASE=postgres` chooses PostgreSQL. With several test workers the first process starts the
    cluster and the workers find its address in the environment; each worker still has its own test database.
    """
    for name in [name for name in os.environ if name.startswith("TOWNHALL_") and "_TEST_" not in name]:
        del os.environ[name]
    data_dir = tempfile.mkdtemp(prefix="townhall-test-")
    atexit.register(shutil.rmtree, data_dir, ignore_errors=True)
    os.environ["TOWNHALL_DATA_DIR"] = data_dir
    if demos.SHELF not in os.environ:
        os.environ[demos.SHELF] = tempfile.mkdtemp(prefix="townhall-demos-")
        atexit.register(shutil.rmtree, os.environ[demos.SHELF], ignore_errors=True)
    if os.environ.get("TOWNHALL_TEST_DATABASE") == "postgres":
        if SHARED_CLUSTER not in os.environ:
            cluster = postgres.start()
            atexit.register(cluster.stop)
            os.environ[SHARED_CLUSTER] = cluster.create("townhall")
        os.environ["TOWNHALL_DATABASE_URL"] = os.environ[SHARED_CLUSTER]
    os.environ["DJANGO_SETTINGS_MODULE"] = "townhall.config.settings"


def database(*, schema: bool = True) -> dict[str, str]:
    """The setting that gives an installation of its own what this run is about: a new database of the private
    PostgreSQL cluster, or nothing, which is SQLite.

    :param schema: it has its tables already, without a row; without it there is nothing in it at all
    """
    cluster = os.environ.get(SHARED_CLUSTER)
    if cluster is None:
        return {}
    import psycopg

    def url(name: str) -> str:
        return cluster.rsplit("/", 1)[0] + f"/{name}"

    name = f"installation_{uuid.uuid4().hex}"
    shelf = Path(os.environ[demos.SHELF])
    if not schema:
        with psycopg.connect(cluster, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return {"TOWNHALL_DATABASE_URL": url(name)}
    with (shelf / "template.lock").open("w") as lock, psycopg.connect(cluster, autocommit=True) as connection:
        # One after the other: PostgreSQL copies a template only while nobody is connected to it.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shelf / "template").exists():
            connection.execute(f"CREATE DATABASE {TEMPLATE}")
            with tempfile.TemporaryDirectory() as folder:
                demos.migrate({"TOWNHALL_DATA_DIR": folder, "TOWNHALL_DATABASE_URL": url(TEMPLATE)})
            (shelf / "template").touch()
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    return {"TOWNHALL_DATABASE_URL": url(name)}
