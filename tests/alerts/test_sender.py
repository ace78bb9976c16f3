"""What happens to a message that is due: once, in order, and never marked sent before it was taken."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from alerts import channels, sender
from alerts.outbox import OPERATORS, announce
from alerts.outcomes import Delivered, Permanent, Temporary
from alerts.sender import SendReport, retry, send_due, take_back, try_out
from alerts.tables import Attempt, Message

HANOI = "Asia/Ho_Chi_Minh"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class House:
    """The alerts of one configuration: tell something, send what is due, look at the rows."""

    def __init__(self, database, make, telegram) -> None:
        self.database, self.make, self.telegram = database, make, telegram
        self.subscriptions, self.operators, self.now = [], [], make.NOW

    def tell(self, *notices) -> int:
        with self.database.writing() as session:
            told = (self.subscriptions, self.operators, self.now, HANOI)
            return sum(announce(session, notice, *told) for notice in notices)

    def send(self, after: timedelta = timedelta(), **more) -> SendReport:
        self.now += after
        writing = self.database.writing
        return send_due(writing, self.subscriptions, self.operators, self.now, self.telegram.url, **more)

    def rows(self) -> list[Message]:
        with self.database.reading() as session:
            return list(session.scalars(select(Message).order_by(Message.id)))

    def attempts(self) -> list[Attempt]:
        with self.database.reading() as session:
            return list(session.scalars(select(Attempt).order_by(Attempt.id)))


@pytest.fixture
def house(database, make, telegram):
    return House(database, make, telegram)


@pytest.fixture
def outcomes(monkeypatch):
    """Lets a test say what becomes of each letter; keeps what was handed over."""
    handed, planned = [], []

    def deliver(url, letter, now, telegram_api=""):
        handed.append((url, letter, now))
        return planned.pop(0) if planned else Delivered("ok")

    monkeypatch.setattr(channels, "deliver", deliver)
    deliver.handed, deliver.planned = handed, planned
    return deliver


def test_it_sends_by_email_and_telegram_and_says_so_afterwards(house, mailbox, telegram, make):
    house.subscriptions = [make.subscription(mailbox.url(), make.chat())]
    house.tell(make.notice())
    assert house.send() == SendReport(sent=2)
    assert mailbox.subjects == ["Hội đàm: Hà Giang – Văn Sơn (Vân Nam), 09/05/2024"]
    assert "Hà Giang – Văn Sơn" in telegram.taken[0]["text"]
    assert all(row.sent_at and row.tries == 1 and row.state == "sent" and not row.claimed_by for row in house.rows())
    assert [attempt.ok for attempt in house.attempts()] == [True, True]
    assert house.send(DAY) == SendReport()


def test_it_sends_nothing_that_is_not_due(house, outcomes, make):
    house.subscriptions = [make.subscription("json://h/aaaa", send="daily 12:00")]
    house.tell(make.notice())
    assert house.send() == SendReport()
    assert house.send(3 * 60 * MINUTE) == SendReport(sent=1)


def test_it_threads_an_update_under_the_first_email(house, mailbox, make):
    house.subscriptions = [make.subscription(mailbox.url())]
    house.tell(make.notice(), make.update("event:7/1", "event:7", make.talks(), make.signing()))
    house.send()
    (_, first), (_, second) = mailbox.letters
    assert second["In-Reply-To"] == first["Message-ID"]
    assert second["Subject"].startswith("Cập nhật: ký kết")


BORROW_AND_HANG = """
import sys, time
from datetime import UTC, datetime
from alerts import shelf
from alerts.sender import _Round
from crawler.database import Database
database = Database(sys.argv[1])
now = datetime.fromisoformat(sys.argv[2])
sender = _Round(database.writing, [], [], now, "", "UTC", "vi", lambda: False)
with database.writing() as session:
    shelf.claim(session, sender.waiting(1)[0], sender.owner, now, 1)
