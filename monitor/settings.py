"""Reads `doingoai.toml`, once, at start, and complains by file and key.

Secrets come from the environment or from files (`${NAME}`, `${file:PATH}`) and are never shown: errors tell the key
and what is wrong with it, not the value.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from alerts.subscriptions import Subscription
from crawler import catalogue
from crawler.catalogue import Source
from crawler.errors import CatalogueError
from monitor.errors import SettingsError

FILE_NAME = "doingoai.toml"
ENVIRONMENT = "DOINGOAI_CONFIG"
PROVINCES = ("lang-son", "lao-cai", "cao-bang", "quang-ninh")

DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
LONGEST = 3650 * UNITS["d"]
PLACEHOLDER = re.compile(r"\$(\$?)\{([^}]*)\}")
CONTACT = re.compile(r"[!-'*-?A-~]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}|https?://[!-'*-~]+")  # ASCII, as headers are
HOST_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]]+):(\d{1,5})")


def seconds(value: object) -> float:
    """`"1.5s"` → 1.5. A bare number is refused, as it does not say seconds or minutes."""
    match = DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError('must be a duration in quotes, such as "500ms", "3s", "10m", "2h" or "7d"')
    length = float(match[1]) * UNITS[match[2]]
    if length > LONGEST:
        raise ValueError("is longer than ten years")
    return length


def _positive(value: float) -> float:
    if value <= 0:
        raise ValueError("must be longer than zero")
    return value


Pause = Annotated[float, BeforeValidator(seconds)]
Duration = Annotated[float, Field(gt=0), BeforeValidator(lambda value: _positive(seconds(value)))]


class Section(BaseModel):
    """A table of the file: no unknown keys, no change after reading, no values in errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Polling(Section):
    """How often and how politely sources are asked; all durations in seconds once read."""

    interval: Duration = 600.0
    max_interval: Duration = 7200.0
    page_delay: Pause = 1.5
    alert_max_age: Duration = 604800.0
    deadline: Duration = 300.0  # of one batch of polls; the child process is stopped then
    batch: int = Field(default=8, ge=1, le=200)  # sources one child process takes
    recheck: tuple[Duration, ...] = Field(default=(3600.0, 21600.0, 86400.0), max_length=20)  # ages of an article
    contact: str = ""  # who answers for the requests, in the user agent
    allow_private_hosts: tuple[str, ...] = ()

    @field_validator("allow_private_hosts")
    @classmethod
    def _hosts_have_ports(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            _split_address(host)
        return hosts

    @field_validator("contact")
    @classmethod
    def _is_reachable(cls, value: str) -> str:
        if value and not CONTACT.fullmatch(value):
            raise ValueError('must be "", an email address or an http:// or https:// address')
        return value

    @model_validator(mode="after")
    def _floor_is_below_ceiling(self) -> Polling:
        if self.max_interval >= self.interval:
            return self
        if "max_interval" in self.model_fields_set:
            raise ValueError("max_interval is shorter than interval")
        object.__setattr__(self, "max_interval", self.interval)  # its default gives way to a long interval
        return self


class Catalogue(Section):
    """Which shipped sources are on: provinces or source ids."""

    enable: tuple[str, ...] = PROVINCES
    disable: tuple[str, ...] = ()


class Operators(Section):
    """Who is told that the watch itself is in trouble."""

    to: tuple[str, ...] = Field(default=(), repr=False)


class Web(Section):
    """Where the page listens; "" turns it off."""

    listen: str = "127.0.0.1:8080"

    @field_validator("listen")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value:
            _split_address(value)
        return value

    @property
    def address(self) -> tuple[str, int] | None:
        return _split_address(self.listen) if self.listen else None


class Telegram(Section):
    """A Bot API server of one's own; "" means api.telegram.org."""

    api_url: str = ""

    @field_validator("api_url")
    @classmethod
    def _is_http(cls, value: str) -> str:
        if value and not re.match(r"https?://[^/\s]+", value):
            raise ValueError('must be "" or an http:// or https:// address')
        return value.rstrip("/")


class Settings(Section):
    """The whole configuration. Without any file its defaults watch the shipped catalogue and alert nobody."""

    language: Literal["vi", "en"] = "vi"
    timezone: str = "Asia/Ho_Chi_Minh"
    database: str = Field(default="sqlite:///doingoai.db", repr=False)
    polling: Polling = Polling()
    catalogue: Catalogue = Catalogue()
    sources: tuple[dict[str, Any], ...] = Field(default=(), repr=False)  # as written; `watched` holds them checked
    subscriptions: tuple[Subscription, ...] = Field(default=(), repr=False)
    operators: Operators = Operators()
    web: Web = Web()
    telegram: Telegram = Telegram()
    _file: str = PrivateAttr(default=FILE_NAME)

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ValueError, OSError, LookupError):
            raise ValueError("is no known time zone, such as Asia/Ho_Chi_Minh") from None
        return value

    @field_validator("database")
    @classmethod
    def _is_a_database(cls, value: str) -> str:
        wrong = 'must be "sqlite:///FILE" or "postgresql+psycopg://USER:PASSWORD@HOST/NAME"'
        try:
            url = make_url(value)
        except (ArgumentError, ValueError):
            raise ValueError(wrong) from None
        if url.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg"):
            raise ValueError(wrong)
        if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
            raise ValueError("must name a file, as crawls run in a process of their own")
        return value

    @field_validator("subscriptions")
    @classmethod
    def _names_differ(cls, value: tuple[Subscription, ...]) -> tuple[Subscription, ...]:
        names = [subscription.name for subscription in value]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two subscriptions are called {name!r}")
        return value

    @cached_property
    def watched(self) -> tuple[Source, ...]:
        """The sources to poll: the shipped ones that are enabled, and all of `[[sources]]`."""
        tables = [_source_table(table, number, self._file) for number, table in enumerate(self.sources)]
        try:
            shipped = catalogue.load()
            return tuple(catalogue.select(shipped, self.catalogue.enable, self.catalogue.disable, tables, self._file))
        except CatalogueError as error:
            raise SettingsError(str(error)) from None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def file(self) -> str:
        """The configuration file's name, for messages."""
        return self._file


