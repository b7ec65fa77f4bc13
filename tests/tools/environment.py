"""What must be decided before Django's settings are read: the database and the data directory of this test run."""

import atexit
import os
import shutil
import tempfile
import uuid

from tests.tools import demos, postgres

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


def database() -> dict[str, str]:
    """The setting that gives an installation of its own what this run is about: a new database of the private
    PostgreSQL cluster, or nothing, which is SQLite."""
    cluster = os.environ.get(SHARED_CLUSTER)
    if cluster is None:
        return {}
    import psycopg

    name = f"installation_{uuid.uuid4().hex}"
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return {"TOWNHALL_DATABASE_URL": cluster.rsplit("/", 1)[0] + f"/{name}"}