print("borrowed", flush=True)
time.sleep(600)
"""


def test_it_takes_back_what_a_killed_sender_had_in_hand(house, outcomes, make):
    house.subscriptions = [make.subscription("json://h/aaaa")]
    house.tell(make.notice())
    address = house.database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", BORROW_AND_HANG, address, house.now.isoformat()]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        try:
            assert other.stdout.readline() == b"borrowed\n"
            assert take_back(house.database.writing) == 0  # it lives
            other.kill()
            while Path(f"/proc/{other.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                time.sleep(0.01)
            assert house.send() == SendReport()  # not waited for yet, and its lease still runs
            assert take_back(house.database.writing) == 1
        finally:
            other.kill()
    assert house.send() == SendReport(sent=1)
    assert take_back(house.database.writing) == 0


@pytest.mark.parametrize(
    ("owner", "back"),
    [("{host}:{pid}:1234", 1), ("{host}:{parent}:1234", 0), ("elsewhere:{pid}:1234", 0), ("{host}x:{pid}:12", 0)],
)
def test_it_takes_back_only_from_this_machine_and_from_its_own_former_number(house, make, owner, back):
    house.subscriptions = [make.subscription("json://h/aaaa")]
    house.tell(make.notice())
    name = owner.format(host=socket.gethostname()[:30], pid=os.getpid(), parent=os.getppid())
    with house.database.writing() as session:
        session.execute(update(Message).values(claimed_by=name, claimed_until=house.now + 10 * MINUTE))
    assert take_back(house.database.writing) == back
    assert [row.claimed_by for row in house.rows()] == ["" if back else name]


def test_it_sends_a_message_once_when_two_senders_run(house, mailbox, make):
    house.subscriptions = [make.subscription(*[mailbox.url(f"officer{n}@example.vn") for n in range(5)])]
    house.tell(*[make.notice(f"event:{n}") for n in range(4)])
    reports = []
    threads = [threading.Thread(target=lambda: reports.append(house.send(workers=2))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    house.send()
    ids = [letter["Message-ID"] for _, letter in mailbox.letters]
    assert len(ids) == len(set(ids)) == 20
    assert [row.tries for row in house.rows()] == [1] * 20


def test_it_sends_again_under_the_same_name_when_it_died_before_it_could_say_so(house, mailbox, make, monkeypatch):
    house.subscriptions = [make.subscription(mailbox.url())]
    house.tell(make.notice())
    with monkeypatch.context() as patch:
        patch.setattr(sender._Round, "_note", lambda *args: (_ for _ in ()).throw(SystemError("killed")))
        house.send()
    assert house.rows()[0].sent_at is None
    assert house.send(MINUTE) == SendReport()  # still lent to the dead one
    assert house.send(15 * MINUTE) == SendReport(sent=1)
    first, second = (letter["Message-ID"] for _, letter in mailbox.letters)
    assert first == second == house.rows()[0].message_id


def test_it_leaves_a_row_alone_that_another_sender_took_over(house, outcomes, make, monkeypatch):
    house.subscriptions = [make.subscription("json://h/aaaa")]
    house.tell(make.notice())

    def taken_over(*args):
        with house.database.writing() as session:
            session.execute(update(Message).values(claimed_by="another"))
        return Temporary("slow")

    monkeypatch.setattr(channels, "deliver", taken_over)
    house.send()
    assert house.rows()[0].claimed_by == "another"
    assert house.rows()[0].tries == 0
    assert len(house.attempts()) == 1


def test_it_holds_no_transaction_while_it_speaks_to_the_network(house, make, monkeypatch):
    house.subscriptions = [make.subscription("json://h/aaaa")]
    house.tell(make.notice())

    def deliver(*args):
        house.tell(make.notice("event:9"))  # would wait for ever for the writer's lock
        return Delivered("ok")

    monkeypatch.setattr(channels, "deliver", deliver)
    assert house.send(limit=1) == SendReport(sent=1)


def test_it_backs_off_further_each_time(house, outcomes, make):
    house.subscriptions = [make.subscription("json://h/aaaa")]
    house.tell(make.notice())
    waits = []
    for _ in range(8):
        outcomes.planned.append(Temporary("450 busy"))
        assert house.send() == SendReport(deferred=1)
        waits.append((house.rows()[0].due_at - house.now) / MINUTE)
        assert house.send(timedelta(seconds=30)) == SendReport()
        house.now = house.rows()[0].due_at
    for wait, minutes in zip(waits, (1, 2, 5, 15, 30, 60, 60, 60), strict=True):
        assert minutes <= wait <= minutes * 1.2 + 0.1
    assert house.rows()[0].state == "retrying"
    assert house.rows()[0].error == "450 busy"
    assert house.send() == SendReport(sent=1)
    assert house.rows()[0].error == ""


def test_it_waits_as_long_as_it_was_asked_to(house, outcomes, make):
    house.subscriptions = [make.subscription("json://h/aaaa")]
    house.tell(make.notice())
    outcomes.planned.append(Temporary("429", after=7))
    house.send()
    assert timedelta(seconds=7) <= house.rows()[0].due_at - house.now <= timedelta(seconds=10)


def test_it_keeps_the_order_within_a_recipient(house, outcomes, make):
    house.subscriptions = [make.subscription("json://h/aaaa", "json://h/bbbb")]
    house.tell(make.notice("event:1"), make.notice("event:2"))
    outcomes.planned += [Temporary("busy"), Temporary("busy")]
    house.send(limit=2)
    assert house.send(timedelta(seconds=10)) == SendReport()  # the second must not overtake the first
    house.send(5 * MINUTE)
    sent = [(row.recipient, row.notice_key) for row in sorted(house.rows(), key=lambda row: row.sent_at)]
    for recipient in {name for name, _ in sent}:
        assert [key for name, key in sent if name == recipient] == ["event:1", "event:2"]


def test_it_gives_up_at_once_what_is_refused_for_good_and_tells_the_operators_once(house, outcomes, make):
    house.subscriptions = [make.subscription("json://h/aaaa")]
    house.operators = ["json://ops/cccc"]
    house.tell(make.notice("event:1"), make.notice("event:2"))
    outcomes.planned += [Permanent("403 bot was blocked", "403"), Permanent("403 bot was blocked", "403")]
    report = house.send(workers=1)
    assert (report.given_up, report.sent) == (2, 1)
    (trouble,) = [row for row in house.rows() if row.subscription == OPERATORS]
    assert trouble.sent_at
    letter = outcomes.handed[-1][1]
    assert "Không gửi được" in letter.subject
    assert "Phòng Hợp tác quốc tế" in letter.text
    assert "403 bot was blocked" in letter.text
    assert "mời bot vào lại" in letter.text
    assert [row.state for row in house.rows()] == ["failed", "failed", "sent"]


def test_it_tells_of_the_same_trouble_again_after_things_went_well(house, outcomes, make):
    house.subscriptions, house.operators = [make.subscription("json://h/aaaa")], ["json://ops/cccc"]
    for number, outcome in enumerate([Permanent("no", "403"), Delivered("ok"), Permanent("no", "403")]):
        house.tell(make.notice(f"event:{number}"))
        outcomes.planned.append(outcome)
        house.send(workers=1)
    assert len([row for row in house.rows() if row.subscription == OPERATORS]) == 2


def test_it_does_not_tell_an_operator_that_they_cannot_be_told(house, outcomes, make):
    house.operators = ["json://ops/cccc"]
    house.tell(make.notice("o", change="operator", subject="s", body="b"))
    outcomes.planned.append(Permanent("no", "404"))
    house.send()
    assert len(house.rows()) == 1


def test_it_gives_up_loudly_after_three_days(house, outcomes, make):
    house.subscriptions, house.operators = [make.subscription("json://h/aaaa")], ["json://ops/cccc"]
    house.tell(make.notice())
    outcomes.planned.append(Temporary("no route"))
    house.send()
    outcomes.planned.append(Temporary("no route"))
    assert house.send(3 * DAY - MINUTE).deferred == 1
    outcomes.planned.append(Temporary("no route"))
    report = house.send(2 * 60 * MINUTE, workers=1)
    assert (report.given_up, report.sent) == (1, 1)
    assert "no route" in house.rows()[0].error
    assert "ba ngày" in outcomes.handed[-1][1].text


def test_it_gives_up_a_recipient_that_left_the_configuration(house, outcomes, make):
    house.subscriptions = [make.subscription("json://h/aaaa")]
    house.tell(make.notice())
    house.subscriptions = []
    assert house.send() == SendReport(given_up=1)
    assert "no longer in the configuration" in house.rows()[0].error
    assert outcomes.handed == []


def test_it_goes_on_when_one_row_is_broken(house, outcomes, make):
    house.subscriptions = [make.subscription("json://h/aaaa", "json://h/bbbb")]
    house.tell(make.notice("event:1"), make.notice("event:2"))
    with house.database.writing() as session:
        broken = session.scalars(select(Message).order_by(Message.id)).first()
        broken.notice = {"key": "event:1", "nonsense": True}
    assert house.send() == SendReport(sent=3, given_up=1)


def test_it_goes_on_when_a_channel_trips(house, make, monkeypatch):
    house.subscriptions = [make.subscription("json://h/aaaa", "json://h/bbbb")]
    house.tell(make.notice())

    def deliver(url, *args):
        if url.endswith("aaaa"):
            raise ZeroDivisionError
        return Delivered("ok")

    monkeypatch.setattr(channels, "deliver", deliver)
    assert house.send() == SendReport(sent=1, deferred=1)


def test_it_puts_given_up_messages_back_on_request(house, outcomes, make):
    house.subscriptions = [make.subscription("json://h/aaaa", "json://h/bbbb")]
    house.tell(make.notice())
    outcomes.planned += [Permanent("no", "535")] * 2
    house.send()
    with house.database.writing() as session:
        assert retry(session, house.rows()[0].id, house.now) == 1
    assert [row.state for row in house.rows()] == ["waiting", "failed"]
    with house.database.writing() as session:
        assert retry(session, None, house.now) == 1
    assert house.send() == SendReport(sent=2)
    with house.database.writing() as session:
        assert retry(session, None, house.now) == 0


def test_it_holds_a_retry_back_in_quiet_hours(house, outcomes, make):
    house.subscriptions = [make.subscription("json://h/aaaa", quiet_hours="21:30-06:30")]
    house.now += timedelta(hours=12)  # 21:00 in Hà Nội
    house.tell(make.notice())
    outcomes.planned.append(Temporary("busy"))
    house.send()
    assert house.send(timedelta(hours=1)) == SendReport(deferred=1)
    assert len(outcomes.handed) == 1
    assert house.rows()[0].due_at == make.NOW + timedelta(hours=21, minutes=30)
    assert house.send(timedelta(hours=9)) == SendReport(sent=1)


def test_it_sends_one_digest_a_day_with_all_that_waited(house, mailbox, make):
    house.subscriptions = [make.subscription(mailbox.url(), send="daily 07:30")]
    house.tell(make.notice("event:1"), make.notice("event:2", make.signing(province="lang-son")))
    assert house.send() == SendReport()
    house.now += timedelta(hours=22, minutes=30)  # 07:30 the next day
    house.tell(make.notice("event:3"))  # for tomorrow's
    assert house.send() == SendReport(sent=2)
    assert mailbox.subjects == ["Điểm tin đối ngoại 11/05/2024: 1 ký kết, 1 cuộc gặp"]
    assert house.send(timedelta(hours=3)) == SendReport()
    assert house.send(DAY) == SendReport(sent=1)
    assert len(mailbox.letters) == 2
    assert len({letter["Message-ID"] for _, letter in mailbox.letters}) == 2


def test_it_sends_a_digest_that_was_due_while_it_was_down_once(house, mailbox, make):
    house.subscriptions = [make.subscription(mailbox.url(), send="daily 07:30")]
    house.tell(make.notice("event:1"))
    house.now += DAY
    house.tell(make.notice("event:2"))
    assert house.send(3 * DAY) == SendReport(sent=2)
    assert len(mailbox.letters) == 1


def test_it_repeats_a_digest_under_the_same_name_though_more_has_come(house, outcomes, make):
    house.subscriptions = [make.subscription("mailtos://r:x@h.vn?to=a@h.vn", send="daily 07:30")]
    house.tell(make.notice("event:1"))
    house.now += DAY
    house.tell(make.notice("event:2"))
    outcomes.planned.append(Temporary("cut"))
    house.send()
    house.now += DAY
    assert house.send() == SendReport(sent=2)
    ids = [letter.message_id for _, letter, _ in outcomes.handed]
    assert ids[0] == ids[1] != ids[2]
    assert [row.digest_id for row in house.rows()] == [ids[0], ids[2]]


def test_it_lets_an_update_refer_to_the_digest_that_brought_the_news(house, outcomes, make):
    daily = make.subscription("mailtos://r:x@h.vn?to=a@h.vn", send="daily 07:30")
    house.subscriptions = [daily]
    house.tell(make.notice("event:7"))
    house.send(DAY)
    house.subscriptions = [daily.model_copy(update={"send": "now"})]
    house.tell(make.update("event:7/1", "event:7"))
    house.send()
    digest, news = (letter for _, letter, _ in outcomes.handed)
    assert news.in_reply_to == digest.message_id


def test_it_sends_a_long_digest_to_telegram_in_parts(house, telegram, make):
    house.subscriptions = [make.subscription(make.chat(), send="daily 07:30")]
    house.tell(*[make.notice(f"event:{n}") for n in range(30)])
    assert house.send(DAY) == SendReport(sent=30)
    assert [body["text"].count("▪") for body in telegram.taken] == [12, 12, 6]


def test_it_stops_when_asked(house, outcomes, make):
    house.subscriptions = [make.subscription("json://h/aaaa")]
    house.tell(*[make.notice(f"event:{n}") for n in range(5)])
    assert house.send(stop=lambda: len(outcomes.handed) >= 2) == SendReport(sent=2)


def test_it_sends_no_more_than_the_limit(house, outcomes, make):
    house.subscriptions = [make.subscription("json://h/aaaa", "json://h/bbbb")]
    house.tell(*[make.notice(f"event:{n}") for n in range(5)])
    assert house.send(limit=3) == SendReport(sent=3)
    assert house.send() == SendReport(sent=7)


def test_it_is_not_held_up_by_many_recipients_that_must_wait(house, outcomes, make):
    house.subscriptions = [make.subscription(*[f"json://h/path{n}" for n in range(6)])]
    house.tell(make.notice("event:1"), make.notice("event:2"))
    outcomes.planned += [Temporary("busy")] * 5
    house.send(limit=5, workers=1)
    assert house.send(timedelta(seconds=5), limit=5) == SendReport(sent=2)


def test_it_tries_out_an_address_without_leaving_a_row(house, mailbox, telegram, make):
    found = try_out([mailbox.url(), make.chat(), "foo://s3cret"], house.now, telegram.url)
    assert [type(outcome) for _, outcome in found] == [Delivered, Delivered, Permanent]
    assert "thông báo thử" in telegram.taken[0]["text"].lower()
    assert "s3cret" not in repr(found)
    assert house.rows() == []


def test_it_keeps_secrets_out_of_the_database_and_the_logs(house, mailbox, telegram, make, caplog):
    caplog.set_level(logging.DEBUG)
    urls = [mailbox.url("officer@example.vn", password="wr0ng-w0rd"), mailbox.url("b@example.vn"), make.chat()]
    house.subscriptions, house.operators = [make.subscription(*urls)], [make.chat(2002)]
    telegram.answers[1001].append(telegram.refusal(403, f"Forbidden for bot{make.TOKEN}"))
    house.tell(make.notice())
    house.send()
    stored = [*house.rows(), *house.attempts()]
    dump = "\n".join(str(getattr(row, column.name)) for row in stored for column in row.__table__.columns)
    assert "officer" not in dump
    for secret in (make.TOKEN, make.TOKEN.partition(":")[2], make.PASSWORD, "wr0ng-w0rd"):
        assert secret not in dump + caplog.text
        assert secret not in "".join(body["text"] for body in telegram.taken)
    assert any(body["chat_id"] == 2002 for body in telegram.taken)


def test_it_loses_nothing_when_much_fails_for_a_while(house, make, monkeypatch):
    taken, calls = [], []

    def deliver(url, letter, now, telegram_api=""):
        calls.append(url)
        if len(calls) % 3 == 0:
            return Temporary("busy")
        taken.append((url, letter.subject))
        return Delivered("ok")

    monkeypatch.setattr(channels, "deliver", deliver)
    house.subscriptions = [make.subscription(*[f"json://h/path{n}" for n in range(4)])]
    house.tell(
        *[make.notice(f"event:{n}", make.talks(place=f"nơi {n}", date=f"2024-05-{n + 1:02d}")) for n in range(5)]
    )
    for _ in range(20):
        house.send(10 * MINUTE)
    assert len(taken) == len(set(taken)) == 20
    with house.database.reading() as session:
        assert session.scalar(select(func.count()).where(Message.sent_at.is_(None))) == 0
    for url in {url for url, _ in taken}:
        days = [subject[-10:] for name, subject in taken if name == url]
        assert days == sorted(days)
