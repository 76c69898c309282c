"""Encryption of personal text at rest (Fernet of the `cryptography` package: AES-128-CBC with HMAC-SHA256)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class UnusableKeyError(RuntimeError):
    """No usable encryption key, or data that none of the keys opens."""


class Cipher:
    """Seals JSON values with the first key, opens them with any of the keys."""

    def __init__(self, keys: list[str]) -> None:
        try:
            fernets = [Fernet(key) for key in keys]
            self._newest, self._fernet = fernets[0], MultiFernet(fernets)
        except (ValueError, TypeError, IndexError) as error:
            raise UnusableKeyError(
                "ENCRYPTION_KEY is no Fernet key: 32 bytes in URL-safe base64 are expected (several are separated by "
                "commas, newest first)."
            ) from error

    def seal(self, value: Any) -> bytes:
        """`value` as encrypted JSON."""
        return self._fernet.encrypt(_as_json(value).encode())

    def open(self, sealed: bytes) -> Any:
        """The value that was sealed. Raises UnusableKeyError where no key fits."""
        try:
            return json.loads(self._fernet.decrypt(sealed))
        except InvalidToken:
            raise UnusableKeyError(
                "The stored data was encrypted with another key. Set ENCRYPTION_KEY to the key it was written with "
                "(older keys may follow after a comma)."
            ) from None

    def renew(self, sealed: bytes) -> bytes | None:
        """The same value sealed with the first key; None where it is already. Raises UnusableKeyError."""
        try:
            self._newest.decrypt(sealed)
        except InvalidToken:
            try:
                return self._fernet.rotate(sealed)
            except InvalidToken:
                raise UnusableKeyError(
                    "A stored row opens with none of the keys. Add the key it was written with behind the newest one, "
                    "and run this again."
                ) from None
        return None


def load_cipher(configured: str | None, key_file: Path) -> Cipher:
    """The cipher of the configured keys, or of the key file, which is made (mode 0600) where it is missing."""
    return Cipher(_split(configured) if configured else read_keys(key_file))


def _split(keys: str) -> list[str]:
    return keys.replace(",", " ").split()


def read_keys(key_file: Path) -> list[str]:
    """The keys of the key file, newest first; it is made with a new key where it is missing.

    Raises UnusableKeyError where others may read the file, or where it can't be read or written.
    """
    try:
        try:
            key_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_keys(key_file, [Fernet.generate_key().decode()], only_new=True)
        except FileExistsError:
            pass
        if key_file.stat().st_mode & 0o077:
            raise UnusableKeyError(
                f"Others may read the encryption key in {key_file}. Take that from them ('chmod 600'), and think of the "
                "key as known: 'hearts rotate-key' makes a new one."
            )
        return _split(key_file.read_text(encoding="ascii"))
    except (OSError, UnicodeError) as error:
        raise UnusableKeyError(
            f"The encryption key file {key_file} can't be used ({type(error).__name__}). ENCRYPTION_KEY_FILE says where "
            "it lies; ENCRYPTION_KEY can hold the key instead."
        ) from None


def write_keys(key_file: Path, keys: list[str], only_new: bool = False) -> None:
    """Write the key file at once and whole, for its owner only. Raises FileExistsError with `only_new`."""
    unfinished = key_file.with_name(f"{key_file.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write("\n".join(keys) + "\n")
            file.flush()
            os.fsync(file.fileno())
        if only_new:
            os.link(unfinished, key_file)
        else:
            unfinished.replace(key_file)
    finally:
        unfinished.unlink(missing_ok=True)
