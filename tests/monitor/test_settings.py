"""The configuration: what it takes, and how it says what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import settings
from monitor.errors import SettingsError
from monitor.settings import Settings, load, seconds


def written(folder: Path, text: str) -> Path:
    path = folder / "doingoai.toml"
    path.write_text(text, encoding="utf-8")
    return path


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(written(folder, text))
    return str(caught.value)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(settings.ENVIRONMENT, raising=False)


def test_it_works_without_a_file(tmp_path: Path) -> None:
    loaded = load(None)
    assert loaded.polling.interval == 600
    assert loaded.database == f"sqlite:///{tmp_path}/doingoai.db"
    assert {source.province for source in loaded.watched} >= {"lang-son", "lao-cai", "cao-bang", "quang-ninh"}


def test_it_works_with_the_template_as_it_is(tmp_path: Path) -> None:
    loaded = load(written(tmp_path, settings.TEMPLATE))
    assert loaded.model_dump() == load(None).model_dump()


def test_it_takes_the_examples_of_the_template_when_they_are_uncommented(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_USER", "me")
    monkeypatch.setenv("MAIL_PASSWORD", "secret")
    text = settings.TEMPLATE
    for key in ("[[", "id", "name", "province", "kind", "home", "feeds", "article_url", "to", "countries", "send"):
        text = text.replace(f"\n# {key}", f"\n{key}")
    loaded = load(written(tmp_path, text))
    assert [subscription.name for subscription in loaded.subscriptions] == ["Phòng Hợp tác quốc tế"]
    assert "my-portal" in {source.id for source in loaded.watched}


def test_it_finds_the_file_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other.toml"
    other.write_text('language = "en"', encoding="utf-8")
    written(tmp_path, 'language = "vi"')
    monkeypatch.setenv(settings.ENVIRONMENT, str(other))
    assert load(None).language == "en"
    assert load(tmp_path / "doingoai.toml").language == "vi"


def test_it_finds_the_file_in_the_current_folder(tmp_path: Path) -> None:
    written(tmp_path, 'language = "en"')
    assert load(None).language == "en"


def test_it_counts_a_relative_database_from_the_files_folder(tmp_path: Path) -> None:
    folder = tmp_path / "etc"
    folder.mkdir()
    assert load(written(folder, 'database = "sqlite:///var/a.db"')).database == f"sqlite:///{folder}/var/a.db"
    assert load(written(folder, 'database = "sqlite:////srv/a.db"')).database == "sqlite:////srv/a.db"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[polling]\nintervall = '3s'", "doingoai.toml: polling.intervall: unknown key, did you mean interval?"),
        ("colour = 1", "doingoai.toml: colour: unknown key"),
        ("[polling]\ninterval = 10", "doingoai.toml: polling.interval: must be a duration in quotes"),
        ("[polling]\ninterval = '10 parsecs'", "doingoai.toml: polling.interval: must be a duration in quotes"),
        ("[polling]\ninterval = '0s'", "doingoai.toml: polling.interval: must be longer than zero"),
        ("[polling]\ninterval = '2h'\nmax_interval = '1h'", "doingoai.toml: polling: max_interval is shorter"),
        ("[polling]\nallow_private_hosts = ['127.0.0.1']", "doingoai.toml: polling.allow_private_hosts: must be"),
        ("language = 'fr'", "doingoai.toml: language: must be 'vi' or 'en'"),
        ("timezone = 'Hanoi'", "doingoai.toml: timezone: is no known time zone"),
        ("database = 'mysql://x'", "doingoai.toml: database: must be"),
        ("database = 'sqlite://'", "doingoai.toml: database: must name a file"),
        ("[web]\nlisten = 8080", "doingoai.toml: web.listen: must be a valid string"),
        ("[web]\nlisten = 'localhost'", "doingoai.toml: web.listen: must be written as"),
        ("[telegram]\napi_url = 'x'", "doingoai.toml: telegram.api_url: must be"),
        ("[polling]\nrecheck = ['1h', '0s']", "doingoai.toml: polling.recheck[1]: must be longer than zero"),
        ("[polling]\nrecheck = [6]", "doingoai.toml: polling.recheck[0]: must be a duration in quotes"),
        ("[polling]\ncontact = 'ask us'", "doingoai.toml: polling.contact: must be"),
        ("[polling]\ncontact = 'a@b.vn)\\nX: y'", "doingoai.toml: polling.contact: must be"),
        ("polling = 3", "doingoai.toml: polling: must be"),
        ("language = ", "doingoai.toml: is not valid TOML"),
        ("[[subscriptions]]\nname = 'A'\nto = ['x://']\nsend = 'noon'", "doingoai.toml: subscriptions[0] (A).send: "),
        ("[[subscriptions]]\nname = 'A'", "doingoai.toml: subscriptions[0] (A).to: "),
        ("[[sources]]\nid = 'x'\nname = 'X'", "doingoai.toml: sources[0] (x): home: "),
        (
            "[[sources]]\nid = 'x'\nname = 'X'\nhome = 'http://x.vn/'\ninterval = 5",
            "doingoai.toml: sources[0] (x).interval: must be a duration in quotes",
        ),
        ("[catalogue]\nenable = ['atlantis']", "doingoai.toml: catalogue.enable[0]: "),
    ],
)
def test_it_names_file_and_key_in_one_line(tmp_path: Path, text: str, expected: str) -> None:
    said = complaint(tmp_path, text)
    assert said.startswith(expected)
    assert "\n" not in said


def test_it_names_every_wrong_key_at_once(tmp_path: Path) -> None:
    said = complaint(tmp_path, "colour = 1\n[polling]\ninterval = 3").splitlines()
    assert [line.split(": ")[1] for line in said] == ["polling.interval", "colour"]


def test_it_refuses_two_subscriptions_of_one_name(tmp_path: Path) -> None:
    one = "[[subscriptions]]\nname = 'A'\nto = ['x://']\n"
    assert "'A'" in complaint(tmp_path, one + one)


def test_it_says_when_the_file_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml: cannot be read: No such file"):
        load(tmp_path / "nowhere.toml")


def test_it_says_when_the_file_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "doingoai.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=r"doingoai\.toml: is not UTF-8 text"):
        load(path)


def test_it_reads_secrets_from_the_environment_and_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "123:abc")
    (tmp_path / "chat").write_text("-100\n", encoding="utf-8")
    loaded = load(written(tmp_path, "[operators]\nto = ['tgram://${TOKEN}/${file:chat}/', 'x://$${TOKEN}']"))
    assert loaded.operators.to == ("tgram://123:abc/-100/", "x://${TOKEN}")


def test_it_names_key_and_variable_when_one_is_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MISSING", raising=False)
    said = complaint(tmp_path, "[[subscriptions]]\nname = 'A'\nto = ['mailtos://${MISSING}@x']")
    assert said == "doingoai.toml: subscriptions[0] (A).to[0]: the environment variable MISSING is not set"


def test_it_names_key_and_path_when_a_secret_file_is_missing(tmp_path: Path) -> None:
    said = complaint(tmp_path, "database = 'postgresql+psycopg://u:${file:gone}@h/n'")
    assert said.startswith("doingoai.toml: database: the file ")
    assert "gone" in said


def test_it_shows_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "hunter2")
    text = (
        "database = 'postgresql+psycopg://u:${SECRET}@h/n'\n[operators]\nto = ['x://${SECRET}']\n"
        "[[subscriptions]]\nname = 'A'\nto = ['x://${SECRET}']\n"
    )
    assert "hunter2" not in repr(load(written(tmp_path, text)))
    for wrong in ("quiet_hours = '${SECRET}'", "min_confidence = '${SECRET}'", "[telegram]\napi_url = '${SECRET}'"):
        assert "hunter2" not in complaint(tmp_path, text + wrong)


def test_it_overrides_a_shipped_source_and_adds_one(tmp_path: Path) -> None:
    text = """
    [[sources]]
    id = "baolaocai"
    interval = "3s"
    [[sources]]
    id = "mine"
    name = "Của tôi"
    home = "https://mine.example.vn/"
    """
    watched = {source.id: source for source in load(written(tmp_path, text)).watched}
    assert watched["baolaocai"].interval == 3
    assert watched["baolaocai"].name != ""
    assert watched["mine"].home == "https://mine.example.vn/"


def test_it_watches_only_ones_own_sources_when_nothing_is_enabled(tmp_path: Path) -> None:
    text = "[catalogue]\nenable = []\n[[sources]]\nid = 'm'\nname = 'M'\nhome = 'https://m.vn/'"
    assert [source.id for source in load(written(tmp_path, text)).watched] == ["m"]


def test_it_lets_a_long_interval_lift_the_default_ceiling() -> None:
    assert Settings.model_validate({"polling": {"interval": "3h"}}).polling.max_interval == 10800


@given(st.integers(1, 999), st.sampled_from(sorted(settings.UNITS)))
def test_it_reads_every_duration_it_promises(number: int, unit: str) -> None:
    if number * settings.UNITS[unit] <= settings.LONGEST:
        assert seconds(f"{number}{unit}") == pytest.approx(number * settings.UNITS[unit])


@given(st.one_of(st.integers(), st.floats(), st.booleans(), st.none(), st.text(max_size=12)))
def test_it_refuses_everything_else_as_a_duration_by_value_error(value: object) -> None:
    if isinstance(value, str) and settings.DURATION.fullmatch(value.strip()):
        return
    with pytest.raises(ValueError, match="duration"):
        seconds(value)
