"""What can go wrong with the watch itself, named for what happens next.

MonitorError
├── SettingsError     the configuration is wrong: stop, name file and key, exit 2
├── DatabaseTrouble   the database is locked, read-only, full, damaged or unreachable: say so in one line, exit 1
├── AlreadyRunning    another daemon watches on this database: name it, exit 2
└── PortTaken         the web page cannot listen where it should: name the address, exit 2
"""

from __future__ import annotations


class MonitorError(Exception):
    """Anything the monitor says on purpose; its text is one line for a person."""


class SettingsError(MonitorError):
    """The configuration is wrong; the text names file and key, and never a value that may be a secret."""


class DatabaseTrouble(MonitorError):
    """The database does not do its part; the text says what to look at."""


class AlreadyRunning(MonitorError):
    """Another daemon holds this database."""


class PortTaken(MonitorError):
    """The address of the web page is taken or cannot be had."""
