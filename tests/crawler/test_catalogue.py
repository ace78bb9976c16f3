from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lxml.cssselect import CSSSelector

from crawler import urls
from crawler.catalogue import PROVINCES, SHIPPED, Source, load, select
from crawler.discover import FoundLink, wanted
from crawler.errors import CatalogueError
from crawler.job import CrawlJob

CATALOGUE = load()
FILES = sorted(SHIPPED.glob("*.toml"))
EVERY = [pytest.param(source, id=source.id) for source in CATALOGUE.values()]
SELECTORS = ("title", "lead", "body", "date", "author", "caption", "remove")
OWN = {"id": "my-portal", "name": "Cổng của tôi", "province": "lang-son", "home": "https://cong.example.gov.vn/"}


def picked(*args: object) -> list[str]:
    return [source.id for source in select(CATALOGUE, *args)]  # type: ignore[arg-type]


def written(folder: Path, name: str = "bao.toml", text: str = "") -> str:
    (folder / name).write_text(text or 'id = "bao"\nname = "Báo"\nhome = "https://bao.example.vn/"\n', encoding="utf-8")
    return str(folder / name)


# --- what ships ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_names_each_file_after_its_source(file: Path) -> None:
    assert file.stem in CATALOGUE


@pytest.mark.parametrize("source", EVERY)
def test_it_says_of_each_source_what_an_operator_asks(source: Source) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", source.id)
    assert source.name != source.id
    assert source.province in ("", *PROVINCES)
    assert "home" in source.certainty
    assert source.enabled or source.off_reason


@pytest.mark.parametrize("source", EVERY)
def test_it_says_how_sure_it_is_of_each_address_and_selector(source: Source) -> None:
    for key in (
        "feeds",
        "sitemaps",
        "listings",
        "json_listings",
        "article_url",
        "title",
        "lead",
        "body",
        "date",
        "author",
    ):
        assert not getattr(source, key) or key in source.certainty, key
        assert getattr(source, key) or key not in source.certainty, key


@pytest.mark.parametrize("source", EVERY)
def test_it_lists_only_addresses_of_the_source_itself(source: Source) -> None:
    own = {urls.bare(urls.host(source.home)), *source.hosts}
    given = (*source.feeds, *source.sitemaps, *source.listings, *(listing.url for listing in source.json_listings))
    assert {urls.bare(urls.host(url)) for url in given} <= own
    assert not [url for url in given if source.deny_url and urls.matches(source.deny_url, url)]


@pytest.mark.parametrize("source", EVERY)
def test_it_tells_articles_from_listings(source: Source) -> None:
    if not source.article_url:
        assert not source.examples
        return
    given = (source.home, *source.feeds, *source.listings, *(listing.url for listing in source.json_listings))
    assert not [url for url in given if urls.matches(source.article_url, url)]
    if source.certainty["article_url"] == "verified":
        assert source.examples
    followed = wanted([FoundLink(url) for url in source.examples], source)
    assert len(followed) == len(source.examples)
    assert all(urls.matches(source.article_url, link.url) for link in followed)


@pytest.mark.parametrize("source", EVERY)
def test_it_writes_selectors_that_lxml_understands(source: Source) -> None:
    for key in SELECTORS:
        for selector in getattr(source, key):
            CSSSelector(re.sub(r"::attr\([\w:-]+\)$", "", selector), translator="html")
            assert "::attr(" not in selector or key in ("date", "author"), key


def test_it_covers_each_province_with_a_portal_a_department_and_a_paper() -> None:
    for province in PROVINCES:
        kinds = {source.kind for source in CATALOGUE.values() if source.province == province}
        assert kinds >= {"portal", "department", "newspaper"}, province
    assert {source.id for source in CATALOGUE.values() if not source.province} == {"thoidai", "bienphong"}


def test_it_shares_one_address_between_the_hosts_of_an_outlet() -> None:
    paper = CATALOGUE["doingoailaocai"]
    assert urls.canonical("http://qlqh.laocai.gov.vn/vi/bai-viet/19491", paper) == urls.canonical(
        "https://doingoailaocai.vn/vi/bai-viet/19491", paper
    )


