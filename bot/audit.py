"""`make audit`: known vulnerabilities in the bot's and the NLU server's locked packages.

pip-audit asks PyPI's database for every package of a lock. The bot may have none. Those of the NLU server (Rasa's old
pins) may be accepted in `nlu/audit-accepted.txt`, each with a reason; it runs on loopback, without secrets and database.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bot.settings import PROJECT

PIP_AUDIT = "pip-audit==2.10.1"
LOCKS = {"bot": PROJECT / "requirements.lock", "nlu": PROJECT / "nlu" / "requirements.lock"}
ACCEPTED = PROJECT / "nlu" / "audit-accepted.txt"
SHORTEST_REASON = 20
_PIN = re.compile(r"^([A-Za-z0-9][\w.\-]*)==([^\s;\\]+)", re.MULTILINE)
_ID = re.compile(r"^(?:PYSEC|GHSA|CVE|OSV)-[\w-]+$")


class AuditError(RuntimeError):
    """The audit can't be made or is not passed; the message says what to do."""


def pins(lock: str) -> list[tuple[str, str]]:
    """(package, version) of a lock, whatever platform it is for."""
    return sorted({(name.lower(), version) for name, version in _PIN.findall(lock)})


def accepted(text: str) -> dict[str, str]:
    """Reason by vulnerability of the accepted ones. Raises AuditError for a line without id or reason."""
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, reason = line.partition(" ")
        if not _ID.match(name) or len(reason.strip()) < SHORTEST_REASON:
            raise AuditError(
                f"{ACCEPTED.name}, line {number}: expected an id such as GHSA-... and after it the reason."
            )
        found[name] = reason.strip()
    return found


def judge(report: Mapping[str, Any], reasons: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """(vulnerabilities nobody accepted, packages that could not be looked up) of pip-audit's JSON."""
    open_ones, unknown = [], []
    for package in report["dependencies"]:
        if "skip_reason" in package:
            unknown.append(package["name"])
            continue
        for vulnerability in package["vulns"]:
            names = {vulnerability["id"], *vulnerability.get("aliases", ())}
            if not names & reasons.keys():
                fixed = ", ".join(vulnerability.get("fix_versions", ())) or "no version yet"
                open_ones.append(f"{package['name']} {package['version']}: {vulnerability['id']} (mended in {fixed})")
    return open_ones, unknown


def _requirements(packages: list[tuple[str, str]]) -> Iterator[list[str]]:
    """Lists without a package twice: a lock may have two versions, for different platforms."""
    while packages:
        once = dict(reversed(packages))
        yield [f"{name}=={version}" for name, version in once.items()]
        packages = [item for item in packages if once[item[0]] != item[1]]


def _ask(requirements: list[str], uv: str) -> Mapping[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requirements.txt"
        file.write_text("\n".join(requirements) + "\n", encoding="utf-8")
        command = [uv, "tool", "run", "--from", PIP_AUDIT, "pip-audit", "--requirement", str(file), "--no-deps"]
        command += ["--disable-pip", "--format", "json", "--progress-spinner", "off"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  (our own words)
    try:
        answer: Mapping[str, Any] = json.loads(done.stdout)
    except ValueError:
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        raise AuditError(f"pip-audit gave no report ({last[:200]}). It needs PyPI over the network.") from None
    return answer


def main() -> None:
    uv = str(Path(sys.executable).parent / "uv")
    failed = False
    try:
        reasons = {"bot": {}, "nlu": accepted(ACCEPTED.read_text(encoding="utf-8"))}
        for name, lock in LOCKS.items():
            packages = pins(lock.read_text(encoding="utf-8"))
            open_ones, unknown = [], []
            for requirements in _requirements(packages):
                found, missing = judge(_ask(requirements, uv), reasons[name])
                open_ones += found
                unknown += missing
            for line in open_ones:
                sys.stdout.write(f"{name}: {line}\n")
            if unknown:
                sys.stdout.write(
                    f"{name}: {len(unknown)} of {len(packages)} packages could not be looked up: the index in use has no "
                    "vulnerability data. Run this where PyPI itself can be reached.\n"
                )
            sys.stdout.write(f"{name}: {len(packages)} packages, {len(open_ones)} vulnerabilities not accepted\n")
            failed = failed or bool(open_ones or unknown)
    except (AuditError, OSError) as error:
        sys.stdout.write(f"{error}\n")
        failed = True
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
