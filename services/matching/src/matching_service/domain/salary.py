"""Pay that a job text offers."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from matching_service.domain.passages import Passage, Place


class PayPeriod(Enum):
    """What an amount is for; values are those of the contract."""

    HOUR = 1
    DAY = 2
    MONTH = 3
    YEAR = 4
    WEEK = 5


# Full-time: 40 hours a week, 52 weeks a year.
PERIODS_PER_YEAR = {
    PayPeriod.HOUR: 2080,
    PayPeriod.DAY: 260,
    PayPeriod.WEEK: 52,
    PayPeriod.MONTH: 12,
    PayPeriod.YEAR: 1,
}


@dataclass(frozen=True, slots=True)
class Salary:
    """A range of pay; both ends are equal for a single amount. `currency` is ISO 4217."""

    minimum: float
    maximum: float
    currency: str
    period: PayPeriod
    place: Place = field(compare=False)

    def a_year(self) -> tuple[float, float]:
        """Both ends for a year of full-time work."""
        times = PERIODS_PER_YEAR[self.period]
        return self.minimum * times, self.maximum * times


_CURRENCIES = {
    "$": "USD", "us$": "USD", "usd": "USD", "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP", "gbp": "GBP",
    "chf": "CHF", "cad": "CAD", "c$": "CAD", "aud": "AUD", "a$": "AUD", "₹": "INR", "inr": "INR", "rs.": "INR", "pln": "PLN", "sek": "SEK",
}  # fmt: skip
_CURRENCY = "|".join(re.escape(written) for written in sorted(_CURRENCIES, key=len, reverse=True))
# Thousands, lakhs (`8,00,000`), and amounts without marks.
_AMOUNT = r"\d{1,3}(?:[.,'’ \u00a0]\d{3})+|\d{1,2}(?:,\d{2})+,\d{3}|\d+(?:[.,]\d{1,2})?"
_RANGE = re.compile(
    rf"(?P<before>{_CURRENCY})?\s?(?P<low>{_AMOUNT})\s?(?P<low_k>k\b)?\s?(?P<middle>(?:{_CURRENCY})(?!\w))?"
    rf"(?:\s?(?:-|–|—|to|bis|and|und|à|a|y|et)\s?(?:{_CURRENCY})?\s?(?P<high>{_AMOUNT})\s?(?P<high_k>k\b)?)?\s?(?P<after>(?:{_CURRENCY})(?!\w))?",
    re.IGNORECASE,
)
_PER = r"(?<![^\W\d_])(?:per|an|a|each|pro|die|par|por|al|la|im|in der|de l['’])\s?-?|/\s?"
_PERIODS = {
    PayPeriod.HOUR: rf"(?:{_PER})(?:hour|hr|h|stunde|heure|hora)\b|\bhourly|stundenlohn|\bp\.?h\.(?!\w)",
    PayPeriod.DAY: rf"(?:{_PER})(?:day|tag|jour|día)\b|\b(?:daily|day) rate|tagessatz|\bTJM\b",
    PayPeriod.WEEK: rf"(?:{_PER})(?:week|wk|woche|semaine|semana)\b(?!\s*\))|\bweekly",
    PayPeriod.MONTH: rf"(?:{_PER})(?:month|mo|monat|mois|mes)\b|\bmonthly|monatlich|mensuel\w*|mensual\w*",
    PayPeriod.YEAR: rf"(?:{_PER})(?:year|yr|annum|jahr|an|año)\b|\bannual\w*|\byearly|jährlich|\bp\.?a\.|annuel\w*|\banual\w*"
    r"|\bCTC\b|\bOTE\b|\bLPA\b",
}
_PAY = re.compile(
    r"salary|compensation|\bpay\b|\bwage|remuneration|\bbase\b|gehalt|vergütung|lohn|salaire|rémunération|salario|sueldo|retribución|"
    + "|".join(_PERIODS.values()),
    re.IGNORECASE,
)
# A yearly wage below, or an hourly one above, is a misreading.
_LEAST_A_YEAR = 5_000


def read_salary(everything: Iterable[Passage]) -> Salary | None:
    """The first amount with a currency in a passage that speaks of pay."""
    for passage in everything:
        if not _PAY.search(passage.text):
            continue
        for match in _RANGE.finditer(passage.text):
            if found := _salary(match, passage):
                return found
    return None


def _salary(match: re.Match[str], passage: Passage) -> Salary | None:
    written = (match["before"] or match["middle"] or match["after"] or "").lower()
    if not written:
        return None
    thousands = bool(match["low_k"] or match["high_k"])
    low = _amount(match["low"]) * (1000 if thousands else 1)
    high = _amount(match["high"]) * (1000 if thousands else 1) if match["high"] else low
    # The word beside the amount; else any of the passage.
    period = _period(passage.text[match.end() : match.end() + 25], low, guess=False) or _period(passage.text, low)
    if period is None or high < low or low * PERIODS_PER_YEAR[period] < _LEAST_A_YEAR:
        return None
    return Salary(low, high, _CURRENCIES[written], period, passage.place(*match.span()))


def _period(text: str, amount: float, *, guess: bool = True) -> PayPeriod | None:
    found = {period: match.start() for period, words in _PERIODS.items() if (match := re.search(words, text, re.I))}
    if found:
        return min(found, key=lambda period: found[period])
    if not guess:
        return None
    # Without a word for it, the size tells.
    return (
        PayPeriod.YEAR
        if amount >= 15_000
        else PayPeriod.MONTH
        if amount >= 1_000
        else PayPeriod.HOUR
        if amount < 200
        else None
    )


def _amount(written: str) -> float:
    bare = re.sub(r"[.,'’ \u00a0](?=\d{3}(?!\d))|,(?=\d\d,)", "", written)
    return float(bare.replace(",", "."))
