"""What can go wrong with an alert, named for what happens next.

AlertsError
├── BrokenRecipient   an address of the configuration cannot be used: stop at start, name the subscription
└── UnknownRecipient  a message names somebody whom the configuration no longer has: give it up, say so

What the far side answers to a message is no error but an outcome: see `channels.Outcome`.
"""

from __future__ import annotations


class AlertsError(Exception):
    """Anything the alerts say on purpose; the text never holds an address's secrets."""


class BrokenRecipient(AlertsError):
    """An Apprise URL that cannot be used; the text says why, masked."""


class UnknownRecipient(AlertsError):
    """No subscription has this recipient any more."""
