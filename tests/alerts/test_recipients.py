"""Who a recipient is, without their secrets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from alerts.recipients import fingerprint, mask, redact

BOT = "123456789:AAsecretsecretsecretsecretsecretsec"
NEW = "123456789:AAanothertokenanothertokenanotherto"
printable = st.text(st.characters(min_codepoint=32, max_codepoint=0x1EF9), max_size=60)


def test_it_knows_a_recipient_again_when_the_password_is_renewed():
    old = fingerprint("mailtos://robot:old-secret@mail.example.vn?to=officer@example.vn")
    assert old == fingerprint("mailtos://robot:new-secret@mail.example.vn:465?mode=ssl&to=Officer@example.vn")
    assert fingerprint(f"tgram://{BOT}/-100200300") == fingerprint(f"tgram://{NEW}/-100200300/?silent=yes")


def test_it_tells_recipients_apart():
    urls = [
        "mailtos://robot:x@mail.example.vn?to=officer@example.vn",
        "mailtos://robot:x@mail.example.vn?to=other@example.vn",
        "mailtos://robot:x@mail.example.vn",
        f"tgram://{BOT}/1",
        f"tgram://{BOT}/2",
        f"tgram://{BOT}/1:45",
        "json://hooks.example.vn/one",
        "json://hooks.example.vn/two",
    ]
    assert len({fingerprint(url) for url in urls}) == len(urls)


def test_it_shows_no_address_and_no_token_to_people():
    assert mask("mailtos://robot:secret@mail.example.vn?to=officer@example.vn") == "mailtos://o***@example.vn"
    assert mask("mailtos://robot:secret@example.vn") == "mailtos://r***@example.vn"
    assert mask(f"tgram://{BOT}/-100200300:7") == "tgram://…00:7"
    assert mask("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ").startswith("slack://*** (")


def test_it_blackens_tokens_passwords_and_addresses():
    line = f"POST https://api.telegram.org/bot{BOT}/sendMessage for officer@example.vn"
    assert redact(line) == "POST https://api.telegram.org/bot***/sendMessage for o***@example.vn"
    hook = "json://user:hush%20hush@hooks.example.vn/services/abcdef123456"
    said = "cannot reach http://hooks.example.vn/services/abcdef123456 as user with 'hush hush'"
    assert "abcdef123456" not in redact(said, hook)
    assert "hush" not in redact(said, hook)


@given(printable)
def test_it_can_mask_and_name_anything(text):
    for url in (text, f"mailto://{text}", f"tgram://{text}"):
        assert mask(url)
        assert isinstance(redact(text, url), str)
        assert len(fingerprint(url)) == 40


@given(st.from_regex(r"[0-9]{8,10}:[A-Za-z0-9_-]{35}", fullmatch=True), printable, printable)
def test_it_never_lets_a_bot_token_through(token, before, after):
    assert token.partition(":")[2] not in redact(f"{before} /bot{token}/getMe {after}")
