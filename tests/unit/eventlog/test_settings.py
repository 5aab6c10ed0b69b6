"""What the environment may say of home, memory and lake, and how little of it is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventlog.settings import (
    SettingsError,
    bucket_access,
    environment_of_services,
    lake_environment,
    settings_for,
    settings_from_environment,
)

SERVER = "postgres:dbname=lake host=db.example port=5432 user=navlog"
PASSWORD = "not-a-secret-outside-this-test"  # noqa: S105


def test_the_lake_is_in_the_home_unless_it_is_said_to_be_elsewhere(monkeypatch):
    assert not settings_from_environment().has_lake_elsewhere

    monkeypatch.setenv("NAVLOG_LAKE_CATALOG", SERVER)
    monkeypatch.setenv("NAVLOG_LAKE_DATA", "s3://books/navlog/")
    settings = settings_from_environment()

    assert (settings.lake_server, settings.lake_bucket) == (SERVER, "s3://books/navlog")


@pytest.mark.parametrize("character", list("*?[]{}#'\""))
def test_a_home_that_an_engine_would_misread_is_refused(monkeypatch, tmp_path, character):
    """A pattern, a quote, or the beginning of a comment: DuckDB and dbt are told paths in their own languages."""
    monkeypatch.setenv("NAVLOG_HOME", str(tmp_path / f"a{character}b"))

    with pytest.raises(SettingsError, match=r"NAVLOG_HOME .* choose a plain path"):
        settings_from_environment()


def test_a_home_below_such_a_folder_is_refused_too(monkeypatch, tmp_path):
    (tmp_path / "c#").mkdir()
    monkeypatch.chdir(tmp_path / "c#")

    with pytest.raises(SettingsError, match="NAVLOG_HOME"):
        settings_for(Path("data"))


def test_what_is_empty_is_not_stated(monkeypatch, tmp_path):
    """Given empty settings, as a compose file leaves them, then the home is data/, not the working directory."""
    monkeypatch.chdir(tmp_path)
    for name in ("NAVLOG_HOME", "NAVLOG_MEMORY_LIMIT"):
        monkeypatch.setenv(name, "")

    settings = settings_from_environment()

    assert (settings.home, settings.memory_limit) == (tmp_path / "data", "1600MB")


@pytest.mark.parametrize("limit", ["6GB", "1.5 gb", "1600MB", "512MiB", "2TB"])
def test_memory_is_a_size(monkeypatch, limit):
    monkeypatch.setenv("NAVLOG_MEMORY_LIMIT", limit)

    assert settings_from_environment().memory_limit == limit


@pytest.mark.parametrize("limit", ["abc", "0", "0GB", "0.0GB", "6", "-1GB", " ", "80%", "1GB'; select 1; --", "1GB\n"])
def test_memory_of_no_size_is_refused(monkeypatch, limit):
    monkeypatch.setenv("NAVLOG_MEMORY_LIMIT", limit)

    with pytest.raises(SettingsError, match=r"NAVLOG_MEMORY_LIMIT .* like 6GB"):
        settings_from_environment()


@pytest.mark.parametrize(
    "address",
    [
        f"{SERVER} password={PASSWORD}",
        f"{SERVER} sslpassword={PASSWORD}",
        f"postgresql://navlog:{PASSWORD}@db.example/lake",
        f"postgres://navlog:{PASSWORD}@db.example/lake",
        "postgres:",
        "postgres:dbname='lake'",
        "sqlite:lake.sqlite",
    ],
)
def test_a_catalog_with_a_password_or_of_another_kind_is_refused_and_not_shown(monkeypatch, address):
    monkeypatch.setenv("NAVLOG_LAKE_CATALOG", address)

    with pytest.raises(SettingsError, match="NAVLOG_LAKE_CATALOG_PASSWORD") as refused:
        settings_from_environment()

    assert PASSWORD not in str(refused.value)


@pytest.mark.parametrize("address", ["s3://books", "s3://books/*", "gs://books/navlog", "books/navlog", "s3://b/'x"])
def test_data_need_a_prefix_of_their_own(monkeypatch, address):
    monkeypatch.setenv("NAVLOG_LAKE_DATA", address)

    with pytest.raises(SettingsError, match="s3://bucket/prefix"):
        settings_from_environment()


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("", (None, True)),
        ("https://s3.example:9000", ("s3.example:9000", True)),
        ("http://127.0.0.1:9000", ("127.0.0.1:9000", False)),
    ],
)
def test_keys_of_a_bucket_are_read_and_not_shown(monkeypatch, endpoint, expected):
    monkeypatch.setenv("NAVLOG_S3_KEY_ID", "key")
    monkeypatch.setenv("NAVLOG_S3_SECRET_KEY", PASSWORD)
    monkeypatch.setenv("NAVLOG_S3_ENDPOINT", endpoint)

    access = bucket_access()

    assert (access.secret_key, access.session_token, access.region) == (PASSWORD, None, "us-east-1")
    assert (access.endpoint, access.is_encrypted) == expected
    assert PASSWORD not in repr(access)


@pytest.mark.parametrize(
    ("name", "value", "said"), [("KEY_ID", "", "NAVLOG_S3_KEY_ID"), ("ENDPOINT", "s3.example", "https://")]
)
def test_half_an_access_is_refused(monkeypatch, name, value, said):
    for stated, content in {"KEY_ID": "key", "SECRET_KEY": PASSWORD, name: value}.items():
        monkeypatch.setenv(f"NAVLOG_S3_{stated}", content)

    with pytest.raises(SettingsError, match=said):
        bucket_access()


def test_only_those_who_open_the_lake_are_told_how(monkeypatch):
    """Given a password and keys, then a service gets them only if it is given the lake's part of the environment."""
    monkeypatch.setenv("NAVLOG_LAKE_CATALOG_PASSWORD", PASSWORD)
    monkeypatch.setenv("NAVLOG_S3_SECRET_KEY", PASSWORD)

    assert PASSWORD not in environment_of_services({}).values()
    assert set(lake_environment()) == {"NAVLOG_LAKE_CATALOG_PASSWORD", "NAVLOG_S3_SECRET_KEY"}
