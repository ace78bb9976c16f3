"""The crawl as a whole, over real HTTP: what a poll asks, what it stores, what a second one costs."""

from __future__ import annotations

from sqlalchemy import select

from crawler.tables import Article, CrawlRun, FetchRecord, Link, Revision, SourceState


def test_it_stores_what_a_listing_names(web, pages, source_at, job_for, crawl, empty_database):
    web.put("/tin-tuc", pages.listing(["/bai-1.html", "/bai-2.html"]))
    for number in (1, 2):
        web.put(f"/bai-{number}.html", pages.article(number))
    crawled = crawl(job_for(source_at(web, listings=["/tin-tuc"])))
    assert crawled.code == 0, crawled.log
    assert crawled.outcomes == ["new", "new"]
    assert crawled.end["new"] == 2 and crawled.end["error"] == "" and crawled.end["bytes"] > 2000
    with empty_database.reading() as session:
        articles = session.scalars(select(Article).order_by(Article.url)).all()
        assert [article.url for article in articles] == [f"{web.origin}/bai-{n}.html" for n in (1, 2)]
        assert "thương mại biên giới" in articles[0].text
        assert set(session.scalars(select(Link.state))) == {"done"}
