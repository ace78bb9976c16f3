"""The stand-in mailbox and Telegram speak as the real ones do, and fail as they do."""

from __future__ import annotations

import json
import smtplib
import ssl
import urllib.error
import urllib.request
from email.message import EmailMessage

import apprise
import pytest
from apprise.plugins.telegram import NotifyTelegram

from monitor.demo.mailbox import Mailbox
from monitor.demo.telegram import Telegram

TO = "phong-htqt@so-ngoai-vu.example"


@pytest.fixture
def mailbox():
    with Mailbox(stall_seconds=0.3) as running:
        yield running


@pytest.fixture
def telegram(monkeypatch):
    with Telegram(stall_seconds=0.3) as running:
        monkeypatch.setattr(NotifyTelegram, "notify_url", running.api_url + "/bot")
        monkeypatch.setattr(NotifyTelegram, "request_rate_per_sec", 0)
        yield running


def letter(to: str = TO) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "Hội đàm: Cao Bằng và Bách Sắc"
    message["From"] = "canh-bao@doingoai.example"
    message["To"] = to
    message["Message-ID"] = "<su-kien-1@doingoai.example>"
    message.set_content("Chiều qua, hai bên đã hội đàm.")
    message.add_alternative("<p>Chiều qua, hai bên đã <b>hội đàm</b>.</p>", subtype="html")
    return message


def send(mailbox: Mailbox, to: str = TO, login: bool = True, tls: bool = True, timeout: float = 5) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with smtplib.SMTP("127.0.0.1", mailbox.port, timeout=timeout) as client:
        if tls:
            client.starttls(context=context)
        if login:
            client.login(mailbox.user, mailbox.password)
        client.send_message(letter(to))


# --- mailbox --------------------------------------------------------------------------------------------------------


def test_it_keeps_a_letter_with_both_its_parts(mailbox):
    send(mailbox)
    (kept,) = mailbox.received(TO)
    assert kept.subject == "Hội đàm: Cao Bằng và Bách Sắc"
    assert "hai bên đã hội đàm" in kept.text
    assert "<b>hội đàm</b>" in kept.html
    assert kept.message_id == "<su-kien-1@doingoai.example>"
    assert kept.encrypted
    assert mailbox.received("khac@so-ngoai-vu.example") == []


def test_it_wants_encryption_and_a_login(mailbox):
    with pytest.raises(smtplib.SMTPException):
        send(mailbox, login=False)
    with pytest.raises(smtplib.SMTPException):
        send(mailbox, tls=False, login=False)
    assert mailbox.letters == []


def test_it_refuses_a_wrong_password(mailbox):
    with smtplib.SMTP("127.0.0.1", mailbox.port, timeout=5) as client:
        client.starttls()
        with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
            client.login(mailbox.user, "sai")
    assert refused.value.smtp_code == 535


@pytest.mark.parametrize("code", ["421", "450", "550"])
def test_it_refuses_a_recipient_once_when_told_to(mailbox, code):
    mailbox.refuse(code, to=TO)
    with pytest.raises((smtplib.SMTPRecipientsRefused, smtplib.SMTPServerDisconnected)) as refused:
        send(mailbox)
    if isinstance(refused.value, smtplib.SMTPRecipientsRefused):
        assert refused.value.recipients[TO][0] == int(code)
    send(mailbox)
    assert len(mailbox.letters) == 1


def test_it_refuses_only_the_recipient_it_was_told_of(mailbox):
    mailbox.refuse("550", to="sai@so-ngoai-vu.example")
    send(mailbox)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(mailbox, to="sai@so-ngoai-vu.example")
    assert len(mailbox.letters) == 1


def test_it_refuses_logins_when_told_to(mailbox):
    mailbox.refuse("535")
    with pytest.raises(smtplib.SMTPAuthenticationError):
        send(mailbox)
    send(mailbox)
    assert len(mailbox.letters) == 1


