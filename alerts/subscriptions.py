"""Who wants to hear of what, and when: a `[[subscriptions]]` table of the configuration."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

CLOCK = r"([01]\d|2[0-3]):[0-5]\d"
SEND = re.compile(rf"^(now|daily {CLOCK}|weekly (mon|tue|wed|thu|fri|sat|sun) {CLOCK})$")
QUIET = re.compile(rf"^$|^{CLOCK}-{CLOCK}$")


class Subscription(BaseModel):
    """What one group of recipients wants; empty lists mean all. `to` holds Apprise URLs, one recipient each."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str
    to: tuple[str, ...] = Field(min_length=1, repr=False)
    provinces: tuple[str, ...] = ()
    kinds: tuple[Literal["meeting", "signing"], ...] = ("meeting", "signing")
    countries: tuple[str, ...] = ()
    include_upcoming: bool = False
    scopes: tuple[Literal["provincial", "national"], ...] = ("provincial",)
    min_confidence: float = Field(default=0.5, ge=0, le=1)
    send: str = "now"
    quiet_hours: str = ""
    language: Literal["vi", "en"] = "vi"

    @field_validator("send")
    @classmethod
    def _send_is_a_time(cls, value: str) -> str:
        if not SEND.match(value):
            raise ValueError('must be "now", "daily HH:MM" or "weekly mon HH:MM"')
        return value

    @field_validator("quiet_hours")
    @classmethod
    def _quiet_is_a_span(cls, value: str) -> str:
        if not QUIET.match(value):
            raise ValueError('must be "" or "HH:MM-HH:MM"')
        return value
