"""What the crawler's tests share: a web server, a database, and crawls as the child processes they really are."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from crawler.catalogue import Source
from crawler.database import Database
from crawler.job import CrawlJob
from crawler.tables import Base

ROOT = Path(__file__).parents[2]


def _load(name: str) -> Any:
    """A helper beside this file; `tests` is no package."""
    spec = importlib.util.spec_from_file_location(f"crawler_tests_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


webserver = _load("webserver")


@dataclass(frozen=True)
class Crawled:
    """What a child said and how it ended."""

    code: int
    events: list[dict[str, Any]]
    log: str

    @property
    def ends(self) -> dict[str, dict[str, Any]]:
        return {event["source"]: event for event in self.events if event["type"] == "end"}

    @property
    def end(self) -> dict[str, Any]:
        (end,) = self.ends.values()
        return end

    @property
    def outcomes(self) -> list[str]:
        return [event["outcome"] for event in self.events if event["type"] == "article"]


@pytest.fixture
def pages() -> Any:
    """The page makers: `pages.article(1)`, `pages.listing([...])`, `pages.feed([...], origin)`."""
    return webserver


@pytest.fixture
def web() -> Iterator[Any]:
    server = webserver.Web()
    yield server
    server.close()


@pytest.fixture
def other_web() -> Iterator[Any]:
    server = webserver.Web()
    yield server
    server.close()


@pytest.fixture
def empty_database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'crawl.db'}")
    Base.metadata.create_all(database.writer)
    yield database
    database.close()


@pytest.fixture
def source_at() -> Callable[..., Source]:
    """A source whose home is the given server; feeds and listings are given as paths."""

    def make(web: Any, id: str = "portal", **more: Any) -> Source:
        for key in ("feeds", "sitemaps", "listings"):
            more[key] = tuple(f"{web.origin}{path}" for path in more.get(key, ()))
        entry = {"name": "Cổng thử", "home": f"{web.origin}/", "article_url": r"/bai-\d+\.html$", **more}
        return Source(id=id, **entry)

    return make


@pytest.fixture
def job_for(empty_database: Database) -> Callable[..., CrawlJob]:
    """A quick job: hardly any delay, loopback allowed as named."""

    def make(*sources: Source, allow: tuple[str, ...] = (), **more: Any) -> CrawlJob:
        url = empty_database.url.render_as_string(hide_password=False)
        places = allow or tuple({source.home.split("/")[2] for source in sources})
        given = {"page_delay": 0.01, "deadline": 60.0, "allow_private_hosts": places, **more}
        return CrawlJob(database=url, sources=sources, **given)

    return make


@pytest.fixture
def begin() -> Iterator[Callable[[CrawlJob], subprocess.Popen[str]]]:
    """Starts a child and leaves it running; what still runs at the end is killed."""
    children: list[subprocess.Popen[str]] = []

    def start(job: CrawlJob) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "crawler", "--job", "-"]
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        children.append(child)
        assert child.stdin is not None
        child.stdin.write(job.model_dump_json())
        child.stdin.close()
        child.stdin = None  # else communicate() wants to flush it
        return child

    yield start
    for child in children:
        if child.poll() is None:
            child.kill()
        child.wait()
        for pipe in (child.stdout, child.stderr):
            if pipe is not None:
                pipe.close()


@pytest.fixture(scope="session")
def forker() -> Iterator[subprocess.Popen[str]]:
    """A process that has imported what a crawl needs and forks a child for each; see forker.py."""
    command = [sys.executable, str(Path(__file__).with_name("forker.py"))]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    yield process
    process.communicate()


@pytest.fixture
def crawl(forker: subprocess.Popen[str], tmp_path: Path) -> Callable[[CrawlJob], Crawled]:
    """Runs a child to its end."""

    def run(job: CrawlJob) -> Crawled:
        files = {name: str(tmp_path / f"child.{name}") for name in ("in", "out", "err")}
        for name, path in files.items():
            Path(path).write_text(job.model_dump_json() if name == "in" else "", encoding="utf-8")
        assert forker.stdin is not None
        assert forker.stdout is not None
        forker.stdin.write(json.dumps(files) + "\n")
        forker.stdin.flush()
        answer = forker.stdout.readline().strip()
        code = int(forker.stdout.readline() if answer == "ready" else answer)
        events = [json.loads(line) for line in Path(files["out"]).read_text(encoding="utf-8").splitlines()]
        return Crawled(code, events, Path(files["err"]).read_text(encoding="utf-8"))

    return run
