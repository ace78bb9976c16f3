"""The stand-in portals behave as real ones do: addresses, noise, validators, robots, troubles, and days that fit."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import socket
import time
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.message import Message
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.catalogue import Source
from monitor.demo.outlets import OUTLETS, as_entities, slug
from monitor.demo.portals import Portals, Visit
from monitor.demo.stories import HANOI, Calendar, load_events, load_stories

STORIES = load_stories()
EVENTS = {event.id: event for event in load_events()}
OUTLET_IDS = [outlet.id for outlet in OUTLETS]


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args, **kwargs):
        return None


OPENER = urllib.request.build_opener(NoRedirect, urllib.request.ProxyHandler({}))


def ask(url: str, timeout: float = 10, **headers: str) -> tuple[int, Message, bytes]:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with OPENER.open(urllib.request.Request(url, headers=names), timeout=timeout) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


@pytest.fixture
def portals():
    with Portals() as running:
        yield running


# --- the articles ---------------------------------------------------------------------------------------------------


def test_it_has_enough_news_from_five_outlets():
    assert len(STORIES) >= 46
    assert len({story.outlet for story in STORIES}) == 5
    assert min(Counter(story.outlet for story in STORIES).values()) >= 7
    assert len({story.key for story in STORIES}) == len(STORIES)


def test_it_tells_every_alerted_event_and_most_of_them_twice():
    outlets = {name: {story.outlet for story in STORIES if name in story.events} for name in EVENTS}
    alerted = [name for name, event in EVENTS.items() if event.alerted]
    assert len(alerted) >= 9
    assert all(outlets[name] for name in EVENTS)
    assert sum(len(outlets[name]) >= 2 for name in alerted) >= 8


def test_it_names_only_events_that_exist():
    assert {name for story in STORIES for name in story.events} <= set(EVENTS)


def test_it_plants_every_kind_of_news_that_is_no_event():
    wanted = {
        "domestic meeting",
        "domestic signing",
        "background",
        "proposal",
        "national level only",
        "trade statistics",
        "teaser text",
        "foreign news",
        "festival",
        "preparation meeting",
        "signing of a decision",
    }
    assert wanted <= {story.negative for story in STORIES if story.step > 0}


def test_it_keeps_the_words_of_two_outlets_apart():
    """A second outlet that copies sentences would test nothing but copies; one reprint is on purpose."""
    by_event: dict[str, list] = {}
    for story in STORIES:
        for name in story.events:
            by_event.setdefault(name, []).append(story)
    for stories in by_event.values():
        for one in stories:
            others = {text for other in stories if other.outlet != one.outlet for text in other.paragraphs}
            if one.key not in ("bp-han-quoc", "hd-han-quoc"):
                assert not others & set(one.paragraphs)


@given(st.integers(0, 200_000))
def test_it_fills_every_day_word_on_any_day(hours):
    calendar = Calendar(datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=hours))
    for story in STORIES:
        for text in (story.title, story.lead, *story.paragraphs, *story.captions):
            assert not re.search(r"[{}]", calendar.words(text))


def test_it_counts_days_across_the_new_year():
    calendar = Calendar(datetime(2026, 12, 31, 18, 0, tzinfo=UTC))  # 1 January in Hanoi
    assert (
        calendar.words("{d} {d-1} {dmy-1} {dot-1} {dash+30} {y} {y-1}") == "1/1 31/12 31/12/2026 31.12 31-1 2027 2026"
    )


def test_it_dates_articles_after_the_events_they_report():
    with Portals() as portals:
        portals.release(portals.last_step)
        for story in STORIES:
            day = max((EVENTS[name].day for name in story.events), default=None)
            if day is not None and not EVENTS[story.events[0]].upcoming_first:
                published = portals.shown(story).published.astimezone(HANOI).date()
                assert published >= portals.calendar.day(day).date()


# --- pages ----------------------------------------------------------------------------------------------------------


def test_it_serves_every_article_at_an_address_of_its_own(portals):
    portals.release(portals.last_step)
    addresses = {portals.url(story.key) for story in STORIES}
    assert len(addresses) == len(STORIES)
    for story in STORIES:
        status, _headers, body = ask(portals.url(story.key))
        assert status == 200
        assert len(body) > 2000
        assert portals.story_at(portals.url(story.key)) == story


@pytest.mark.parametrize("outlet", OUTLET_IDS)
def test_it_gives_each_outlet_a_host_of_its_own_and_a_valid_entry(portals, outlet):
    entry = next(source for source in portals.sources() if source["id"] == outlet)
    source = Source.model_validate(entry)
    assert source.home == portals.base(outlet) + "/"
    assert len(set(portals.hosts())) == 5


def test_it_has_one_outlet_without_any_selector(portals):
    bare = [entry for entry in portals.sources() if not {"listings", "feeds", "sitemaps", "body"} & set(entry)]
    assert [entry["id"] for entry in bare] == ["so-ngoai-vu-xu-lang"]


@pytest.mark.parametrize("outlet", OUTLET_IDS)
def test_it_lists_the_archive_on_the_home_page_and_hides_what_is_to_come(portals, outlet):
    _status, _headers, body = ask(portals.base(outlet) + "/")
    for story in STORIES:
        if story.outlet == outlet:
            path = portals.outlets[outlet].path(story).encode()
            assert (path in body) == (story.step == 0)
            assert ask(portals.url(story.key))[0] == (200 if story.step == 0 else 404)


def test_it_shows_todays_clock_and_counts_views(portals):
    page = portals.base("cong-quang-ninh") + "/Trang/Tin-tuc-su-kien.aspx"
    first, second = ask(page)[2], ask(page)[2]
    assert first != second
    assert datetime.now(HANOI).strftime("%d/%m/%Y").encode() in first


def test_it_surrounds_an_article_with_signing_words_of_other_news(portals):
    portals.release(portals.last_step)
    page = ask(portals.url("hd-cau-cang"))[2].decode()
    assert "ký kết Bản ghi nhớ" in page
    assert "ký kết" not in " ".join(portals.story("hd-cau-cang").paragraphs)


def test_it_spells_one_newspaper_with_entities_and_another_with_hard_spaces(portals):
    portals.release(portals.last_step)
    entities = ask(portals.url("nn-hoi-dam"))[2].decode()
    assert "hội đ&agrave;m" in entities
    assert "đàm" not in entities
    assert "Hồng\N{NO-BREAK SPACE}Hà" in ask(portals.url("sh-hong-ha"))[2].decode()


def test_it_tells_a_wrong_offset_beside_the_right_wall_clock(portals):
    page = ask(portals.url("xl-bao-ho"))[2].decode()
    published = portals.shown(portals.story("xl-bao-ho")).published.astimezone(HANOI)
    assert published.strftime('content="%Y-%m-%dT%H:%M:%S-05:00"') in page
    assert published.strftime("%H:%M:%S | %d/%m/%Y") in page


def test_it_lists_in_json_feed_and_sitemap_what_is_there(portals):
    listing = json.loads(ask(portals.base("bao-non-nuoc") + "/list-post-by-category?page=1&limit=20&category_id=58")[2])
    archive = [story for story in STORIES if story.step == 0]
    assert {row["link"] for row in listing["data"]} == {
        portals.url(story.key) for story in archive if story.outlet == "bao-non-nuoc"
    }
    feed = ask(portals.base("bao-song-hong") + "/rss/home.rss")[2].decode()
    sitemap = ask(portals.base("tap-chi-bon-phuong") + "/sitemap-news.xml")[2].decode()
    for story in archive:
        if story.outlet in ("bao-song-hong", "tap-chi-bon-phuong"):
            assert portals.url(story.key) in (feed if story.outlet == "bao-song-hong" else sitemap)


def test_it_pages_long_lists():
    with Portals(page_size=4) as portals:
        home = portals.base("bao-non-nuoc") + "/"
        first, second = ask(home)[2], ask(home + "?page=2")[2]
        cards = re.compile(rb'class="time"')
        assert (len(cards.findall(first)), len(cards.findall(second))) == (4, 2)
        assert b"?page=2" in first
        assert b"?page=3" not in second


def test_it_closes_paths_by_robots_and_asks_one_visitor_to_wait(portals):
    for outlet, path, allowed in (("bao-non-nuoc", "/ban-in/1", False), ("bao-non-nuoc", "/doi-ngoai", True)):
        parser = RobotFileParser()
        parser.parse(ask(portals.base(outlet) + "/robots.txt")[2].decode().splitlines())
        assert parser.can_fetch("doingoai", path) is allowed
    assert b"Crawl-delay: 0.5" in ask(portals.base("cong-quang-ninh") + "/robots.txt")[2]


def test_it_packs_pages_for_who_asks(portals):
    home = portals.base("bao-song-hong") + "/"
    _status, headers, body = ask(home, Accept_Encoding="gzip")
    assert headers["Content-Encoding"] == "gzip"
    assert "Báo Sông Hồng".encode() in gzip.decompress(body)
    assert ask(home)[1]["Content-Encoding"] is None


def test_it_answers_many_at_once_and_remembers_how_many(portals):
    portals.trouble("bao-non-nuoc", "stall")
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(ask, portals.base("bao-non-nuoc") + f"/doi-ngoai?n={n}") for n in range(4)]
        limit = time.monotonic() + 5
        while time.monotonic() < limit and portals._busy["bao-non-nuoc"] < 4:
            time.sleep(0.01)
        portals.heal()
        for one in waiting:
            assert one.exception() is not None
    assert portals.most_concurrent("bao-non-nuoc") == 4


# --- news appears ---------------------------------------------------------------------------------------------------


def test_it_releases_step_by_step(portals):
    new = portals.release()
    assert {story.step for story in new} == {1}
    assert ask(portals.url("nn-hoi-dam"))[0] == 200
    assert ask(portals.url("nn-ket-nghia"))[0] == 404
    assert {story.step for story in portals.release(3)} == {2, 3}
    assert portals.release(2) == ()


def test_it_releases_by_the_clock_when_told_to():
    with Portals(schedule=(0.2,)) as portals:
        assert all(story.step == 0 for story in portals.stories())
        time.sleep(0.3)
        assert ask(portals.url("nn-hoi-dam"))[0] == 200


def test_it_publishes_new_articles_just_now(portals):
    portals.release()
    age = datetime.now(UTC) - portals.shown(portals.story("nn-hoi-dam")).published
    assert timedelta(minutes=11) < age < timedelta(minutes=13)


def test_it_takes_its_time_from_a_given_clock():
    moment = datetime(2027, 1, 1, 2, 30, tzinfo=HANOI)
    with Portals(clock=lambda: moment) as portals:
        portals.release()
        page = ask(portals.url("xl-sung-ta"))[2].decode()
    assert "Sáng 31/12" in page
    assert "01/01/2027" in page


def test_it_corrects_an_article_later(portals):
    portals.release(portals.last_news)
    before = ask(portals.url("sh-giao-luu"))
    assert portals.release() == ()
    assert portals.step == portals.last_step
    after = ask(portals.url("sh-giao-luu"), If_None_Match=before[1]["ETag"])
    assert "27 cán bộ" in before[2].decode()
    assert after[0] == 200
    assert "32 cán bộ" in after[2].decode()
    assert before[1]["ETag"] != after[1]["ETag"]


# --- conditional requests -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outlet", ["bao-non-nuoc", "bao-song-hong", "so-ngoai-vu-xu-lang", "tap-chi-bon-phuong"])
def test_it_says_not_modified_until_something_changes(portals, outlet):
    home = portals.base(outlet) + "/"
    headers = ask(home)[1]
    names = {"If_None_Match": headers["ETag"], "If_Modified_Since": headers["Last-Modified"]}
    asked = {name: value for name, value in names.items() if value}
    assert asked
    status, _headers, body = ask(home, **asked)
    assert (status, body) == (304, b"")
    portals.release()
    assert ask(home, **asked)[0] == 200


def test_it_has_an_outlet_without_validators(portals):
    headers = ask(portals.base("cong-quang-ninh") + "/")[1]
    assert headers["ETag"] is None
    assert headers["Last-Modified"] is None


def test_it_never_keeps_last_modified_over_two_releases(portals):
    home = portals.base("so-ngoai-vu-xu-lang") + "/"
    seen = [ask(home)[1]["Last-Modified"]]
    for _step in range(3):
        portals.release()
        seen.append(ask(home)[1]["Last-Modified"])
    assert len(set(seen[1:])) >= 2  # the second step brings this outlet news, as do the first and the third
    assert ask(home, If_Modified_Since=seen[0])[0] == 200


def test_it_writes_every_request_down(portals):
    home = portals.base("bao-song-hong") + "/"
    etag = ask(home, User_Agent="doingoai-test")[1]["ETag"]
    ask(home, If_None_Match=etag)
    ask(portals.base("bao-song-hong") + "/robots.txt")
    first, second = portals.visits("bao-song-hong")
    assert isinstance(first, Visit)
    assert (first.status, first.conditional, first.path, first.agent) == (200, False, "/", "doingoai-test")
    assert (second.status, second.conditional, second.bytes) == (304, True, 0)
    assert first.bytes > 500
    assert len(portals.log) == 3


# --- troubles -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "status"), [("error", 500), ("redirect-loop", 302), ("redirect-private", 302), ("too-many", 429)]
)
def test_it_can_be_in_trouble_by_status(portals, kind, status):
    portals.trouble("bao-non-nuoc", kind)
    got, headers, _body = ask(portals.base("bao-non-nuoc") + "/doi-ngoai")
    assert got == status
    if kind == "redirect-loop":
        assert headers["Location"] == "/doi-ngoai"
    if kind == "redirect-private":
        assert headers["Location"].startswith("http://169.254.169.254/")
    if kind == "too-many":
        assert headers["Retry-After"] == "2"
    portals.heal()
    assert ask(portals.base("bao-non-nuoc") + "/doi-ngoai")[0] == 200


def test_it_can_be_in_trouble_at_one_path_only(portals):
    portals.trouble("bao-non-nuoc", "error", path="/doi-ngoai")
    assert ask(portals.base("bao-non-nuoc") + "/doi-ngoai")[0] == 500
    assert ask(portals.base("bao-non-nuoc") + "/kinh-te")[0] == 200


def test_it_can_send_too_much(portals):
    portals.trouble("bao-non-nuoc", "huge")
    assert len(ask(portals.base("bao-non-nuoc") + "/", timeout=60)[2]) >= 50 * 1024 * 1024
    portals.trouble("bao-non-nuoc", "gzip-bomb")
    body = ask(portals.base("bao-non-nuoc") + "/")[2]
    assert len(body) < 2_000_000
    assert len(gzip.decompress(body)) > 100_000_000


@pytest.mark.parametrize("kind", ["garbage", "empty", "maintenance", "charset"])
def test_it_can_send_what_is_no_article(portals, kind):
    portals.trouble("bao-non-nuoc", kind)
    status, _headers, body = ask(portals.base("bao-non-nuoc") + "/")
    assert status == 200
    assert "Báo Non Nước".encode() not in body
    assert (len(body) == 0) == (kind == "empty")


def test_it_can_hang_up_stall_and_drip(portals):
    portals.trouble("bao-non-nuoc", "down")
    with pytest.raises((http.client.RemoteDisconnected, urllib.error.URLError, ConnectionError)):
        ask(portals.base("bao-non-nuoc") + "/")
    for kind in ("stall", "drip"):
        portals.trouble("bao-non-nuoc", kind)
        with socket.create_connection(urlsplit(portals.base("bao-non-nuoc")).netloc.split(":"), timeout=0.6) as visitor:
            visitor.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            if kind == "stall":
                with pytest.raises(TimeoutError):
                    visitor.recv(10)
            else:
                assert visitor.recv(10)


def test_it_can_refuse_connections_and_come_back_at_the_same_address(portals):
    home = portals.base("bao-non-nuoc") + "/"
    portals.refuse("bao-non-nuoc")
    with pytest.raises(urllib.error.URLError):
        ask(home)
    portals.heal()
    assert portals.base("bao-non-nuoc") + "/" == home
    assert ask(home)[0] == 200


def test_it_closes_at_once_while_visitors_are_held():
    portals = Portals().start()
    portals.trouble("bao-non-nuoc", "stall")
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(ask, portals.base("bao-non-nuoc") + "/")
        limit = time.monotonic() + 5
        while time.monotonic() < limit and not portals._busy["bao-non-nuoc"]:
            time.sleep(0.01)
        began = time.monotonic()
        portals.close()
        assert time.monotonic() - began < 3
        assert held.exception(timeout=5) is not None


# --- spelling -------------------------------------------------------------------------------------------------------


@given(st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạ -,()“”0123456789", min_size=1))
def test_it_spells_addresses_in_plain_letters(title):
    assert re.fullmatch(r"[a-z0-9-]*", slug(title))
    assert len(slug(title)) <= 90


@given(st.text())
def test_it_writes_entities_that_read_back(text):
    from html import unescape

    assert unescape(as_entities(text.replace("&", ""))) == text.replace("&", "")
