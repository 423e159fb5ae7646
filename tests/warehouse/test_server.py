import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

import contracts
from contracts.errors import Retry, Stop
from warehouse import access, migrate
from warehouse import server as servers
from warehouse.cluster import Cluster, socket_folder
from warehouse.server import Server

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """A data directory whose server the tests of this module stop and kill."""
    top = Path(tempfile.mkdtemp(prefix="huilian-life-"))
    top.chmod(0o711)
    yield top / "data"
    Cluster(top / "data").stop()
    shutil.rmtree(top, ignore_errors=True)


def postmaster(data: Path) -> int:
    return int((data / "pg" / "postmaster.pid").read_text().split("\n")[0])


def answer(server: Server, query: str) -> object:
    with server.connect() as conn:
        row = conn.execute(query).fetchone()  # type: ignore[arg-type]
    return row and row[0]


def ensure_elsewhere(data: Path) -> subprocess.Popen[str]:
    code = "import sys, pathlib; from warehouse import server; print(server.ensure(pathlib.Path(sys.argv[1])).url())"
    command = [sys.executable, "-c", code, str(data)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_processes_start_one_server_and_it_outlives_both(data: Path) -> None:
    first, second = ensure_elsewhere(data), ensure_elsewhere(data)
    urls = [p.communicate(timeout=120)[0].strip() for p in (first, second)]
    assert first.returncode == second.returncode == 0
    assert urls[0] == urls[1] == servers.ensure(data).url()
    assert answer(servers.ensure(data), "SELECT 1") == 1


def test_a_running_server_is_used_again(data: Path) -> None:
    servers.ensure(data)
    before = postmaster(data)
    servers.ensure(data)
    assert postmaster(data) == before


def test_only_the_owner_of_the_folder_gets_in(server: Server) -> None:
    run = Path(conninfo_to_dict(server.url())["host"])
    assert stat.S_IMODE(run.stat().st_mode) == 0o700
    assert answer(server, "SHOW listen_addresses") == ""


def test_the_server_is_set_up_for_chinese_and_for_safety(server: Server) -> None:
    assert server.cluster is not None
    with psycopg.connect(server.cluster.conninfo()) as conn:
        assert conn.execute("SELECT show_trgm('王伟芳') <> '{}'").fetchone() == (True,)
    assert answer(server, "SHOW data_checksums") == "on"
    assert answer(server, "SHOW synchronous_commit") == "on"
    assert answer(server, "SHOW timezone") == "Asia/Shanghai"
    assert answer(server, "SHOW log_min_error_statement") == "panic"


def test_a_killed_server_comes_back_with_its_data(data: Path) -> None:
    with servers.ensure(data).connect() as conn:
        conn.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        conn.execute("INSERT INTO kept VALUES (1)")
    os.kill(postmaster(data), signal.SIGKILL)
    assert answer(servers.ensure(data), "SELECT max(n) FROM kept") == 1


def test_a_pid_file_that_names_another_process_does_not_stop_the_start(data: Path) -> None:
    server = servers.ensure(data)
    file = data / "pg" / "postmaster.pid"
    written = file.read_text()
    os.kill(postmaster(data), signal.SIGKILL)
    time.sleep(0.2)
    file.write_text(written.replace(written.split("\n")[0], str(os.getpid()), 1))
    assert answer(servers.ensure(data), "SELECT 1") == 1
    server.stop()
    assert not file.exists()


def test_a_server_whose_socket_was_swept_away_is_restarted(data: Path) -> None:
    servers.ensure(data)
    (data / "run" / ".s.PGSQL.5432").unlink()
    assert answer(servers.ensure(data), "SELECT 1") == 1


def test_a_server_that_finds_no_room_to_start_says_so(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    servers.ensure(data).stop()
    monkeypatch.setattr("warehouse.cluster.PATIENCE", -1.0)  # it is not even tried
    with pytest.raises(Retry, match="did not start"):
        Cluster(data).start()
    monkeypatch.setattr("warehouse.cluster.ROOM", 1 << 62)
    with pytest.raises(Stop, match="full"):
        Cluster(data).start()


def test_a_stopped_server_refuses_with_a_retry_and_stopping_twice_is_harmless(data: Path) -> None:
    server = servers.ensure(data)
    server.stop()
    server.stop()
    with pytest.raises(Retry, match="huilian_owner"):
        server.connect()


def test_a_cluster_of_another_version_is_not_opened(data: Path) -> None:
    servers.ensure(data).stop()
    version = data / "pg" / "PG_VERSION"
    kept = version.read_text()
    version.write_text("9\n")
    try:
        with pytest.raises(Stop, match="PostgreSQL 9"):
            servers.ensure(data)
    finally:
        version.write_text(kept)


def test_a_folder_without_programs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="HUILIAN_PG_BIN"):
        servers.ensure(tmp_path / "data", bin_dir=tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_as_root_a_private_folder_works_too(tmp_path: Path) -> None:
    """pytest's folders are 0700 and root's: `nobody` can't pass, a user namespace can; the path is long as well."""
    data = tmp_path / ("long" * 20)
    try:
        server = servers.ensure(data)
    except Stop as error:
        pytest.skip(f"no user namespaces here: {error.what}")
    assert answer(server, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    assert socket_folder(data).parent == Path("/tmp")
    server.stop()
    socket_folder(data).rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a folder of somebody else")
def test_somebody_elses_data_directory_is_refused(data: Path) -> None:
    servers.ensure(data)
    os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        with pytest.raises(Stop, match="can't be written") as refused:
            Cluster(data).stop()
    finally:
        os.seteuid(0)
    assert "HUILIAN_DATA" in refused.value.next_action


def test_a_long_path_gets_a_short_socket_folder_of_its_own() -> None:
    short, long = socket_folder(Path("/srv/huilian")), socket_folder(Path("/srv/汇联" * 20))
    assert short == Path("/srv/huilian/run")
    assert len(os.fsencode(long)) < 100
    assert long != socket_folder(Path("/srv/汇联" * 21))


def test_a_second_database_belongs_to_a_role_of_its_own(server: Server) -> None:
    first, again = server.database("airflow"), server.database("airflow")
    assert first == again == server.url("airflow", "airflow")
    with server.connect("airflow", "airflow") as conn:
        conn.execute("CREATE TABLE IF NOT EXISTS public.mine (n int)")


SYSTEM = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))


@pytest.mark.skipif(not SYSTEM, reason="no PostgreSQL of the system's own")
def test_the_systems_own_postgresql_does_as_well() -> None:
    top = Path(tempfile.mkdtemp(prefix="huilian-own-"))
    top.chmod(0o711)
    server = servers.ensure(top, bin_dir=SYSTEM[-1].parent)
    try:
        contract = contracts.get("gongan_hukou")
        assert "content.gongan_hukou" in migrate.migrate(server, [contract])
        assert access.grant(server, []) == []
        server.stop()
        # The wheel's programs are another version: without a choice, those that made the cluster are found.
        assert answer(servers.ensure(top), "SELECT count(*) FROM content.gongan_hukou") == 0
    finally:
        server.stop()
        shutil.rmtree(top, ignore_errors=True)


def test_a_given_server_is_used_with_other_roles_names_and_passwords(server: Server) -> None:
    given = servers.ensure(Path("/nowhere"), server.url().replace("postgresql", "postgresql+psycopg"), None, "p@:/")
    assert answer(given, "SELECT current_user::text") == "huilian_owner"
    loader = conninfo_to_dict(given.url("loader"))
    assert (loader["user"], loader["password"]) == ("huilian_loader", "p@:/")
    assert "p@:/" not in repr(given)
    given.stop()
    assert answer(server, "SELECT 1") == 1


def test_a_given_address_that_is_wrong_is_named_without_its_password() -> None:
    with pytest.raises(Stop) as wrong:
        servers.ensure(Path("/nowhere"), "postgresql://me:hush@host/db?nonsense=1")
    assert "hush" not in str(wrong.value)
    with pytest.raises(Retry) as silent:
        servers.ensure(Path("/nowhere"), "postgresql://me:hush@localhost:1/db")
    assert "hush" not in str(silent.value)
