"""What goes over the wire, and what the far side's answers mean: against a real mail server and a stand-in Bot API."""

from __future__ import annotations

import logging
import socket
import ssl
from urllib.parse import quote

import pytest

from alerts import channels, mail, wording
from alerts.outcomes import Delivered, Letter, Permanent, Temporary

LETTER = Letter("Ký kết: A – B", "chữ", "<p>chữ</p>", "<abc@doingoai>", "<first@doingoai>", "vi")
NASTY = '<b>"A & B"\r\nBcc: x@y.example'


@pytest.fixture
def send(now, telegram):
    return lambda url, letter=LETTER: channels.deliver(url, letter, now, telegram.url)


def test_it_hands_an_email_over_starttls_with_login_and_its_own_headers(mailbox, send):
    assert isinstance(send(mailbox.url("officer@example.vn")), Delivered)
    ((recipient, letter),) = mailbox.letters
    assert recipient == "officer@example.vn"
    assert letter["Subject"] == "Ký kết: A – B"
    assert letter["Message-ID"] == "<abc@doingoai>"
    assert letter["In-Reply-To"] == letter["References"] == "<first@doingoai>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert "alerts.doingoai" in letter["List-Id"]
    assert letter["Date"].datetime.isoformat() == "2024-05-10T02:00:00+00:00"
    assert letter.get_content_type() == "multipart/alternative"
    kinds = [(part.get_content_type(), part.get_content().strip()) for part in letter.iter_parts()]
    assert kinds == [("text/plain", "chữ"), ("text/html", "<p>chữ</p>")]


def test_it_lets_no_title_write_a_header(mailbox, send, make):
    side = (make.body(NASTY),)
    notice = make.notice("k", make.talks(vietnamese_side=side, foreign_side=side, foreign_region=NASTY))
    send(mailbox.url(), wording.letter("email", notice, "vi"))
    send(mailbox.url(), Letter(NASTY, "t", "h", "<i@doingoai>"))
    assert len(mailbox.letters) == 2
    for recipient, letter in mailbox.letters:
        assert recipient == "officer@example.vn"
        assert letter["Bcc"] is None
        assert "Bcc: x@y.example" in letter["Subject"]


@pytest.mark.parametrize("answer", ["421 Closing", "450 Mailbox busy", "451 Greylisted", "452 Too many"])
def test_it_comes_back_after_a_temporary_answer(mailbox, send, answer):
    mailbox.to_recipient.append(answer)
    outcome = send(mailbox.url())
    assert isinstance(outcome, Temporary)
    assert answer[:3] in outcome.detail


@pytest.mark.parametrize("code", [550, 551, 553, 554])
def test_it_gives_up_a_recipient_that_is_refused_for_good(mailbox, send, code):
    mailbox.to_recipient.append(f"{code} No such user officer@example.vn")
    outcome = send(mailbox.url())
    assert isinstance(outcome, Permanent)
    assert outcome.cause == str(code)
    assert "officer@example.vn" not in outcome.detail


def test_it_gives_up_a_letter_that_is_refused_after_data(mailbox, send):
    mailbox.answers.append("554 Content refused")
    assert isinstance(send(mailbox.url()), Permanent)


def test_it_logs_in_with_letters_beyond_ascii(mailbox, send):
    mailbox.password = "Mật khẩu số 1"
    assert isinstance(send(mailbox.url(password=quote(mailbox.password))), Delivered)
    wrong = send(mailbox.url(password=quote("Mật khẩu khác")))
    assert isinstance(wrong, Permanent)
    assert wrong.cause == "535"


def test_it_gives_up_a_wrong_password_and_does_not_repeat_it(mailbox, send):
    outcome = send(mailbox.url(password="wr0ng-w0rd"))
    assert isinstance(outcome, Permanent)
    assert outcome.cause == "535"
    assert "wr0ng-w0rd" not in outcome.detail


def test_it_refuses_a_certificate_that_nobody_vouches_for(mailbox, send):
    outcome = send(mailbox.url(more=""))
    assert isinstance(outcome, Permanent)
    assert outcome.cause == "certificate"
    assert mailbox.letters == []


