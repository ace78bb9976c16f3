"""The whole trip, through the real daemon and the real command line: from a portal's page to a message."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from alerts.tables import Message
from crawler.tables import Article
from monitor.demo import verdict
from monitor.demo.stories import load_events
from monitor.demo.verdict import Alert

if TYPE_CHECKING:
    from conftest import Desk

KILLS = 10
SEED = 20261123


@pytest.mark.timeout(400)
def test_it_shows_the_whole_trip_and_every_expectation_holds() -> None:
    command = [
        sys.executable,
        "-P",
        "-c",
        "from monitor.demo.show import run_demo; raise SystemExit(run_demo(seconds=300))",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:]
    assert "✗" not in done.stdout


@pytest.mark.timeout(600)
def test_it_loses_nothing_and_tells_nothing_twice_when_it_is_killed_ten_times(desk: Desk) -> None:
    chance = random.Random(SEED)
    with desk.daemon():
        desk.wait(desk.first_crawl_is_over, 150, "the first crawl")
    assert not desk.mailbox.received()
    assert not desk.telegram.received()

    for number in range(KILLS):
        if number < desk.portals.last_step:
            desk.portals.release(number + 1)
        with desk.daemon() as process:
            time.sleep(chance.uniform(0.5, 6.0))
            victim = _crawl_child(process.pid) if number % 2 else None
            os.kill(victim or process.pid, signal.SIGKILL)
            if victim:
                time.sleep(chance.uniform(0.1, 1.5))  # the daemon lives on, and is killed in its turn
    said = desk.log.stat().st_size
    with desk.daemon() as process:
        desk.wait(lambda: b"watching" in desk.log.read_bytes()[said:], 60, "the start of the calm run")
        desk.wait(desk.is_done, 240, "the calm run")
        process.terminate()
        assert process.wait(10) == 0

    with desk.database.reading() as session:
        stored = list(session.scalars(select(Article.url)))
        messages = {row.message_id: row for row in session.scalars(select(Message))}
    assert verdict.check_articles(stored, desk.portals).wrong == ()
    letters = desk.mailbox.received()
    chats = desk.telegram.received()
    assert set(Counter(letter.message_id for letter in letters)) <= set(messages)
    once = {letter.message_id: Alert("email", letter.subject, letter.text) for letter in letters}
    said = {chat.text: Alert("Telegram", verdict.plain(chat.text).splitlines()[0], chat.text) for chat in chats}
    for check in verdict.check_alerts([*once.values(), *said.values()], desk.portals, load_events()):
        assert check.wrong == (), check.words
    # A second copy is only what a killed sender could not write down any more: at most one a kill and channel.
    assert len(letters) - len(once) <= KILLS
    assert len(chats) - len(said) <= KILLS


@pytest.mark.timeout(300)
def test_it_keeps_watching_the_others_when_portals_are_in_trouble(desk: Desk) -> None:
    outlets = list(desk.portals.outlets)
    desk.portals.trouble(outlets[0], "error")
    desk.portals.trouble(outlets[1], "maintenance")
    desk.portals.refuse(outlets[2])
    shown = desk.run("crawl", "--all", "--json")
    assert shown.returncode == 1
    ends = [json.loads(line) for line in shown.stdout.splitlines() if line.startswith("{")]
    whole = {outlet: sum(story.outlet == outlet for story in desk.portals.stories()) for outlet in outlets}
    with desk.database.reading() as session:
        stored = Counter(session.scalars(select(Article.source_id)))
    assert {outlet: stored[outlet] for outlet in outlets[3:]} == {outlet: whole[outlet] for outlet in outlets[3:]}
    assert not any(stored[outlet] for outlet in outlets[:3])
    assert ends
    health = desk.run("sources", "health")
    for outlet in (outlets[0], outlets[2]):
        assert outlet in health.stdout


def _crawl_child(daemon: int) -> int | None:
    """The crawl that the daemon has running, if any."""
    for task in Path(f"/proc/{daemon}/task").glob("*/children"):
        for child in task.read_text().split():
            return int(child)
    return None
