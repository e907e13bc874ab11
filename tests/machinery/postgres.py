"""A PostgreSQL for one test session: the running one named by TEST_POSTGRES_URL, or a cluster of our own.

The own cluster is started by whichever worker needs it first, shared by all of them through a file, and stopped by the
session that made the folder. It speaks over a Unix socket, so no port can be taken, and it need not survive a crash,
so nothing is flushed to the disk. PostgreSQL refuses to run as root; then it runs as the user `postgres`.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

from sqlalchemy.engine import make_url

SERVER_OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
    "shared_buffers": "128MB",
    # It would find tables full of rows that were undone and none that live. Every plan after that expects one row, and
    # the seed then takes more than five minutes where it takes twenty seconds.
    "autovacuum": "off",
    "log_min_messages": "error",
}


def find_programs() -> Path | None:
    """The folder with initdb and pg_ctl of the newest PostgreSQL here, or None."""
    candidates = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: _number(folder.parent.name),
        reverse=True,
    )
    if found := shutil.which("initdb"):
        candidates.append(Path(found).resolve().parent)
    return next((folder for folder in candidates if _has_all(folder)), None)


def _has_all(folder: Path) -> bool:
    return all((folder / program).exists() for program in ("initdb", "pg_ctl", "postgres"))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def why_missing() -> str | None:
    """What stands in the way of testing on PostgreSQL, in words, or None when nothing does."""
    if os.environ.get("TEST_POSTGRES_URL"):
        return None
    if find_programs() is None:
        return (
            "PostgreSQL is not installed (apt install postgresql), and TEST_POSTGRES_URL names no running one"
        )
    if os.geteuid() == 0 and _server_user() is None:
        return "PostgreSQL does not run as root and there is no user `postgres`; TEST_POSTGRES_URL names no running one"
    return None


def server_url(shared: Path) -> str:
    """The address of the session's server; the first to ask starts it. `shared` is one folder for all workers."""
    if given := os.environ.get("TEST_POSTGRES_URL"):
        return make_url(given).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    note = shared / "postgres-url"
    with (shared / "postgres-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not note.exists():
            note.write_text(_start(shared / "postgres"))
    return note.read_text()


def stop(shared: Path) -> None:
    """End the session's own server, if one was started."""
    if (shared / "postgres-url").exists():
        _call("pg_ctl", "stop", "-D", str(shared / "postgres"), "-m", "immediate", "-w")


def _start(folder: Path) -> str:
    folder.mkdir(mode=0o755)
    if (user := _server_user()) is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    locale = "C.UTF-8" if sys.platform == "linux" else "C"
    access = ("-U", "postgres", "-A", "trust")
    _call("initdb", "-D", str(folder), *access, "-E", "UTF8", f"--locale={locale}", "--no-sync")
    options = SERVER_OPTIONS | {"unix_socket_directories": str(folder)}
    flags = " ".join(f"-c {name}='{value}'" for name, value in options.items())
    _call("pg_ctl", "start", "-D", str(folder), "-l", str(folder / "server.log"), "-o", flags, "-w")
    return f"postgresql+psycopg://postgres@/postgres?host={folder}"


def _call(program: str, *arguments: str) -> None:
    programs = find_programs()
    assert programs is not None, why_missing()
    user = _server_user()
    who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user is not None else {}
    # The started server keeps its output open for good: a pipe would never end.
    with Path(os.devnull).open("r+b") as nowhere:
        done = subprocess.run(
            [str(programs / program), *arguments],
            check=False,
            cwd="/",
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            stdin=nowhere,
            stdout=nowhere,
            stderr=nowhere,
            **who,
        )
    if done.returncode:
        raise RuntimeError(f"{program} {' '.join(arguments)} ended with {done.returncode}")


def _server_user() -> pwd.struct_passwd | None:
    """Whom the server runs as: nobody else, unless we are root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return None