def test_it_accepts_a_certificate_that_the_system_trusts(mailbox, send, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    assert ssl.create_default_context().cert_store_stats()["x509_ca"] == 1
    assert isinstance(send(mailbox.url(more="")), Delivered)


def test_it_never_sends_in_the_clear_when_starttls_is_asked_for(now):
    account = mail.Account("127.0.0.1", 1, "starttls", ("", "a@example.vn"), ("", "b@example.vn"))
    assert isinstance(mail.judge(mail.smtplib.SMTPNotSupportedError("no STARTTLS")), Permanent)
    assert isinstance(mail.send(account, LETTER, now), Temporary)


def test_it_comes_back_when_the_line_is_cut_after_the_letter(mailbox, send):
    mailbox.answers.append("cut")
    assert isinstance(send(mailbox.url()), Temporary)
    assert isinstance(send(mailbox.url()), Delivered)
    assert len({letter["Message-ID"] for _, letter in mailbox.letters}) == 1


def test_it_comes_back_when_a_server_stalls(send, monkeypatch):
    monkeypatch.setattr(mail, "PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"mailtos://robot:pw@127.0.0.1:{silent.getsockname()[1]}?to=officer@example.vn&from=r@example.vn"
        outcome = send(url)
    assert isinstance(outcome, Temporary)
    assert "timed out" in outcome.detail


def test_it_comes_back_when_nobody_listens(send):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    url = f"mailtos://robot:pw@127.0.0.1:{port}?to=officer@example.vn&from=r@example.vn"
    assert isinstance(send(url), Temporary)


def test_it_sends_telegram_html_as_it_was_written(telegram, send, make):
    html = wording.telegram(make.notice(), "vi")
    assert isinstance(send(make.chat(1001), Letter("s", "", html)), Delivered)
    (body,) = telegram.taken
    assert body["text"].replace("\r\n", "\n") == html.replace("</blockquote>\n\n", "</blockquote>\n")
    assert body["chat_id"] == 1001
    assert body["parse_mode"] == "HTML"
    assert body["disable_web_page_preview"] is True


def test_it_escapes_what_looks_like_markup_for_telegram_once(telegram, send, make):
    notice = make.notice("k", make.talks(evidence=(NASTY,)))
    send(make.chat(), wording.letter("telegram", notice, "vi"))
    assert "&lt;b&gt;" in telegram.taken[0]["text"]
    assert "&amp;lt;" not in telegram.taken[0]["text"]


def test_it_writes_into_the_topic_of_a_forum(telegram, send, make):
    send(f"tgram://{make.TOKEN}/-100123:45/")
    assert telegram.taken[0]["message_thread_id"] == 45


def test_it_waits_as_long_as_telegram_asks(telegram, send, make):
    telegram.answers[1001].append(telegram.refusal(429, "Too Many Requests: retry after 7", retry_after=7))
    outcome = send(make.chat())
    assert isinstance(outcome, Temporary)
    assert outcome.after == 7


@pytest.mark.parametrize(
    ("status", "description"),
    [
        (400, "Bad Request: chat not found"),
        (401, "Unauthorized"),
        (403, "Forbidden: bot was blocked by the user"),
        (404, "Not Found"),
    ],
)
def test_it_gives_up_what_telegram_refuses(telegram, send, make, status, description):
    telegram.answers[1001].append(telegram.refusal(status, description))
    outcome = send(make.chat())
    assert isinstance(outcome, Permanent)
    assert outcome.cause == str(status)
    assert description in outcome.detail


def test_it_comes_back_after_a_fault_of_telegram(telegram, send, make):
    telegram.answers[1001].append((500, {"ok": False, "description": "Internal"}))
    assert isinstance(send(make.chat()), Temporary)


def test_it_follows_a_group_that_became_a_supergroup(telegram, send, make):
    move = telegram.refusal(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-100777)
    telegram.answers[-55].append(move)
    outcome = send(make.chat(-55))
    assert isinstance(outcome, Delivered)
    assert "-100777" in outcome.warning
    assert telegram.taken[0]["chat_id"] == -100777


def test_it_sends_plain_text_to_every_other_service(now, make):
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    heard = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(404 if len(heard) > 1 else 200)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"json://127.0.0.1:{server.server_address[1]}/s3cretpath"
    letter = wording.letter("plain", make.notice(), "vi")
    assert isinstance(channels.deliver(url, letter, now), Delivered)
    refused = channels.deliver(url, letter, now)
    server.shutdown()
    server.server_close()
    assert "Hà Giang" in heard[0].encode().decode("unicode_escape") or "Hà Giang" in heard[0]
    assert isinstance(refused, Permanent)
    assert "s3cretpath" not in refused.detail


BROKEN = {
    "nonsense": "not an Apprise URL",
    "foo://host/path-with-s3cret": "unknown service",
    "tgram://s3cret/1": "mistyped",
    "mailtos://": "mistyped",
    "mailtos://r:s3cret@example.vn?to=a@example.vn,b@example.vn": "several recipients",
    "mailtos://r:s3cret@example.vn?to=a@example.vn&cc=b@example.vn": "cc or bcc",
    "tgram://123456789:AAsecretsecretsecretsecretsecrets3cret/1/2": "several recipients",
    "tgram://123456789:AAsecretsecretsecretsecretsecrets3cret/": "names no chat",
}


@pytest.mark.parametrize(("url", "words"), BROKEN.items())
def test_it_says_what_is_wrong_with_an_address_and_never_shows_it(url, words):
    trouble = channels.check(url)
    assert words in trouble
    assert "s3cret" not in trouble


def test_it_names_a_broken_address_by_its_subscription(make):
    good = "mailtos://r:hush@example.vn?to=a@example.vn"
    wish = make.subscription(good, "foo://s3cret", name="Phòng A")
    found = channels.problems([wish], ["tgram://s3cret"])
    assert [line.partition(":")[0] for line in found] == ['subscription "Phòng A", to[1]', "operators, to[0]"]
    assert "s3cret" not in "".join(found)
    assert channels.check(good) is None


def test_it_gives_up_a_broken_address_without_a_word_of_it(send):
    outcome = send("foo://s3cret")
    assert isinstance(outcome, Permanent)
    assert "s3cret" not in outcome.detail


def test_it_keeps_secrets_out_of_every_log_line(mailbox, telegram, send, make, caplog):
    caplog.set_level(logging.DEBUG)
    telegram.answers[1001].extend([telegram.refusal(403, "Forbidden"), telegram.refusal(429, "x", retry_after=1)])
    outcomes = [send(make.chat()), send(make.chat()), send(make.chat()), send(mailbox.url(password="wr0ng-w0rd"))]
    outcomes += [send(mailbox.url()), channels.deliver(make.chat(), LETTER, make.NOW, "http://127.0.0.1:9")]
    said = caplog.text + "".join(repr(outcome) for outcome in outcomes)
    assert "127.0.0.1" in caplog.text  # the HTTP client did log what it asked for
    for secret in (make.TOKEN, make.TOKEN.partition(":")[2], make.PASSWORD, "wr0ng-w0rd"):
        assert secret not in said
