"""Scrapy's settings for every crawl; what differs between sources is laid over them in `for_source`."""

from __future__ import annotations

from typing import Any

from crawler.catalogue import Source
from crawler.job import CrawlJob, user_agent

BOT_NAME = "doingoai"
SPIDER_MODULES = ["crawler.spiders"]
USER_AGENT = user_agent()
ROBOTSTXT_USER_AGENT = "doingoai"
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"

# Doors into the process that Scrapy opens by default, and noise.
REMOTE_CONTROL_ENABLED = False
TELNETCONSOLE_ENABLED = False
MEMUSAGE_ENABLED = False
LOG_ENABLED = False
LOG_INSTALL_ROOT_HANDLER = False
STATS_DUMP = False
EXTENSIONS_BASE: dict[str, int] = {}  # none of them is needed; one imports a whole web framework

# Manners: one request at a time, and only as much as a page can reasonably be.
CONCURRENT_REQUESTS = 1
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY_JITTER = 0.2
DOWNLOAD_WARNSIZE = 0
RETRY_TIMES = 2
RETRY_HTTP_CODES = [408, 500, 502, 503, 504, 522, 524]
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"
REDIRECT_MAX_TIMES = 5
METAREFRESH_ENABLED = False
COOKIES_ENABLED = False
REFERER_ENABLED = True
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "vi,en;q=0.5",
}

# Safety: certificates are checked (Scrapy's own default is no), no proxy goes around the guarded resolver.
DOWNLOAD_VERIFY_CERTIFICATES = True
HTTPPROXY_ENABLED = False
DOWNLOAD_HANDLERS = {"data": None, "file": None, "ftp": None, "s3": None}

# The whole chain, ours and Scrapy's, instead of additions to one that must be known by heart.
DOWNLOADER_MIDDLEWARES_BASE = {
    "crawler.guard.AddressMiddleware": 45,
    "crawler.middlewares.robots.RobotsMiddleware": 100,
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
    "crawler.middlewares.retry.PoliteRetryMiddleware": 550,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": 590,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": 600,
}
ITEM_PIPELINES = {
    "crawler.pipelines.Clean": 100,
    "crawler.pipelines.Store": 200,
}


def for_source(job: CrawlJob, source: Source) -> dict[str, Any]:
    """What this job and this source lay over the settings above."""
    return {
        "USER_AGENT": job.user_agent or USER_AGENT,
        "DOWNLOAD_DELAY": job.page_delay,
        "DOWNLOAD_TIMEOUT": job.timeout,
        "DOWNLOAD_MAXSIZE": job.max_bytes,
        "DOWNLOAD_VERIFY_CERTIFICATES": source.verify_tls,
        "ROBOTSTXT_OBEY": not source.robots_permission,
    }