def test_it_keeps_the_corner_of_a_shared_host_to_itself() -> None:
    for name, foreign in (
        ("songoaivu-quangninh", "/Trang/ChiTietTinTuc.aspx?nid=1"),
        ("tinhuy-caobang", "/tinhuykhac/"),
    ):
        source = CATALOGUE[name]
        place = urlsplit(source.home)
        assert wanted([FoundLink(f"{place.scheme}://{place.netloc}{foreign}")], source) == []


def test_it_needs_no_scrapy_and_no_trafilatura() -> None:
    asked = "import sys, crawler.catalogue, crawler.job, crawler.urls, crawler.discover; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.split()
    assert not {"scrapy", "twisted", "trafilatura"} & set(loaded)


def test_it_goes_into_a_job_and_comes_back() -> None:
    job = CrawlJob(database="sqlite://", sources=tuple(CATALOGUE.values()))
    assert CrawlJob.model_validate_json(job.model_dump_json()) == job


# --- what is watched -------------------------------------------------------------------------------------------------


def test_it_watches_a_province_with_the_papers_of_the_whole_country() -> None:
    assert picked(["lang-son"], [], []) == ["bienphong", "langson-gov", "langsontv", "songv-langson", "thoidai"]
    assert picked(["lang-son"], ["thoidai", "langsontv"], []) == ["bienphong", "langson-gov", "songv-langson"]
    assert picked(["baolaocai"], [], []) == ["baolaocai"]
    assert "baocaobang" not in picked(list(PROVINCES), ["cao-bang"], [])


def test_it_always_watches_what_the_operator_adds() -> None:
    assert picked([], [], [OWN]) == ["my-portal"]
    assert picked([], ["lang-son"], [OWN]) == ["my-portal"]
    assert picked([], ["my-portal"], [OWN]) == []
    assert picked([], [], [Source.model_validate(OWN)]) == ["my-portal"]
    assert picked([], [], [{"id": "baolaocai"}]) == ["baolaocai"]
    assert picked([], [], [{**OWN, "enabled": False}]) == []


def test_it_changes_a_shipped_source_key_by_key() -> None:
    (changed,) = select(CATALOGUE, [], [], [{"id": "baolaocai", "feeds": [], "interval": "30m"}])
    shipped = CATALOGUE["baolaocai"]
    assert changed == shipped.model_copy(update={"feeds": (), "interval": 1800.0})
    assert shipped.feeds


def test_it_takes_another_article_url_without_the_old_examples() -> None:
    (changed,) = select(CATALOGUE, [], [], [{"id": "baolaocai", "article_url": r"^/bai/\d+$"}])
    assert changed.examples == ()


def test_it_leaves_a_closed_source_off_until_someone_gave_permission() -> None:
    assert "baolangson" not in picked(["lang-son", "baolangson"], [], [])
    assert "robots_permission" in CATALOGUE["baolangson"].off_reason
    permission = {"id": "baolangson", "robots_permission": "Tổng Biên tập, 1/12/2026"}
    assert "baolangson" in picked(["lang-son"], [], [permission])
    assert "baolangson" not in picked(["lang-son"], [], [{**permission, "enabled": False}])


def test_it_takes_the_id_for_a_name_where_none_is_given() -> None:
    (own,) = select({}, [], [], [{"id": "my-portal", "home": "http://127.0.1.1:8900/"}])
    assert own.name == "my-portal"


