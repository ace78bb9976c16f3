"""What is secret in the configuration stays there: passwords and tokens through success, refusal and failure."""

from __future__ import annotations

import re
import sqlite3
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin

import pytest
from sqlalchemy import select

from alerts.tables import Attempt, Message
from monitor.demo.mailbox import Mailbox
from monitor.demo.show import CHAT, RECIPIENT

if TYPE_CHECKING:
    from conftest import Desk

PASSWORD = "Mot mat/khau@co+dau:1"
LINK = re.compile(r'href="(/[^"#]*)"')


def spellings(desk: Desk) -> dict[str, str]:
    """Every way in which a secret might slip out."""
    token = desk.telegram.token.split(":")[1]
    return {
        "password": PASSWORD,
        "password in an address": quote(PASSWORD, safe=""),
        "password in a loose address": quote(PASSWORD),
        "password as the mail server gets it": b64encode(PASSWORD.encode()).decode().rstrip("="),
        "token": token,
        "token in an address": quote(token, safe=""),
    }


def pages(home: str) -> Iterator[str]:
    """Every page of the web interface that a link leads to."""
    waiting, known = [home], {home}
    while waiting:
        try:
            with urllib.request.urlopen(waiting.pop(), timeout=60) as answer:
                text = answer.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            text = error.read().decode("utf-8", "replace")
        yield text
        for path in LINK.findall(text):
            address = urljoin(home, path.replace("&amp;", "&"))
            if address not in known and len(known) < 60:
                known.add(address)
                waiting.append(address)


def failed_ways(desk: Desk) -> set[str]:
    with desk.database.reading() as session:
        failed = session.scalars(select(Message.label).join(Message.attempts).where(Attempt.ok.is_(False)))
        return {label.split(":")[0] for label in failed}


@pytest.mark.timeout(400)
def test_it_tells_no_secret_to_logs_database_pages_or_screens(desk: Desk) -> None:
    with Mailbox(password=PASSWORD) as mailbox:
        text = desk.file.read_text(encoding="utf-8")
        text = text.replace(desk.mailbox.url(RECIPIENT), mailbox.url(RECIPIENT))
        text = text.replace('listen = ""', 'listen = "127.0.0.1:0"')
        text += f'[operators]\nto = ["{mailbox.url("truc@so.example")}"]\n'
        desk.file.write_text(text, encoding="utf-8")
        said: dict[str, str] = {}
        with desk.daemon() as daemon:
            desk.wait(desk.first_crawl_is_over, 150, "the first crawl")
            desk.portals.release(1)
            desk.wait(lambda: bool(mailbox.received() and desk.telegram.received()), 100, "an alert by each way")
            for refusal in ("535", "550", "450", "cut"):
                mailbox.refuse(refusal)  # type: ignore[arg-type]
            for failure in ("500", "403", "429", "lost"):
                desk.telegram.fail(failure, CHAT)  # type: ignore[arg-type]
            desk.portals.release(2)
            desk.wait(lambda: failed_ways(desk) == {"mailtos", "tgram"}, 100, "a failure by each way")
            mailbox.refuse("535", times=2)
            desk.telegram.fail("500", CHAT, times=2)
            for words in (
                ("alerts", "test"),
                ("alerts", "list"),
                ("alerts", "list", "--json"),
                ("status", "--json"),
                ("check", "--json"),
            ):
                done = desk.run(*words)
                said[" ".join(words)] = done.stdout + done.stderr
            [home] = re.findall(r"page=(\S+)", desk.log.read_text("utf-8"))
            said["a page"] = "\n".join(pages(home))
            daemon.terminate()
            assert daemon.wait(10) == 0
        said["the log"] = desk.log.read_text("utf-8")
        with closing(sqlite3.connect(desk.folder / "doingoai.db")) as rows:
            said["the database"] = "\n".join(rows.iterdump())

        assert "refused" in said["alerts test"]
        assert 'INSERT INTO "attempt"' in said["the database"]
        assert said["a page"].count("<html") > 20
        leaks = [
            f"{name} in {place}"
            for place, words in said.items()
            for name, secret in spellings(desk).items()
            if secret in words
        ]
        assert leaks == []
