"""Speed of the trip's parts and of the whole, in one run; prints figures and ratios, asserts nothing.

`make bench` runs everything; `make bench ARGS="clean detect"` runs the parts that are named.
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.catalogue import Source
from crawler.database import Database
from crawler.job import CrawlJob
from monitor import schema, settings
from monitor.demo.outlets import OUTLETS
from monitor.demo.portals import Portals
from monitor.demo.stories import Story, load_stories

PAGES = 300


def many_stories(count: int) -> list[Story]:
    """The demo's stories over and over, each time with other figures so that none is another's twin."""
    seeds = [story for story in load_stories() if story.negative != "reprint"]
    made = []
    for number in range(count):
        seed = seeds[number % len(seeds)]
        extra = tuple(
            f"Bài số {number}, đoạn {line}: "
            + " ".join(f"từ{(number * 31 + line * 7 + word) % 9973}" for word in range(60))
            for line in range(4)
        )
        made.append(
            replace(
                seed,
                key=f"bai-{number}",
                number=700_000 + number,
                step=0,
                title=f"{seed.title} ({number})",
                paragraphs=seed.paragraphs + extra,
                age=timedelta(hours=1 + number % 200),
            )
        )
    return made


def _patient(count: int) -> Portals:
    """The five outlets with many articles, none of which asks for a delay between requests."""
    outlets = [replace(outlet, crawl_delay=0.0) for outlet in OUTLETS]
    return Portals(stories=many_stories(count), page_size=count, outlets=outlets)


def pages_of(portals: Portals) -> list[tuple[str, str, Source]]:
    """Each article's page as its portal serves it: (address, HTML, source)."""
    import urllib.request

    sources = {entry["id"]: Source(**entry) for entry in portals.sources()}
    pages = []
    for story in portals.stories():
        url = portals.url(story.key)
        with urllib.request.urlopen(url) as answer:
            body = answer.read()
        if body[:2] == b"\x1f\x8b":
            import gzip

            body = gzip.decompress(body)
        pages.append((url, body.decode("utf-8", "replace"), sources[story.outlet]))
    return pages


def rate(name: str, work: Callable[[], int], peer: float | None = None) -> float:
    began = time.perf_counter()
    count = work()
    speed = count / (time.perf_counter() - began)
    beside = f"   {speed / peer:5.2f} x the peer" if peer else ""
    print(f"  {name:52} {speed:8.1f} a second{beside}")
    return speed


def bench_clean() -> None:
    """Our cleaning beside trafilatura as it comes, with and without what the catalogue knows of a source."""
    import trafilatura

    from crawler.clean import clean
    from crawler.errors import SkipPage

    with Portals() as portals:
        pages = pages_of(portals)

    def ours(known: bool) -> int:
        for url, html, source in pages:
            try:
                clean(html, url, source if known else None)
            except SkipPage:
                continue
        return len(pages)

    def theirs() -> int:
        for url, html, _ in pages:
            trafilatura.bare_extraction(html, url=url, with_metadata=True)
        return len(pages)

    print(f"clean: {len(pages)} stand-in pages, one core")
    theirs()
    peer = rate("trafilatura with metadata", theirs)
    rate("known source", lambda: ours(True), peer)
    rate("unknown source", lambda: ours(False), peer)


# What is written of foreign policy in general: other countries in every line, nothing that a local body did today.
FOREIGN_POLICY = (
    "Quan hệ giữa Việt Nam với Lào, Campuchia và Trung Quốc trong {n} năm qua đã đi vào chiều sâu, thực chất.",
    "Tổng thống Hoa Kỳ và Thủ tướng Nhật Bản đã hội đàm tại Tokyo, ký {n} thỏa thuận về năng lượng, công nghệ.",
    "Theo các nhà quan sát, việc Ấn Độ và Pháp tham vấn về {n} dự án hạ tầng cho thấy chuỗi cung ứng dịch chuyển.",
    "Bộ trưởng Ngoại giao tiếp Đại sứ Australia, đề nghị hai nước sớm hoàn tất {n} nội dung của chương trình hợp tác.",
    "Các nước ASEAN mong muốn đẩy mạnh đàm phán với Liên minh châu Âu, hướng tới ký kết hiệp định vào năm thứ {n}.",
    "Năm 2008, hai bên đã ký {n} văn kiện, đặt nền móng cho việc phân giới cắm mốc trên đất liền với Trung Quốc.",
    "Kim ngạch thương mại với Hàn Quốc tăng {n} phần trăm, trong khi xuất khẩu sang Đức và Hà Lan giữ mức ổn định.",
)