# --- what is wrong ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        ({"home": "cong.example.gov.vn"}, "home: must be an http:// or https:// address"),
        ({"home": 5}, "home: should be a valid string"),
        ({"listing": []}, "listing: is no key of a source; did you mean listings?"),
        (
            {"listings": ["https://cong.example.gov.vn/tin", "tin"]},
            "listings[1]: must be an http:// or https:// address",
        ),
        ({"json_listings": [{"links": "data[].link"}]}, "json_listings[0].url: is missing"),
        ({"hosts": ["https://x.example/"]}, 'hosts[0]: must be a bare host, as in "tin.example.vn"'),
        ({"kind": "blog"}, "kind: should be 'portal', 'department', 'newspaper' or 'magazine'"),
        ({"body": ["article", "div["]}, "body[1]: is no CSS selector: "),
        ({"deny_url": "("}, "deny_url: is no regular expression: "),
        ({"interval": "soon"}, 'interval: must be a duration, as in "10m", "2h" or "1d"'),
        ({"interval": 0}, "interval: should be greater than 0"),
        ({"certainty": {"homes": "guess"}}, "certainty: homes is no key of a source"),
        (
            {"article_url": "-post", "examples": ["https://cong.example.gov.vn/a"]},
            "examples[0]: is not found by article_url",
        ),
        ({"examples": ["https://khac.example/a"]}, "examples[0]: is on none of the source's hosts"),
        ({"deny_url": "/a", "examples": ["https://cong.example.gov.vn/a"]}, "examples[0]: is refused by deny_url"),
    ],
)
def test_it_names_the_key_that_is_wrong(extra: dict[str, object], says: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        select(CATALOGUE, [], [], [OWN | {"id": "first"}, OWN | extra])
    assert str(caught.value).startswith(f"doingoai.toml: sources[1] (my-portal): {says}")
    assert "\n" not in str(caught.value)


def test_it_names_a_source_without_id_or_home_by_its_place() -> None:
    with pytest.raises(CatalogueError, match=r"^etc/x\.toml: sources\[0\]: id: is missing"):
        select({}, [], [], [{"home": "https://bao.example.vn/"}], file="etc/x.toml")
    with pytest.raises(CatalogueError, match=r"^doingoai\.toml: sources\[0\] \(bao\): home: is missing"):
        select({}, [], [], [{"id": "bao"}])


def test_it_refuses_two_sources_of_one_id() -> None:
    with pytest.raises(CatalogueError, match=r"sources\[1\] \(my-portal\): id: there is another"):
        select(CATALOGUE, [], [], [OWN, OWN])


@pytest.mark.parametrize("key", ["enable", "disable"])
def test_it_names_what_comes_near_an_unknown_name(key: str) -> None:
    names = {"enable": [], "disable": [], key: ["thoidai", "bao-lao-cai"]}
    with pytest.raises(CatalogueError) as caught:
        picked(names["enable"], names["disable"], [])
    assert str(caught.value).startswith(
        f'doingoai.toml: catalogue.{key}[1]: "bao-lao-cai" is no province and no source'
    )
    assert "baolaocai" in str(caught.value)


def test_it_knows_the_provinces_and_ids_of_the_operators_own_sources() -> None:
    extra = [{**OWN, "province": "dien-bien"}]
    assert picked(["dien-bien"], [], extra) == ["bienphong", "thoidai", "my-portal"]
    assert picked([], ["my-portal"], extra) == []


def test_it_loads_a_folder_of_files(tmp_path: Path) -> None:
    written(tmp_path)
    assert list(load(tmp_path)) == ["bao"]
    assert load(tmp_path / "empty") == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id = ", "Invalid value"),
        ('id = "bao"\nhome = "https://bao.example.vn/"\nfeed = []', "feed: is no key of a source; did you mean feeds?"),
        ('id = "Bao"\nhome = "https://bao.example.vn/"', "id: "),
        ('id = "bao"', "home: is missing"),
    ],
)
def test_it_names_the_file_that_is_wrong(tmp_path: Path, text: str, says: str) -> None:
    file = written(tmp_path, text=text)
    with pytest.raises(CatalogueError, match=re.escape(f"{file}: {says}")):
        load(tmp_path)


def test_it_refuses_two_files_of_one_id(tmp_path: Path) -> None:
    first, second = written(tmp_path, "a.toml"), written(tmp_path, "b.toml")
    with pytest.raises(CatalogueError, match=re.escape(f"{second}: id: bao is described in {first} already")):
        load(tmp_path)


def test_it_refuses_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "bao.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CatalogueError, match=r"bao\.toml: "):
        load(tmp_path)


# --- what the documents say ------------------------------------------------------------------------------------------

DOCS = Path(__file__).parents[2] / "docs"


def test_it_has_a_heading_for_every_key() -> None:
    headings = re.findall(r"(?m)^### (\w+)$", (DOCS / "reference" / "catalogue.md").read_text(encoding="utf-8"))
    assert sorted(headings) == sorted(Source.model_fields)


def test_it_accepts_the_examples_of_the_how_to() -> None:
    text = (DOCS / "how-to" / "add-a-source.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert len(blocks) >= 5
    for block in blocks:
        assert len(select(CATALOGUE, [], [], tomllib.loads(block)["sources"])) == 1
