"""Facts as a conformance program has told them: read from its TAP, shown by family, compared with another run."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from peerapi.cli import output

_LINE = re.compile(
    r"(?P<no>not )?ok \d+ - (?P<family>[^|]+) \| (?P<page>[^|]+) \| (?P<text>.*?)(?: # guess (?P<guess>\S+))?"
)


@dataclass(frozen=True)
class Fact:
    """One line. Family, page and text name it; ``guess`` is the short name of what no page settles, else ""."""

    family: str
    page: str
    text: str
    holds: bool
    guess: str = ""
    seen: str = ""
    "What was there instead, when it does not hold."

    @property
    def name(self) -> tuple[str, str, str]:
        return self.family, self.page, self.text


@dataclass(frozen=True)
class Results:
    """All facts of one run."""

    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Difference:
    """A fact that two runs answer differently; "missing" is an answer, too."""

    family: str
    page: str
    text: str
    guess: str
    here: str
    there: str


def parse(text: str) -> Results:
    """The facts of TAP; lines that are none are passed over, a comment below a fact belongs to it."""
    facts: list[Fact] = []
    for line in text.replace("\r\n", "\n").splitlines():
        found = _LINE.fullmatch(line.rstrip())
        if found:
            holds = found["no"] is None
            facts.append(Fact(found["family"], found["page"], found["text"], holds, found["guess"] or ""))
        elif line.startswith("#   ") and facts and not facts[-1].holds:
            last = facts[-1]
            facts[-1] = Fact(*last.name, last.holds, last.guess, " ".join((last.seen + " " + line[4:]).split()))
    return Results(tuple(facts))


def load(path: Path) -> Results:
    """A run from a file: what a program has written, or what ``--json`` has. ValueError when it is neither."""
    text = path.read_bytes()
    decoded = text.decode("utf-16" if text[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace")
    if decoded.lstrip().startswith("{"):
        read = json.loads(decoded)
        try:
            return Results(tuple(Fact(**one) for one in read["facts"]))
        except (KeyError, TypeError):
            raise ValueError(f"{path} is not what `peerapi conformance --json` writes") from None
    results = parse(decoded)
    if not results.facts:
        raise ValueError(f"{path} has no facts in it")
    return results


def as_json(results: Results) -> str:
    return json.dumps({"facts": [asdict(fact) for fact in results.facts]}, indent=1)


def families(results: Results) -> list[str]:
    """The families of facts, in the order in which they were asked."""
    return list(dict.fromkeys(fact.family for fact in results.facts))


def table(results: Results) -> str:
    """How many facts hold, by family; below it those that do not, with the page that each comes from."""
    rows: list[Sequence[object]] = []
    for family in [*families(results), "all"]:
        of = [fact for fact in results.facts if family in (fact.family, "all")]
        guesses = [fact for fact in of if fact.guess]
        pages = len({fact.page for fact in of})
        rows.append([family, len(of), sum(fact.holds for fact in of), len(guesses), pages])
    text = output.table(["family", "facts", "hold", "guesses", "pages"], rows, right=range(1, 5))
    failed = [fact for fact in results.facts if not fact.holds]
    if failed:
        lines = [[fact.family, fact.page, fact.text, fact.seen, fact.guess] for fact in failed]
        text += "\n\n" + output.table(["does not hold", "page", "fact", "seen", "guess"], lines)
    return text


def compare(here: Results, there: Results, *, partial: bool = False) -> list[Difference]:
    """What the two answer differently, in the order of the first; only families that both have run, and when the first
    is ``partial``, some sections of a family, only what it has asked."""
    ours = {fact.name: fact for fact in here.facts}
    theirs = {fact.name: fact for fact in there.facts}
    both = {name[0] for name in ours} & {name[0] for name in theirs}
    differences = []
    for name in [*ours, *(name for name in theirs if name not in ours and not partial)]:
        one, other = ours.get(name), theirs.get(name)
        if name[0] not in both or (one and other and one.holds == other.holds and one.seen == other.seen):
            continue
        known = one or other
        assert known is not None
        differences.append(Difference(*name, known.guess, _answer(one), _answer(other)))
    return differences


def _answer(fact: Fact | None) -> str:
    if fact is None:
        return "missing"
    return "holds" if fact.holds else fact.seen or "does not hold"


def differences_table(differences: list[Difference], here: int, there: int) -> str:
    """Each difference with its page; a last line counts them."""
    rows = [[one.family, one.page, one.text, one.here, one.there, one.guess] for one in differences]
    text = output.table(["family", "page", "fact", "here", "there", "guess"], rows) + "\n\n" if rows else ""
    kinds = Counter("guesses" if one.guess else "facts of a page" for one in differences)
    counted = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "none"
    return f"{text}{here} facts here, {there} there; different: {counted}"
