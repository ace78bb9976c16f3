"""Bad input through the real command line: each gives one clear line, and nothing else is lost."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from crawler.tables import Article, Link
from monitor import crawls, settings

if TYPE_CHECKING:
    from conftest import Desk

DOINGOAI = (sys.executable, "-P", "-m", "monitor")

# What an article's page may answer, and the words for it. Those with `None` are no articles and are passed over.
PAGES = {
    "down": "127.0.1.1 closed the connection",
    "error": "HTTP 500",
    "redirect-loop": "redirect loop",
    "redirect-private": "refused: 169.254.169.254 is not a public address",
    "huge": "page larger than 4 MiB",
    "gzip-bomb": "gzip bomb: unpacked, the page exceeds the size limit",
    "garbage": None,
    "empty": "empty page",
    "maintenance": "maintenance page",
    "charset": "maintenance page",  # a notice in UTF-16 that says it is Latin-1: it was read all the same
}
# The same for whole portals; four are unwell at once, and the fifth must not notice.
PORTALS = [
    {
        "down": "closed the connection",
        "error": "HTTP 500",
        "redirect-loop": "redirect loop",
        "redirect-private": "refused: 169.254.169.254 is not a public address",
    },
    {
        "huge": "page larger than 4 MiB",
        "gzip-bomb": "gzip bomb: unpacked, the page exceeds the size limit",
        "garbage": "no article links found at",
        "empty": "no article links found at",
    },
    {
        "maintenance": "no article links found at",
        "charset": "no article links found at",
        "too-many": "HTTP 429, asked to come back in 1 s",
        "refused": "connection refused by",
    },
]


def stored(desk: Desk) -> set[str]:
    with desk.database.reading() as session:
        return set(session.scalars(select(Article.url)))


def test_it_names_each_bad_page_once_and_keeps_every_other(desk: Desk) -> None:
    outlets = list(desk.portals.outlets)
    waiting = {outlet: [s for s in desk.portals.stories() if s.outlet == outlet] for outlet in outlets}
    bad = {}
    for place, kind in enumerate(PAGES):
        story = waiting[outlets[place % len(outlets)]].pop()
        bad[kind] = desk.portals.url(story.key)
        desk.portals.trouble(story.outlet, kind, path=desk.portals.outlets[story.outlet].path(story))  # type: ignore[arg-type]
    shown = desk.run("crawl", "--all")
    assert shown.returncode == 1
    said = Counter(line.split(": ", 1)[1] for line in shown.stderr.splitlines())
    assert said == Counter(f"{bad[kind]}: {words}" for kind, words in PAGES.items() if words)
    every = {desk.portals.url(story.key) for story in desk.portals.stories()}
    assert stored(desk) == every - set(bad.values())
    with desk.database.reading() as session:
        passed = session.get_one(Link, bad["garbage"])
        assert (passed.state, passed.reason) == ("skipped", "not a web page: binary data")

    desk.portals.heal()
    again = desk.run("crawl", "--all", "--force")
    assert (again.returncode, again.stderr) == (0, "")
    assert stored(desk) == every


def test_it_says_in_one_line_what_is_wrong_with_a_portal_and_crawls_the_others(desk: Desk) -> None:
    *outlets, well = desk.portals.outlets
    for kinds in PORTALS:
        desk.portals.heal()
        for outlet, kind in zip(outlets, kinds, strict=True):
            if kind == "refused":
                desk.portals.refuse(outlet)
            else:
                desk.portals.trouble(outlet, kind, retry_after=1)  # type: ignore[arg-type]
        shown = desk.run("crawl", "--all")
        assert shown.returncode == 1
        lines = sorted(shown.stderr.splitlines())
        assert [line.split(": ")[0] for line in lines] == sorted(outlets), shown.stderr
        for outlet, words in zip(outlets, kinds.values(), strict=True):
            assert any(line.startswith(f"{outlet}: ") and words in line for line in lines), shown.stderr
        assert stored(desk) == {desk.portals.url(story.key) for story in desk.portals.stories() if story.outlet == well}

    desk.portals.heal()
    again = desk.run("crawl", "--all")
    assert (again.returncode, again.stderr) == (0, "")
    assert stored(desk) == {desk.portals.url(story.key) for story in desk.portals.stories()}


def test_it_waits_for_no_portal_that_takes_a_request_and_never_answers(desk: Desk) -> None:
    """With a shorter patience than the 25 seconds that people get; the child is the one that they would start."""
    silent, dripping, well = list(desk.portals.outlets)[:3]
    desk.portals.trouble(silent, "stall")
    desk.portals.trouble(dripping, "drip")
    desk.run("status")  # lays out the tables
    read = settings.load(desk.file)
    chosen = [source for source in read.watched if source.id in (silent, dripping, well)]
    result = crawls.run_crawl(crawls.order(read, chosen, timeout=0.5))
    assert result.code == 1
    assert {name: end["error"] for name, end in result.ends.items()} == {
        silent: "timed out after 0.5 s",
        dripping: "timed out after 0.5 s",
        well: "",
    }
    assert len(stored(desk)) == sum(story.outlet == well for story in desk.portals.stories())
    health = desk.run("sources", "health")
    assert health.returncode == 1
    assert health.stderr == f"2 of 5 sources are failing: {silent}, {dripping}\n"


# --- configuration -------------------------------------------------------------------------------------------------

BROKEN = {
    "an unknown key": ('[polling]\nintervall = "10m"', "polling.intervall: unknown key, did you mean interval?"),
    "a wrong type": ("[polling]\nbatch = [1]", "polling.batch: must be a valid integer"),
    "an unset variable": (
        '[[subscriptions]]\nname = "P"\nto = ["mailtos://u:${DOINGOAI_TEST_UNSET}@h"]',
        "subscriptions[0] (P).to[0]: the environment variable DOINGOAI_TEST_UNSET is not set",
    ),
    "no TOML": ("[polling", "is not valid TOML: "),
    "a broken address": (
        '[[subscriptions]]\nname = "P"\nto = ["nosuch://user:hunter2@host"]',
        'subscription "P", to[0]: nosuch:// address is of an unknown service, incomplete or mistyped',
    ),
}


@pytest.mark.parametrize(("text", "words"), BROKEN.values(), ids=BROKEN)
def test_it_names_file_and_key_of_a_broken_configuration(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "doingoai.toml"
    file.write_text(text, encoding="utf-8")
    done = subprocess.run([*DOINGOAI, "run", "--config", str(file)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    [line] = done.stderr.splitlines()
    assert f"doingoai.toml: {words}" in line
    assert "hunter2" not in line
    assert list(tmp_path.iterdir()) == [file]


# --- disks ---------------------------------------------------------------------------------------------------------

SHELTER = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]


def can_mount() -> bool:
    """Whether a disk of one's own can be mounted here, seen by one process alone."""
    if shutil.which("unshare") is None:
        return False
    try_it = [*SHELTER, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(try_it, capture_output=True, check=False).returncode == 0


needs_a_disk = pytest.mark.skipif(
    not can_mount(), reason="no disk can be mounted here, as `unshare --mount` is refused"
)


@pytest.fixture
def disk(desk: Desk) -> Path:
    """The folder on which a test mounts a disk; the database of the configuration lies in it."""
    folder = desk.folder / "disk"
    folder.mkdir()
    text = desk.file.read_text(encoding="utf-8")
    desk.file.write_text(text.replace("/doingoai.db", "/disk/doingoai.db"), encoding="utf-8")
    return folder


def sheltered(desk: Desk, script: str) -> list[tuple[int, str, str]]:
    """Runs a shell script with mounts of its own; gives for each `doingoai` of it code, answer and complaints."""
    call = f"""
        number=0
        doingoai() {{
            number=$((number + 1))
            {" ".join(DOINGOAI)} "$@" --config {desk.file} >{desk.folder}/$number.out 2>{desk.folder}/$number.err \\
                && echo 0 >{desk.folder}/$number.code || echo $? >{desk.folder}/$number.code
        }}
        set -e
    """
    done = subprocess.run([*SHELTER, "sh", "-c", call + script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    ends = sorted(desk.folder.glob("*.code"), key=lambda path: int(path.stem))
    return [(int(end.read_text()), *(end.with_suffix(x).read_text("utf-8") for x in (".out", ".err"))) for end in ends]


FILL = "dd if=/dev/zero of={disk}/filler bs=4k >/dev/null 2>&1 || true"


@needs_a_disk
def test_it_says_that_the_disk_is_full_and_goes_on_when_there_is_room(desk: Desk, disk: Path) -> None:
    full, health, again, kept = sheltered(
        desk,
        f"""
        mount -t tmpfs -o size=4m tmpfs {disk}
        doingoai db upgrade; rm {desk.folder}/1.*; number=0
        dd if=/dev/zero of={disk}/spared bs=1k count=200 >/dev/null 2>&1
        {FILL.format(disk=disk)}
        rm {disk}/spared
        doingoai crawl --all
        doingoai check
        rm {disk}/filler
        mount -o remount,size=64m {disk}
        doingoai crawl --all
        doingoai articles --json --limit 1000
        """,
    )
    assert full[0] == 1
    assert full[2].splitlines() == [f"database {disk}/doingoai.db: cannot grow, the disk is full"]
    assert health[0] == 3
    assert "free on the disk of the database" in health[2]
    assert again[0] == 0, again
    every = {desk.portals.url(story.key) for story in desk.portals.stories()}
    assert {article["url"] for article in json.loads(kept[1])} == every


@needs_a_disk
def test_it_says_that_the_database_is_read_only_and_still_answers(desk: Desk, disk: Path) -> None:
    one = next(iter(desk.portals.outlets))
    first, crawled, ran, reprocessed, read = sheltered(
        desk,
        f"""
        doingoai crawl {one}
        mount --bind {disk}/doingoai.db {disk}/doingoai.db
        mount -o remount,bind,ro {disk}/doingoai.db
        doingoai crawl --all
        doingoai run
        doingoai reprocess
        doingoai articles --json
        """,
    )
    name = f"database {disk}/doingoai.db:"
    assert first[0] == 0, first
    for code, _, said in (crawled, ran, reprocessed):
        [line] = said.splitlines()
        assert code == 1
        assert line.endswith(f"{name} is read-only; check the permissions of the file and of its folder")
    assert len(json.loads(read[1])) == sum(story.outlet == one for story in desk.portals.stories())


@needs_a_disk
@pytest.mark.timeout(400)
def test_its_daemon_outlives_a_full_disk(desk: Desk, disk: Path) -> None:
    command = [*DOINGOAI, "run", "--config", str(desk.file)]
    script = f"mount -t tmpfs -o size=64m tmpfs {disk} && exec {shlex.join(command)}"
    with desk.log.open("ab") as out:
        daemon = subprocess.Popen([*SHELTER, "sh", "-c", script], stdout=out, stderr=out, start_new_session=True)
    filler = Path(f"/proc/{daemon.pid}/root{disk}/filler")  # the disk as only the daemon sees it
    try:
        desk.wait(lambda: "watching" in desk.log.read_text("utf-8"), 60, "the start")
        fill_up(filler)
        desk.wait(lambda: "the disk is full" in desk.log.read_text("utf-8"), 60, "word of the full disk")
        time.sleep(2)  # its jobs go on trying
        complaints = [line for line in desk.log.read_text("utf-8").splitlines() if " ERROR doingoai " in line]
        filler.unlink()
        stories = len(desk.portals.stories())
        desk.wait(lambda: read_by(desk) == stories, 150, "the first crawl")
        assert desk.mailbox.received() == []  # it is a first crawl still
        new = {event for story in desk.portals.release() for event in story.events}
        desk.wait(lambda: len(desk.mailbox.received()) >= len(new), 100, "the first alerts")
        daemon.terminate()
        assert daemon.wait(10) == 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(daemon.pid, signal.SIGKILL)
        daemon.wait()
    assert "Traceback" not in desk.log.read_text("utf-8")
    assert 0 < len(complaints) <= 4, complaints  # each job once, although they tick all the time


def read_by(desk: Desk) -> int:
    """How many articles the daemon says that it has read."""
    return sum(int(number) for number in re.findall(r"job=read read=(\d+)", desk.log.read_text("utf-8")))


def fill_up(file: Path) -> None:
    with contextlib.suppress(OSError), file.open("wb", buffering=0) as filler:
        while filler.write(b"\0" * 4096):
            pass
