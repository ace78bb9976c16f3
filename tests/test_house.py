"""The house itself: what is installed is ours and whole, and the rooms keep their direction."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
UV = Path(sys.executable).with_name("uv")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(out.glob("doingoai-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own with nothing but our wheel, and a folder with decoys of the same names."""
    if not UV.exists():
        pytest.skip("uv is not beside this Python: make test installs it")
    home = tmp_path_factory.mktemp("env")
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, str(home / "venv")], check=True)
    python = home / "venv" / "bin" / "python"
    subprocess.run(
        [UV, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", str(python), str(wheel)], check=True
    )
    return python


@pytest.mark.parametrize("room", ["crawler", "monitor", "alerts"])
def test_it_imports_our_own_room_and_no_other_package_of_that_name(installed: Path, tmp_path: Path, room: str) -> None:
    code = f"import {room}; print({room}.__file__); print({room}.__doc__)"
    shown = subprocess.run([installed, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert shown.startswith(str(installed.parents[1]))
    assert f"The {room}" in shown


@pytest.mark.parametrize("room", ["crawler", "monitor", "alerts"])
def test_it_imports_the_checkout_while_tests_run(room: str) -> None:
    assert Path(__import__(room).__file__).parent == ROOT / room


def test_it_ships_its_data_with_the_wheel(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for needed in (
        "crawler/catalogue/baolaocai.toml",
        "monitor/detect/lexicon/vietnam.toml",
        "monitor/migrations/env.py",
        "monitor/web/templates/",
        "monitor/demo/articles/",
        "alerts/templates/",
    ):
        assert any(name.startswith(needed) for name in names), needed
    assert not [name for name in names if name.startswith("tests/")]


def test_it_keeps_the_rooms_in_their_direction() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    kept = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert kept.returncode == 0, kept.stdout


def test_it_runs_the_daemon_without_scrapy_or_trafilatura() -> None:
    code = "import sys, monitor.daemon; print([m for m in ('scrapy', 'twisted', 'trafilatura') if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert shown.strip() == "[]"