def test_it_takes_a_letter_and_hangs_up_when_told_to(mailbox):
    mailbox.refuse("cut")
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(mailbox)
    assert len(mailbox.letters) == 1


def test_it_stalls_when_told_to(mailbox):
    mailbox.refuse("stall")
    with pytest.raises((smtplib.SMTPException, TimeoutError)):
        send(mailbox, timeout=0.2)
    assert mailbox.letters == []


def test_it_takes_what_apprise_sends(mailbox):
    heard = []
    mailbox.on_message = heard.append
    sender = apprise.Apprise()
    assert sender.add(mailbox.url(TO))
    assert sender.notify(title="Ký kết mới", body="<p>Xã Trà Lĩnh</p>", body_format=apprise.NotifyFormat.HTML)
    assert [one.subject for one in heard] == ["Ký kết mới"]
    assert heard[0].to == (TO,)


# --- Telegram -------------------------------------------------------------------------------------------------------


def call(telegram: Telegram, method: str, token: str = "", **fields: object) -> tuple[int, dict]:
    address = f"{telegram.api_url}/bot{token or telegram.token}/{method}"
    request = urllib.request.Request(
        address, data=json.dumps(fields).encode(), headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_it_keeps_a_message_and_answers_like_the_real_one(telegram):
    text = "<b>Ký kết</b> mới &amp; cũ"
    status, answer = call(telegram, "sendMessage", chat_id=-1001, text=text, parse_mode="HTML", message_thread_id=7)
    assert status == 200
    assert answer["ok"] is True
    assert answer["result"]["message_id"] == 1
    (kept,) = telegram.received("-1001")
    assert (kept.text, kept.parse_mode, kept.topic) == (text, "HTML", "7")


def test_it_knows_its_token(telegram):
    assert call(telegram, "getMe")[1]["result"]["is_bot"] is True
    assert call(telegram, "getMe", token="1:khac")[0] == 401
    assert call(telegram, "sendNothing")[0] == 404


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x" * 4097, "too long"),
        ("<b>Trà & Lĩnh</b>", "parse entities"),
        ("<div>Trà Lĩnh</div>", "parse entities"),
        ("  ", "empty"),
    ],
)
def test_it_refuses_texts_that_the_real_one_refuses(telegram, text, why):
    status, answer = call(telegram, "sendMessage", chat_id=1, text=text, parse_mode="HTML")
    assert status == 400
    assert why in answer["description"]
    assert telegram.chats == []


@pytest.mark.parametrize(
    ("failure", "status", "parameters"),
    [
        ("429", 429, {"retry_after": 3}),
        ("400", 400, None),
        ("403", 403, None),
        ("migrate", 400, {"migrate_to_chat_id": -1009876543210}),
        ("500", 500, None),
    ],
)
def test_it_fails_like_the_real_one_when_told_to(telegram, failure, status, parameters):
    telegram.fail(failure, chat_id="1")
    assert call(telegram, "sendMessage", chat_id=2, text="khác")[0] == 200
    got, answer = call(telegram, "sendMessage", chat_id=1, text="một")
    assert (got, answer["ok"], answer.get("parameters")) == (status, False, parameters)
    assert call(telegram, "sendMessage", chat_id=1, text="một")[0] == 200


def test_it_takes_a_message_and_says_nothing_when_told_to(telegram):
    telegram.fail("lost")
    with pytest.raises((urllib.error.URLError, ConnectionError)):
        call(telegram, "sendMessage", chat_id=1, text="một")
    assert len(telegram.chats) == 1


def test_it_takes_what_apprise_sends_to_a_chat(telegram):
    sender = apprise.Apprise()
    assert sender.add(telegram.url("123456789"))
    assert sender.notify(title="Hội đàm", body="<b>Cao Bằng</b>", body_format=apprise.NotifyFormat.HTML)
    telegram.fail("403")
    assert not sender.notify(body="lần nữa", body_format=apprise.NotifyFormat.TEXT)
    assert ["Cao Bằng" in chat.text for chat in telegram.received("123456789")] == [True]