def _texts(lines: list[str], letters: int) -> list[str]:
    """Texts of so many letters out of all the lines in turn, no line twice in a text."""
    lines = list(dict.fromkeys(lines))
    texts = []
    for first in range(0, len(lines), max(1, len(lines) // 20)):
        turned = lines[first:] + lines[:first]
        texts.append("\n".join(turned)[:letters])
    return texts


def _told() -> tuple[list[str], list[str]]:
    """Lines of our own labelled reports that tell of an event, and lines that name nothing foreign."""
    from monitor.detect import ArticleText, read
    from monitor.detect.marks import anything_foreign
    from monitor.detect.vietnamese import Words

    stories = [(s.title, "\n".join((s.lead, *s.paragraphs))) for s in load_stories()]
    for path in sorted((Path(__file__).parents[1] / "sentences").glob("*.toml")):
        cases = tomllib.loads(path.read_text(encoding="utf-8"))["case"]
        stories += [(case.get("title", ""), case["text"].strip()) for case in cases]
    events = [text for title, text in stories if read(ArticleText(title, text, "2024-05-10")).events]
    home = [text for title, text in stories if not anything_foreign(Words(f"{title}\n{text}"))]
    return "\n".join(events).split("\n"), "\n".join(home).split("\n")


def _keywords() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What a change monitor offers instead: a trigger word and a country's name somewhere in the text."""
    from monitor.detect.lexicon import table

    triggers = table("triggers")
    words = [word for kind in ("meeting", "signing") for group in triggers[kind] for word in group["words"]]
    countries = [name for country in table("countries")["country"] for name in country["names"]]
    either = ("|".join(re.escape(word.lower()) for word in sorted(part, key=len)) for part in (words, countries))
    first, second = (re.compile(rf"\b(?:{part})\b") for part in either)
    return first, second


def _best(name: str, work: Callable[[str], object], texts: list[str], peer: float = 0.0) -> float:
    """The best of several rounds over the same texts, in the time of the one core that works."""
    best = float("inf")
    for _ in range(5):
        began = time.process_time()
        for text in texts:
            work(text)
        best = min(best, time.process_time() - began)
    speed = len(texts) / best
    beside = f"   {speed / peer:6.4f} x the trigger" if peer else ""
    print(f"  {name:52} {speed:8.1f} a second{beside}")
    return speed


def bench_detect() -> None:
    """Reading, beside a plain keyword trigger: where much happens, where nothing is foreign, where all of it is."""
    from monitor.detect import ArticleText, read

    events, home = _told()
    policy = [line.format(n=number) for number in range(2, 40) for line in FOREIGN_POLICY]
    kinds = {
        "full of events, 4,000 letters": _texts(events, 4000),
        "domestic news, 4,000 letters": _texts(home, 4000),
        "foreign policy without a local event, 12,000 letters": _texts(policy, 12_000),
    }
    words, countries = _keywords()

    def trigger(text: str) -> bool:
        low = text.lower()
        return bool(words.search(low) and countries.search(low))

    print("detect: articles a second on one core, best of five rounds")
    for name, texts in kinds.items():
        found = sum(len(read(ArticleText("", text, "2024-05-10")).events) for text in texts)
        letters = sum(map(len, texts)) / len(texts)
        print(f" {name}: {len(texts)} articles, {letters:,.0f} letters and {found / len(texts):.1f} events each")
        peer = _best("a plain keyword trigger", trigger, texts)
        _best("read", lambda text: read(ArticleText("", text, "2024-05-10")), texts, peer)


def bench_trip() -> None:
    """The whole trip on one core: a crawl child, then the reader; no delay between pages."""
    with tempfile.TemporaryDirectory() as folder, _patient(PAGES) as portals:
        path = Path(folder) / "bench.db"
        database = Database(f"sqlite:///{path}")
        schema.upgrade(database)
        job = CrawlJob(
            database=f"sqlite:///{path}",
            sources=tuple(Source(**entry) for entry in portals.sources()),
            page_delay=0.0,
            allow_private_hosts=tuple(portals.hosts()),
            deadline=600,
        )
        print(f"trip: {PAGES} pages of five outlets, crawl child and reader each on one core")
        figures = {"new": 0, "failed": 0}

        def crawl() -> int:
            for _ in range(8):  # a poll fetches a bounded number of pages; the rest waits for the next
                ends = _child(job)
                figures["new"] += sum(end["new"] for end in ends)
                if not any(end["new"] for end in ends):
                    break
            return figures["new"]

        began = time.perf_counter()
        fetched = rate("crawl: fetch, clean, store", crawl)
        from monitor.reader import read_new

        def read_all() -> int:
            total = 0
            while (report := read_new(database, settings.load(None), datetime.now(UTC), limit=200)).read:
                total += report.read
            return total

        rate("reader: detect, link, announce", read_all)
        whole = figures["new"] / (time.perf_counter() - began)
        print(f"  {'whole trip, one after the other':52} {whole:8.1f} a second ({fetched:.0f} crawled)")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"  {'memory of the crawl child at its peak':52} {peak:8.0f} MiB")
        database.close()


def _child(job: CrawlJob) -> list[dict[str, int]]:
    """One crawl child held to one core; its `end` lines."""
    core = min(os.sched_getaffinity(0))
    child = subprocess.run(
        [sys.executable, "-m", "crawler", "--job", "-"],
        input=job.model_dump_json().encode(),
        capture_output=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        check=False,
    )
    lines = [json.loads(line) for line in child.stdout.splitlines() if line.startswith(b"{")]
    return [line for line in lines if line.get("type") == "end"]


PARTS = {"clean": bench_clean, "detect": bench_detect, "trip": bench_trip}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
