"""`make run`: the Procfile's card simulator has the site's secrets; its port is looked at before anything begins."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import stripe

from config import Settings
from tests.machinery.servers import ROOT, Program, environment_for, free_port, wait_for

KEYS = {"STRIPE_SECRET_KEY": "sk_test_1", "STRIPE_WEBHOOK_SECRET": "whsec_1"}


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port somebody listens on."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        yield int(door.getsockname()[1])


def run(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Start the demo where it must fail before it has done anything: its data folder cannot be made."""
    (folder / "file").touch()
    own = {"PORT": str(free_port()), "DATA_DIR": str(folder / "file" / "below")} | environment
    return subprocess.run(
        [str(ROOT / "bin/run")],
        env=environment_for(folder) | own,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_simulator_of_the_procfile_is_the_one_the_site_asks(tmp_path: Path) -> None:
    port = free_port()
    lines = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    own = {"DATA_DIR": str(tmp_path), "SIMULATOR_PORT": str(port), "BASE_URL": "http://127.0.0.1:1"}
    settings = Settings.from_env(own)
    path = os.pathsep.join([str(ROOT / ".venv/bin"), os.environ["PATH"]])
    shell = ("-c", "import os, sys; os.execvp('sh', ['sh', '-c', sys.argv[1]])", lines["stripe"])
    program = Program(
        *shell, environment=environment_for(tmp_path) | own | {"PATH": path}, log=tmp_path / "log"
    )
    try:
        assert settings.stripe_api_base
        assert settings.stripe_secret_key
        wait_for(settings.stripe_api_base, program)
        client = stripe.StripeClient(
            settings.stripe_secret_key, base_addresses={"api": settings.stripe_api_base}
        )
        assert list(client.v1.refunds.list()) == []
        assert (tmp_path / "stripe.db").exists()
    finally:
        program.stop()
    assert program.process.returncode == 0, "ended by the signal that ends the site: nothing stands between"


def test_a_port_that_is_taken_is_named(tmp_path: Path, taken_port: int) -> None:
    for name in ("PORT", "SIMULATOR_PORT"):
        done = run(tmp_path, **{name: str(taken_port)})
        assert done.returncode == 1
        assert f"127.0.0.1:{taken_port} cannot be used" in done.stderr
        assert f"choose: {name}={taken_port + 1} make run" in done.stderr


def test_a_port_that_is_none_is_named(tmp_path: Path) -> None:
    done = run(tmp_path, SIMULATOR_PORT="front")
    assert done.returncode == 1
    assert "SIMULATOR_PORT must be a number" in done.stderr


@pytest.mark.parametrize("instead", [KEYS, {"STRIPE_SIMULATOR": "off"}, {"APP_ENV": "production"}])
def test_without_a_simulator_its_port_does_not_matter(
    tmp_path: Path, taken_port: int, instead: dict[str, str]
) -> None:
    done = run(tmp_path, SIMULATOR_PORT=str(taken_port), **instead)
    assert "cannot be used" not in done.stderr
    assert str(tmp_path / "file") in done.stderr, "it came as far as the folder that cannot be made"
