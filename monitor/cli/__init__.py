"""The command line: one file a family of commands, `app.py` puts them together, `output.py` prints."""

from monitor.cli.app import app, main

__all__ = ["app", "main"]
