"""`make audit`: what it lets pass, and that it never passes because it could not ask."""

from __future__ import annotations

import pytest

from bot import audit

REPORT = {
    "dependencies": [
        {"name": "a", "version": "1", "vulns": []},
        {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1", "aliases": ["GHSA-x"], "fix_versions": ["3"]}]},
        {"name": "c", "skip_reason": "not found"},
    ]
}


def test_both_locks_are_read_whole() -> None:
    for lock in audit.LOCKS.values():
        text = lock.read_text(encoding="utf-8")
        assert len(audit.pins(text)) == len(
            {line.split(" ")[0] for line in text.splitlines() if "==" in line[:80] and line[0].isalnum()}
        )
    assert ("tornado", "6.6.1") in audit.pins(audit.LOCKS["bot"].read_text(encoding="utf-8"))


def test_only_what_was_accepted_by_any_of_its_names_passes() -> None:
    assert audit.judge(REPORT, {}) == (["b 2: PYSEC-1 (mended in 3)"], ["c"])
    assert audit.judge(REPORT, {"GHSA-x": "a reason"}) == ([], ["c"])


def test_an_accepted_one_needs_a_reason() -> None:
    assert audit.accepted("# comment\n\nGHSA-x-y only reached by reading untrusted models\n") == {
        "GHSA-x-y": "only reached by reading untrusted models"
    }
    for line in ("GHSA-x-y", "GHSA-x-y because", "tensorflow only reached by reading untrusted models"):
        with pytest.raises(audit.AuditError, match="line 1"):
            audit.accepted(line)
    audit.accepted(audit.ACCEPTED.read_text(encoding="utf-8"))


def test_it_fails_where_packages_could_not_be_looked_up(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(report: dict[str, object]) -> int:
        monkeypatch.setattr(audit, "_ask", lambda *_: report)
        with pytest.raises(SystemExit) as ended:
            audit.main()
        assert isinstance(ended.value.code, int)
        return ended.value.code

    assert run({"dependencies": []}) == 0
    assert run({"dependencies": [REPORT["dependencies"][2]]}) == 1
    assert "could not be looked up" in capsys.readouterr().out
    assert run({"dependencies": [REPORT["dependencies"][1]]}) == 1