def load(path: Path | None = None) -> Settings:
    """The settings from `path`, else `DOINGOAI_CONFIG`, else the current folder's file, else the defaults."""
    found = _find(path)
    if found is None:
        return _checked({}, FILE_NAME, Path.cwd())
    return _checked(_parse(found), found.name, found.resolve().parent)


def _find(path: Path | None) -> Path | None:
    if path is not None:
        return path
    if named := os.environ.get(ENVIRONMENT):
        return Path(named)
    here = Path(FILE_NAME)
    return here if here.exists() else None


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path.name}: is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path.name}: is not valid TOML: {error}") from None


def _checked(tree: dict[str, Any], file: str, folder: Path) -> Settings:
    filled = _filled(tree, "", file, folder)
    try:
        settings = Settings.model_validate(filled)
    except ValidationError as error:
        raise SettingsError("\n".join(f"{file}: {line}" for line in _complaints(error, filled))) from None
    settings = settings.model_copy(update={"database": _rooted(settings.database, folder)})
    settings._file = file
    _ = settings.watched  # a wrong source is told now, not at its first poll
    return settings


def _filled(value: Any, key: str, file: str, folder: Path) -> Any:
    """The same tree with each `${NAME}` and `${file:PATH}` replaced; `$${` stands for a plain `${`."""
    if isinstance(value, dict):
        return {name: _filled(v, f"{key}.{name}" if key else name, file, folder) for name, v in value.items()}
    if isinstance(value, list):
        return [_filled(v, _item(key, v, number), file, folder) for number, v in enumerate(value)]
    if not isinstance(value, str):
        return value

    def replace(match: re.Match[str]) -> str:
        if match[1]:
            return match[0][1:]
        try:
            return _secret(match[2], folder)
        except LookupError as error:
            raise SettingsError(f"{file}: {key}: {error.args[0]}") from None

    return PLACEHOLDER.sub(replace, value)


def _secret(name: str, folder: Path) -> str:
    if name.startswith("file:"):
        path = folder / name.removeprefix("file:").strip()
        try:
            return path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
            raise LookupError(f"the file {path} cannot be read: {reason}") from None
    if name not in os.environ:
        raise LookupError(f"the environment variable {name} is not set")
    return os.environ[name]


def _item(key: str, value: object, number: int) -> str:
    """How an entry of a list is called: by its number from 0, and its name or id where it has one."""
    name = (value.get("name") if key == "subscriptions" else value.get("id")) if isinstance(value, Mapping) else None
    return f"{key}[{number}] ({name})" if isinstance(name, str) else f"{key}[{number}]"


def _complaints(error: ValidationError, tree: dict[str, Any]) -> list[str]:
    return [
        f"{_key(detail['loc'], tree)}: {_reason(detail['type'], detail['msg'], detail['loc'])}"
        for detail in error.errors(include_url=False, include_input=False, include_context=False)
    ]


def _key(location: tuple[int | str, ...], tree: Any) -> str:
    key = ""
    for step in location:
        if isinstance(step, int):
            tree = tree[step] if isinstance(tree, list) and step < len(tree) else None
            key = _item(key, tree, step)
        else:
            tree = tree.get(step) if isinstance(tree, dict) else None
            key = f"{key}.{step}" if key else step
    return key or "the file"


def _reason(kind: str, message: str, location: tuple[int | str, ...]) -> str:
    if kind != "extra_forbidden":
        return message.removeprefix("Value error, ").replace("Input should be", "must be")
    near = difflib.get_close_matches(str(location[-1]), _keys_beside(location), n=1)
    return "unknown key" + (f", did you mean {near[0]}?" if near else "")


