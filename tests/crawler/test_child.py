"""The crawl as a process: signals, deadline, death and rebirth, wrong orders."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from sqlalchemy import select

from crawler.tables import Article, CrawlRun, Host, Link, Revision, SourceState

COMMAND = [sys.executable, "-m", "crawler", "--job", "-"]


@pytest.fixture
def slow_portal(web, pages, source_at):
    """Twelve articles that take a moment each."""
    web.put("/tin-tuc", pages.listing([f"/bai-{n}.html" for n in range(12)]))
    for number in range(12):
        web.put(f"/bai-{number}.html", pages.article(number, title=f"Tin số {number} {'ab' * number}"), delay=0.15)
    return source_at(web, listings=["/tin-tuc"])


def wait_for_articles(child, count):
    """Read the child's lines until so many articles are stored."""
    lines = []
    for line in child.stdout:
        lines.append(json.loads(line))
        if sum(event["type"] == "article" for event in lines) >= count:
            break
    return lines


def stored(database):
    with database.reading() as session:
        return Counter(session.scalars(select(Article.url)))


def test_it_loses_nothing_when_killed(slow_portal, web, job_for, begin, crawl, empty_database):
    child = begin(job_for(slow_portal))
    wait_for_articles(child, 2)
    time.sleep(random.uniform(0, 0.3))
    child.kill()
    child.wait()
    before = sum(stored(empty_database).values())
    assert 2 <= before < 12
    calm = crawl(job_for(slow_portal))
    assert calm.code == 0, calm.log
    assert calm.end["new"] == 12 - before
    assert stored(empty_database) == Counter({f"{web.origin}/bai-{n}.html": 1 for n in range(12)})
    with empty_database.reading() as session:
        assert set(session.scalars(select(Article.silent))) == {True}
        assert set(session.scalars(select(Link.state))) == {"done"}
        assert len(session.scalars(select(Revision.id)).all()) == 12


def test_it_stops_calmly_on_sigterm(slow_portal, web, job_for, begin, crawl, empty_database):
    web.pages["/bai-5.html"].delay = 30
    child = begin(job_for(slow_portal))
    wait_for_articles(child, 3)
    began = time.monotonic()
    child.send_signal(signal.SIGTERM)
    rest, log = child.communicate()
    assert time.monotonic() - began < 5
    assert child.returncode in (0, 1)
    assert "Traceback" not in log
    assert json.loads(rest.splitlines()[-1])["type"] == "end"
    with empty_database.reading() as session:
        assert session.get(Host, web.place).held_by == ""
        assert session.scalars(select(CrawlRun)).one().finished_at is not None
    web.pages["/bai-5.html"].delay = 0
    assert crawl(job_for(slow_portal)).code == 0
    assert len(stored(empty_database)) == 12


def test_a_stop_before_everything_was_found_leaves_the_first_crawl_open(
    slow_portal, web, job_for, begin, empty_database
):
    web.pages["/tin-tuc"].delay = 30
    child = begin(job_for(slow_portal))
    while "/tin-tuc" not in web.paths():
        time.sleep(0.05)
    child.send_signal(signal.SIGTERM)
    child.communicate()
    with empty_database.reading() as session:
        state = session.get(SourceState, "portal")
        assert (state.first_crawled_at, state.failures) == (None, 0)


def test_it_ends_at_its_deadline(slow_portal, job_for, crawl, empty_database):
    began = time.monotonic()
    crawled = crawl(job_for(slow_portal, page_delay=2.0, deadline=7.0))
    assert time.monotonic() - began < 20
    assert crawled.code == 0
    assert "deadline" in crawled.log
    assert 0 < len(stored(empty_database)) < 12


def test_it_counts_a_source_as_failed_that_was_not_heard_before_the_deadline(
    slow_portal, web, job_for, crawl, empty_database
):
    web.pages["/tin-tuc"].delay = 30
    crawled = crawl(job_for(slow_portal, deadline=4.0))
    assert "deadline" in crawled.end["error"]
    with empty_database.reading() as session:
        assert session.get(SourceState, "portal").failures == 1


def test_it_ends_when_the_process_that_started_it_is_gone(slow_portal, web, job_for, empty_database, tmp_path):
    order = tmp_path / "job.json"
    order.write_text(job_for(slow_portal, page_delay=5.0).model_dump_json())
    script = f"import subprocess,sys,time; subprocess.Popen({COMMAND!r}, stdin=open({str(order)!r})); time.sleep(60)"
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert json.loads(parent.stdout.readline())["type"] == "start"
    parent.kill()
    parent.wait()
    began = time.monotonic()
    while parent.stdout.read(4096):  # ends when the orphan lets go of the pipe
        pass
    parent.stdout.close()
    assert time.monotonic() - began < 30
    assert len(stored(empty_database)) < 12


def test_it_names_what_is_wrong_with_an_order(tmp_path):
    order = {"database": "sqlite:///secret-place.db", "sources": [], "page_delay": "soon", "colour": "red"}
    done = subprocess.run(COMMAND, input=json.dumps(order), capture_output=True, text=True)
    assert done.returncode == 2
    assert "page_delay" in done.stderr
    assert "colour" in done.stderr
    assert "secret-place" not in done.stderr
    assert done.stdout == ""


def test_it_names_an_unknown_source():
    done = subprocess.run([sys.executable, "-m", "crawler", "no-such-paper"], capture_output=True, text=True)
    assert (done.returncode, done.stderr.strip()) == (2, "no such source: no-such-paper")


def test_it_says_so_when_the_database_cannot_be_written(slow_portal, job_for, crawl, empty_database, tmp_path):
    job = job_for(slow_portal).model_copy(update={"database": f"sqlite:///{tmp_path}/no/such/folder.db"})
    crawled = crawl(job)
    assert crawled.code == 1
    assert crawled.end["error"] == "database: unable to open database file"


def test_it_logs_single_lines_on_stderr(slow_portal, web, job_for, crawl):
    web.put("/bai-1.html", b"x", status=404)
    crawled = crawl(job_for(slow_portal))
    lines = crawled.log.splitlines()
    assert lines
    assert all(line.startswith(("INFO ", "WARNING ", "ERROR ")) for line in lines)
    assert any(line.endswith("/bai-1.html: HTTP 404") for line in lines)


def test_it_takes_a_host_from_a_dead_process_only(slow_portal, web, job_for, crawl, empty_database):
    from crawler import lease

    gone = subprocess.Popen([sys.executable, "-c", "pass"])
    owner = lease._name(gone.pid)
    gone.wait()
    assert lease.is_dead(owner)
    assert not lease.is_dead(lease.myself())
    assert not lease.is_dead("another machine/pid:[1] 77@5")
    assert not lease.is_dead("")
    assert lease.myself().endswith(f"@{lease._started(os.getpid())}")
