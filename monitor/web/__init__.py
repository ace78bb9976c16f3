"""The page on the server: what happened, where it was read, who was told. It reads, and changes nothing."""

from monitor.web.app import create_app

__all__ = ["create_app"]
