import pytest

from shared.config import BadSettings, UpSettings, WebSettings, WorkSettings, read

GOOD = {
    "BANGKOM_BUDGET_DATABASE_URL": "postgresql://budget:secret-of-budget@db/budget",
    "BANGKOM_JWKS": "https://id.example/jwks",
    "BANGKOM_TOKEN_ISSUER": "https://id.example",
}


def test_everything_missing_is_named_at_once() -> None:
    with pytest.raises(BadSettings) as caught:
        read(WebSettings, "budget", {})
    assert set(caught.value.names) == set(GOOD)
    for name in GOOD:
        assert name in str(caught.value)


def test_wrong_ones_are_named_together_with_missing_ones() -> None:
    with pytest.raises(BadSettings) as caught:
        read(WebSettings, "budget", {**GOOD, "BANGKOM_JWKS": "", "BANGKOM_WEB_POOL": "many", "BANGKOM_ENV": "test"})
    assert set(caught.value.names) == {"BANGKOM_JWKS", "BANGKOM_WEB_POOL", "BANGKOM_ENV"}


def test_a_good_environment_becomes_typed_settings() -> None:
    settings = read(WebSettings, "budget", {**GOOD, "BANGKOM_LISTEN": "[::1]:81", "BANGKOM_WEB_POOL": " 3 "})
    assert settings.env == "production"
    assert settings.database_url.drivername == "postgresql+psycopg"
    assert settings.listen == ("::1", 81)
    assert settings.pool == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BANGKOM_BUDGET_DATABASE_URL", "sqlite:///x"),
        ("BANGKOM_BUDGET_DATABASE_URL", "postgresql://budget@db"),
        ("BANGKOM_BUDGET_DATABASE_URL", "nonsense"),
        ("BANGKOM_BUDGET_DATABASE_URL", "postgresql://u:very secret@db:x/y"),
        ("BANGKOM_JWKS", "http://id.example/jwks"),
        ("BANGKOM_JWKS", "relative/path"),
        ("BANGKOM_JWKS", "ftp://id.example"),
        ("BANGKOM_WEB_POOL", "0"),
        ("BANGKOM_WEB_POOL", "-1"),
        ("BANGKOM_WEB_POOL", "1.5"),
        ("BANGKOM_WEB_POOL", "٣"),
        ("BANGKOM_LISTEN", "8000"),
        ("BANGKOM_LISTEN", "here:99999"),
        ("BANGKOM_LOG_LEVEL", "loud"),
        ("BANGKOM_ENV", "Production"),
    ],
)
def test_a_wrong_value_is_refused_without_being_repeated(name: str, value: str) -> None:
    with pytest.raises(BadSettings) as caught:
        read(WebSettings, "budget", {**GOOD, name: value})
    assert caught.value.names == (name,)
    assert "secret" not in str(caught.value)


def test_a_worker_names_its_broker() -> None:
    with pytest.raises(BadSettings) as caught:
        read(WorkSettings, "budget", {**GOOD, "AMQP_URL": "http://x"})
    assert caught.value.names == ("AMQP_URL",)


def test_a_laptop_needs_no_settings_at_all() -> None:
    settings = read(UpSettings, "", {})
    assert (settings.env, settings.broker_url, settings.admin_url) == ("development", "memory://", None)
