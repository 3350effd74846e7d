"""Are the reader's confidences true? Predicted and observed shares of right values, by bin, and the expected calibration error.

    bench/reliability.py SCORER DATA [DATA ...]      print the table for labelled sets (docs/ and labels/)
    bench/reliability.py SCORER DATA ... --fit       write services/parser/src/parser_service/domain/calibration.txt

SCORER is the `score.py` whose comparisons decide what is right. Run it without `calibration.txt` in effect (--fit does so itself)
to see the error before calibration.
"""

import argparse
import dataclasses
import importlib.util
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from meshkit.errors import DomainError
from parser_service.adapters.reader import read_bytes
from parser_service.domain import calibration
from parser_service.domain.model import Resume
from parser_service.domain.tongues import find_languages

TABLE = Path(calibration.__file__).with_suffix(".txt")
BINS = ((0.0, 0.5), (0.5, 0.6), (0.6, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 0.95), (0.95, 0.98), (0.98, 1.01))
_TODAY = date(2026, 11, 1)
# With few cases a step leans towards this share, as if so many cases had shown it.
_PRIOR, _PRIOR_WEIGHT, _HIGHEST = 0.85, 4.0, 0.995

Case = tuple[str, float, bool]  # field, confidence, right


def load_scorer(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("scorer", path)
    assert spec is not None  # noqa: S101
    assert spec.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cases_of(resume: Resume, truth: dict[str, Any], scorer: Any) -> Iterator[Case]:
    """Each value that has a confidence and can be compared."""

    def confidence(pointer: str) -> float | None:
        found = resume.provenance.get(pointer)
        return found.confidence if found else None

    def judge(field: str, pointer: str, right: object) -> Iterator[Case]:
        if (value := confidence(pointer)) is not None:
            yield field, value, bool(right)

    person, known = resume.personal, truth["personal"]
    yield from judge(
        "personal/name", "/personal/name", known.get("name") and scorer.name_eq(person.name, known["name"])
    )
    yield from judge(
        "personal/email", "/personal/email", known.get("email") and scorer.email_eq(person.email, known["email"])
    )
    yield from judge(
        "personal/phone", "/personal/phone", known.get("phone") and scorer.phone_eq(person.phone, known["phone"])
    )
    if known.get("location"):
        yield from judge("personal/location", "/personal/location", scorer.loc_eq(person.location, {"truth": truth}))
    links = {scorer.url_norm(url) for url in (known.get("links") or []) + (truth.get("links_optional") or [])}
    for number, url in enumerate(person.links):
        yield from judge("personal/links", f"/personal/links/{number}", scorer.url_norm(url) in links)

    jobs = [dataclasses.asdict(job) for job in resume.experience]
    known_jobs = (truth.get("experience") or []) + (truth.get("experience_optional") or [])
    pairs = _pairs(jobs, known_jobs, scorer.sim_exp, 0.5, scorer)
    for number, job in enumerate(jobs):
        base, fact = f"/experience/{number}", pairs.get(number)
        for name, same in (("title", scorer.title_eq), ("company", scorer.org_eq)):
            if job[name] and not (fact and not fact.get(name)):
                yield from judge(f"experience/{name}", f"{base}/{name}", fact and same(job[name], fact[name]))
        for name in ("start_date", "end_date"):
            precision = fact and fact.get(name.replace("date", "precision"))
            if job[name] and not (fact and not fact.get(name)) and precision != "implied":
                yield from judge(
                    f"experience/{name}", f"{base}/{name}", fact and scorer.date_eq(job[name], fact[name], precision)
                )

    schools = [dataclasses.asdict(degree) for degree in resume.education]
    pairs = _pairs(schools, truth.get("education") or [], scorer.sim_edu, 0.45, scorer)
    for number, entry in enumerate(schools):
        base, fact = f"/education/{number}", pairs.get(number)
        if entry["institution"] and not (fact and not fact.get("institution")):
            right = fact and scorer.org_eq(entry["institution"], fact["institution"])
            yield from judge("education/institution", f"{base}/institution", right)
        for name in ("degree", "field"):
            if entry[name]:
                printed, told = (
                    f"{row.get('degree') or ''} {row.get('field') or ''}" if row else "" for row in (entry, fact)
                )
                yield from judge(f"education/{name}", f"{base}/{name}", fact and scorer.deg_eq(printed, told))
        if entry["end_date"] and not (fact and not fact.get("end_date")):
            right = fact and scorer.date_eq(entry["end_date"], fact["end_date"], fact.get("end_precision"))
            yield from judge("education/end_date", f"{base}/end_date", right)

    skills = list(truth.get("skills") or []) + list(truth.get("skills_optional") or [])
    for number, skill in enumerate(resume.skills):
        yield from judge("skills", f"/skills/{number}", any(scorer.soft_eq(skill, other) for other in skills))
    spoken = {code for row in truth.get("languages") or [] for _, code, _, _ in find_languages(row["language"])}
    for number, language in enumerate(resume.languages):
        yield from judge("languages", f"/languages/{number}", language.code in spoken)
    certificates = [row["name"] for row in truth.get("certifications") or []]
    for number, certificate in enumerate(resume.certifications):
        right = any(scorer.cert_eq(certificate.name, other) for other in certificates)
        yield from judge("certifications/name", f"/certifications/{number}/name", right)


def _pairs(
    found: list[dict[str, Any]], known: list[dict[str, Any]], likeness: Any, least: float, scorer: Any
) -> dict[int, dict[str, Any]]:
    table = [[likeness(one, other) for other in known] for one in found]
    return {i: known[j] for i, j in scorer.assign(table) if table[i][j] >= least}


def read_all(folder: Path, scorer: Any) -> list[Case]:
    cases: list[Case] = []
    for label in sorted((folder / "labels").glob("*.json")):
        told = json.loads(label.read_text("utf-8"))
        try:
            resume = read_bytes((folder / told["file"]).read_bytes(), _TODAY)
        except DomainError:
            continue
        cases += cases_of(resume, told["truth"], scorer)
    return cases


def expected_error(cases: Sequence[Case]) -> float:
    """Mean distance between predicted and observed, weighted by cases."""
    total = 0.0
    for low, high in BINS:
        inside = [case for case in cases if low <= case[1] < high]
        total += abs(sum(c for _, c, _ in inside) - sum(right for _, _, right in inside))
    return total / max(len(cases), 1)


def show(name: str, cases: Sequence[Case]) -> None:
    share = sum(right for _, _, right in cases) / max(len(cases), 1)
    print(f"\n{name}: {len(cases)} values, {share:.3f} right, ECE {expected_error(cases):.4f}")
    print(f"{'confidence':>14} {'values':>8} {'predicted':>10} {'observed':>9}")
    for low, high in BINS:
        inside = [case for case in cases if low <= case[1] < high]
        if inside:
            predicted, observed = (sum(float(case[k]) for case in inside) / len(inside) for k in (1, 2))
            print(f"{low:7.2f}-{min(high, 1):5.2f}  {len(inside):8d} {predicted:10.3f} {observed:9.3f}")


def fit(cases: Sequence[Case]) -> str:
    """Steps that never fall (pool adjacent violators), for each field: raw confidence and the share right from there on."""
    by_field: dict[str, dict[float, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for field, raw, right in cases:
        by_field[field][raw].append(right)
    lines = [
        "# Field, then pairs of raw confidence and share of right values from there on. Written by bench/reliability.py --fit."
    ]
    for field in sorted(by_field):
        steps: list[list[float]] = []  # raw, right, cases
        for raw, rights in sorted(by_field[field].items()):
            steps.append([raw, sum(rights) + _PRIOR * _PRIOR_WEIGHT, len(rights) + _PRIOR_WEIGHT])
            while len(steps) > 1 and steps[-2][1] * steps[-1][2] >= steps[-1][1] * steps[-2][2]:
                _, rightly, count = steps.pop()
                # The prior of a pooled step counts once.
                steps[-1][1] += rightly - _PRIOR * _PRIOR_WEIGHT
                steps[-1][2] += count - _PRIOR_WEIGHT
        lines.append(
            f"{field} " + " ".join(f"{raw:.2f}:{min(right / count, _HIGHEST):.3f}" for raw, right, count in steps)
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("scorer", type=Path)
    arguments.add_argument("data", type=Path, nargs="+")
    arguments.add_argument("--fit", action="store_true")
    arguments.add_argument("--raw", action="store_true", help="before calibration")
    options = arguments.parse_args()
    if options.fit or options.raw:
        calibration.steps.cache_clear()
        calibration.steps = dict  # type: ignore[assignment]  # no field has steps: raw confidences pass
    scorer = load_scorer(options.scorer)
    sets = {folder.name: read_all(folder, scorer) for folder in options.data}
    for name, cases in sets.items():
        show(name, cases)
    if options.fit:
        TABLE.write_text(fit([case for cases in sets.values() for case in cases]), "utf-8")
        print(f"\nwrote {TABLE}")
