"""Where the articles are: feeds, sitemaps, section pages and JSON listings, bytes in, links out.

No network and no clock. The links come as their page gives them; `wanted` gives those a source follows.
"""

from __future__ import annotations

from crawler.discover.feed import announced_feeds, feed_links
from crawler.discover.jsonlist import json_links
from crawler.discover.links import FoundLink, wanted
from crawler.discover.page import page_links
from crawler.discover.pager import next_pages, turn
from crawler.discover.sitemap import announced_sitemaps, sitemap_links

__all__ = [
    "FoundLink",
    "announced_feeds",
    "announced_sitemaps",
    "feed_links",
    "json_links",
    "next_pages",
    "page_links",
    "sitemap_links",
    "turn",
    "wanted",
]
