"""What can go wrong with a source or a page, named for what happens next.

CrawlerError
├── CatalogueError    a catalogue file or a configured source is wrong: stop at start, name file and key
├── SkipPage          this page is no article: note the reason, never fetch it again
├── TryLater          the far side is in trouble: come back after `after` seconds
└── GiveUp            this page will not get better: note the reason, keep the link as failed
"""


class CrawlerError(Exception):
    """Anything the crawler says on purpose."""


class CatalogueError(CrawlerError):
    """A source is described wrongly; the text names the file and the key."""


class SkipPage(CrawlerError):
    """The page is no article (a listing, a login, a maintenance page); `reason` says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TryLater(CrawlerError):
    """The page may be had later; `after` is in seconds, None leaves the choice to the back-off."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after


class GiveUp(CrawlerError):
    """The page cannot be had; `reason` is kept with its link."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