def _keys_beside(location: tuple[int | str, ...]) -> list[str]:
    """The keys that the table of a wrong key may have."""
    sections: dict[str, type[BaseModel]] = {
        "polling": Polling,
        "catalogue": Catalogue,
        "operators": Operators,
        "web": Web,
        "telegram": Telegram,
        "subscriptions": Subscription,
    }
    model = sections.get(str(location[0]), Settings) if len(location) > 1 else Settings
    return list(model.model_fields)


def _source_table(table: dict[str, Any], number: int, file: str) -> dict[str, Any]:
    """A `[[sources]]` table as the catalogue wants it: its interval in seconds."""
    if table.get("interval") is None:
        return table
    try:
        return {**table, "interval": _positive(seconds(table["interval"]))}
    except ValueError as error:
        raise SettingsError(f"{file}: {_item('sources', table, number)}.interval: {error}") from None


def _rooted(database: str, folder: Path) -> str:
    """A relative SQLite path counts from the configuration file's folder, wherever the program was started."""
    url = make_url(database)
    if url.get_backend_name() != "sqlite" or url.database is None or url.database.startswith("file:"):
        return database
    return url.set(database=str(folder / url.database)).render_as_string(hide_password=False)


def _split_address(value: str) -> tuple[str, int]:
    match = HOST_PORT.fullmatch(value)
    if match is None or int(match[2]) > 65535:
        raise ValueError('must be written as "HOST:PORT", such as "127.0.0.1:8080"')
    return match[1].strip("[]"), int(match[2])


TEMPLATE = """\
# Cấu hình của doingoai. Tệp này dùng được ngay như hiện có; dòng bắt đầu bằng # là ghi chú hoặc ví dụ.
# The configuration of doingoai. It works as it is; lines that start with # are notes or examples.
# Viết ${TEN_BIEN} để lấy biến môi trường, ${file:duong/dan} để lấy nội dung một tệp mật.
# Write ${NAME} to read an environment variable, ${file:PATH} to read a secret file.

language = "vi"                        # ngôn ngữ của thông báo và trang web: vi | en / of alerts and pages
timezone = "Asia/Ho_Chi_Minh"
database = "sqlite:///doingoai.db"     # cạnh tệp này / beside this file; or postgresql+psycopg://…

[polling]
interval = "10m"                       # khoảng nghỉ ngắn nhất giữa hai lần hỏi một nguồn / shortest pause
max_interval = "2h"                    # khoảng nghỉ dài nhất / longest pause
page_delay = "1.5s"                    # giữa hai yêu cầu tới cùng một máy chủ / between requests to one host
alert_max_age = "7d"                   # bài cũ hơn chỉ được lưu, không báo / older articles are kept, never alerted
deadline = "5m"                        # thời hạn của một lượt hỏi / a batch of polls is stopped after this long
batch = 8                              # số nguồn mỗi lượt / sources a batch
recheck = ["1h", "6h", "24h"]          # tuổi của bài khi được xem lại / an article is asked again at these ages
contact = ""                           # thư hoặc trang liên hệ, nêu với các trang được hỏi / an address for webmasters
allow_private_hosts = []               # chỉ để thử nghiệm / for tests only, e.g. ["127.0.1.1:8900"]

[catalogue]
# Tên tỉnh hoặc mã nguồn; `doingoai sources list` cho xem tất cả. / Provinces or source ids.
enable = ["lang-son", "lao-cai", "cao-bang", "quang-ninh"]
disable = []

# Thêm một nguồn, hoặc sửa một nguồn có sẵn theo mã. / Adds a source, or overrides a shipped one by its id.
# [[sources]]
# id = "my-portal"
# name = "Cổng thông tin điện tử …"
# province = "lang-son"
# kind = "portal"                      # portal | department | newspaper | magazine
# home = "https://example.gov.vn/"
# feeds = []
# article_url = '-\\d+\\.html$'

# Ai nhận tin gì. / Who is told what. Bỏ dấu # và điền địa chỉ. / Uncomment and fill in.
# [[subscriptions]]
# name = "Phòng Hợp tác quốc tế"
# to = ["mailtos://${MAIL_USER}:${MAIL_PASSWORD}@mail.example.vn?to=doingoai@example.vn"]
# provinces = ["lang-son"]             # để trống: mọi tỉnh / empty: all
# kinds = ["meeting", "signing"]       # gặp gỡ, ký kết
# countries = []                       # mã ISO, ví dụ ["CN"] / ISO codes
# include_upcoming = false             # báo cả việc sắp diễn ra / upcoming events too
# scopes = ["provincial"]              # thêm "national" để nghe cả việc cấp trung ương
# min_confidence = 0.5
# send = "now"                         # now | "daily 07:30" | "weekly mon 07:30"
# quiet_hours = ""                     # ví dụ "21:30-06:30": giữ lại rồi gửi sau / held back, then sent
# language = "vi"

[operators]
to = []                                # ai được báo khi hệ thống trục trặc / who hears that the watch is in trouble

[web]
listen = "127.0.0.1:8080"              # tắt: "" / off: ""

[telegram]
api_url = ""                           # máy chủ Bot API riêng, nếu có / a Bot API server of your own, if any
"""
