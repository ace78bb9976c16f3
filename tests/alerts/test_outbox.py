"""What is put on the shelf, for whom and when."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from alerts.outbox import announce, fingerprint, message_id
from alerts.tables import Message

HANOI = "Asia/Ho_Chi_Minh"
A, B = "json://one.example.vn/aaaa", "json://two.example.vn/bbbb"


@pytest.fixture
def tell(database, now):
    def tell(notice, *subscriptions, operators=(), at=now):
        with database.writing() as session:
            return announce(session, notice, subscriptions, operators, at, HANOI)

    return tell


@pytest.fixture
def rows(database):
    def rows() -> list[Message]:
        with database.reading() as session:
            return list(session.scalars(select(Message).order_by(Message.id)))

    return rows


def test_it_writes_one_message_a_recipient(tell, rows, make):
    assert tell(make.notice(), make.subscription(A, B)) == 2
    assert [row.recipient for row in rows()] == [fingerprint(A), fingerprint(B)]


def test_it_keeps_once_what_is_told_twice(tell, rows, make):
    wish = make.subscription(A)
    assert [tell(make.notice(), wish), tell(make.notice(), wish)] == [1, 0]
    assert len(rows()) == 1


def test_it_tells_a_recipient_of_two_subscriptions_once_and_at_the_earlier_time(tell, rows, make, now):
    slow = make.subscription(A, name="slow", send="daily 07:30")
    fast = make.subscription(A, name="fast")
    assert tell(make.notice(), slow, fast) == 1
    assert (rows()[0].subscription, rows()[0].due_at, rows()[0].digest) == ("fast", now, False)


def test_it_leaves_nothing_when_the_transaction_is_rolled_back(database, rows, make, now):
    def fail():
        with database.writing() as session:
            announce(session, make.notice(), [make.subscription(A)], [], now, HANOI)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert rows() == []


def test_it_passes_over_those_who_do_not_want_it(tell, make):
    assert tell(make.notice(), make.subscription(A, provinces=["lang-son"])) == 0


def test_it_tells_operators_only_of_trouble(tell, rows, make):
    trouble = make.notice("o:1", change="operator", subject="Im lặng", body="…")
    assert tell(trouble, make.subscription(A), operators=[B]) == 1
    assert (rows()[0].recipient, rows()[0].subscription) == (fingerprint(B), "")
    assert tell(make.notice(), operators=[B]) == 0


def test_it_waits_for_the_digest_and_for_the_end_of_quiet_hours(tell, rows, make, now):
    tell(make.notice(), make.subscription(A, send="daily 07:30"))
    late = now + timedelta(hours=14)  # 23:00
    tell(make.notice("event:8"), make.subscription(B, quiet_hours="21:30-06:30"), at=late)
    digest, quiet = rows()
    assert digest.digest
    assert digest.due_at == now + timedelta(hours=22, minutes=30)
    assert not quiet.digest
    assert quiet.due_at == now + timedelta(hours=21, minutes=30)


def test_it_names_a_message_the_same_every_time(tell, rows, make):
    tell(make.notice(), make.subscription(A))
    assert rows()[0].message_id == message_id(f"event:7|{fingerprint(A)}")
    assert rows()[0].message_id.endswith("@doingoai>")
    assert message_id("a") != message_id("b")


def test_it_lets_an_update_refer_to_the_first_message(tell, rows, make):
    wish = make.subscription(A)
    tell(make.notice(), wish)
    tell(make.update("event:7/1", "event:7", make.talks(), make.signing()), wish)
    first, update = rows()
    assert update.in_reply_to == first.message_id
    assert update.notice["change"] == "update"
    assert update.thread == "event:7"


def test_it_sends_an_update_as_news_to_whom_the_first_never_reached(tell, rows, make, database, now):
    tell(make.notice(), make.subscription(A))
    with database.writing() as session:
        session.scalars(select(Message)).one().given_up_at = now
    tell(make.update("event:7/1", "event:7"), make.subscription(A, B))
    told = rows()[1:]
    assert [row.in_reply_to for row in told] == ["", ""]
    assert [row.notice["change"] for row in told] == ["event", "event"]
    assert [row.notice["changed"] for row in told] == [[], []]


def test_it_lets_a_second_update_refer_to_the_first_one_if_that_was_the_news(tell, rows, make):
    tell(make.update("event:7/1", "event:7"), make.subscription(A))
    tell(make.update("event:7/2", "event:7"), make.subscription(A))
    news, update = rows()
    assert (news.in_reply_to, update.in_reply_to) == ("", news.message_id)


def test_it_tells_of_a_cancellation_those_who_had_heard_of_the_event(tell, rows, make):
    heard, never = make.subscription(A), make.subscription(B)
    tell(make.notice(), heard)
    cancelled = make.update("event:7/1", "event:7", make.talks(status="cancelled"), changed=("cancelled",))
    assert tell(cancelled, heard, never) == 1
    assert rows()[1].recipient == fingerprint(A)


def test_it_stores_no_address_and_no_secret(tell, rows, make):
    urls = ["mailtos://robot:hush-hush@mail.example.vn?to=officer@example.vn", make.chat(-100987654)]
    tell(make.notice(), make.subscription(*urls))
    stored = json.dumps([[str(getattr(row, c.name)) for c in Message.__table__.columns] for row in rows()])
    for secret in ("hush-hush", "officer@example.vn", make.TOKEN, make.TOKEN.partition(":")[2], "100987654"):
        assert secret not in stored
