"""Encryption of personal text at rest (Fernet of the `cryptography` package: AES-128-CBC with HMAC-SHA256)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class UnusableKeyError(RuntimeError):
    """No usable encryption key, or data that none of the keys opens."""


class Cipher:
    """Seals JSON values with the first key, opens them with any of the keys."""

    def __init__(self, keys: list[str]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except (ValueError, TypeError) as error:
            raise UnusableKeyError(
                "ENCRYPTION_KEY is no Fernet key: 32 bytes in URL-safe base64 are expected (several are separated by "
                "commas, newest first)."
            ) from error

    def seal(self, value: Any) -> bytes:
        """`value` as encrypted JSON."""
        return self._fernet.encrypt(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())

    def open(self, sealed: bytes) -> Any:
        """The value that was sealed. Raises UnusableKeyError where no key fits."""
        try:
            return json.loads(self._fernet.decrypt(sealed))
        except InvalidToken:
            raise UnusableKeyError(
                "The stored data was encrypted with another key. Set ENCRYPTION_KEY to the key it was written with "
                "(older keys may follow after a comma)."
            ) from None

    def renew(self, sealed: bytes) -> bytes:
        """The same value sealed with the first key."""
        return self._fernet.rotate(sealed)


def load_cipher(configured: str | None, key_file: Path) -> Cipher:
    """The cipher of the configured keys, or of the key file, which is made (mode 0600) where it is missing."""
    if configured:
        return Cipher([key.strip() for key in configured.split(",") if key.strip()])
    try:
        descriptor = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return Cipher(key_file.read_text(encoding="ascii").split())
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(Fernet.generate_key().decode() + "\n")
    return Cipher(key_file.read_text(encoding="ascii").split())
