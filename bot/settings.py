"""All configuration, from the environment and a `.env` file. Secrets never show in `repr` or an error."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_config_path, user_data_path
from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.logs import Format

MAX_OPERATOR = 200
"""Characters: Telegram takes 512 of a description."""
PROJECT = Path(__file__).resolve().parent.parent


class SettingsError(ValueError):
    """A variable is set to something unusable; the message names it and says what to do."""


def _key_file(home: Path) -> Path:
    usual = home == user_data_path("healing-hearts")
    return (user_config_path("healing-hearts") if usual else home.expanduser() / "keys") / "encryption.key"


class Settings(BaseSettings):
    """The variables of the README's table."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", hide_input_in_errors=True)

    telegram_bot_token: SecretStr | None = None
    telegram_base_url: str = "https://api.telegram.org"
    database_url: SecretStr | None = None
    hearts_home: Path = Field(default_factory=lambda: user_data_path("healing-hearts"))
    nlu_url: str | None = None
    nlu_token: SecretStr | None = None
    nlu_python: Path = PROJECT / "nlu" / ".venv" / "bin" / "python"
    webhook_url: str | None = None
    webhook_secret: SecretStr | None = None
    port: int = Field(default=8443, ge=1, le=65535)
    encryption_key: SecretStr | None = None
    encryption_key_file: Path = Field(default_factory=lambda data: _key_file(data["hearts_home"]))
    """By default in the user's configuration folder, so that a copy of the data is no copy of the key; under a HEARTS_HOME
    of one's own in its folder `keys`, so that two homes never share one."""
    operator: str = Field(default="", max_length=MAX_OPERATOR)
    """Who runs the bot and how to reach them: stands in its profile, to which /privacy points."""
    send_rate: int = Field(default=30, ge=2, le=1000)
    """Messages a second that Telegram allows this bot."""
    monitor_host: str = "127.0.0.1"
    monitor_port: int = Field(default=8081, ge=0, le=65535)
    """Where /metrics, /healthz and /readyz are; 0 is nowhere."""
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(str.upper)] = "INFO"
    log_format: Format = "auto"

    @property
    def home(self) -> Path:
        """HEARTS_HOME, made if missing, readable by this user only."""
        home = self.hearts_home.expanduser()
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        return home

    @property
    def database(self) -> str:
        """The SQLAlchemy URL; by default a SQLite file in HEARTS_HOME."""
        if self.database_url:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.home / 'hearts.sqlite3'}"

    @property
    def models(self) -> Path:
        """Folder of trained models."""
        folder = self.home / "models"
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def load_settings(**overrides: object) -> Settings:
    """The settings. Raises SettingsError naming the variable, never its value."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"{name}: {first['msg']}. See the table of variables in the README.") from None
