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


# Full-time: 40 hours a week, 52 weeks a year.
PERIODS_PER_YEAR = {PayPeriod.HOUR: 2080, PayPeriod.DAY: 260, PayPeriod.MONTH: 12, PayPeriod.YEAR: 1}


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
    "chf": "CHF", "cad": "CAD", "c$": "CAD", "aud": "AUD", "a$": "AUD", "₹": "INR", "inr": "INR", "pln": "PLN", "sek": "SEK",
}  # fmt: skip
_CURRENCY = "|".join(re.escape(written) for written in sorted(_CURRENCIES, key=len, reverse=True))
_AMOUNT = r"\d{1,3}(?:[.,'’ \u00a0]\d{3})+|\d+(?:[.,]\d{1,2})?"
_RANGE = re.compile(
    rf"(?P<before>{_CURRENCY})?\s?(?P<low>{_AMOUNT})\s?(?P<low_k>k\b)?\s?(?P<middle>(?:{_CURRENCY})(?!\w))?"
    rf"(?:\s?(?:-|–|—|to|bis|and|und|à|a|y|et)\s?(?:{_CURRENCY})?\s?(?P<high>{_AMOUNT})\s?(?P<high_k>k\b)?)?\s?(?P<after>(?:{_CURRENCY})(?!\w))?",
    re.IGNORECASE,
)
_PERIODS = {
    PayPeriod.HOUR: r"(?:per|an|a|/|pro|die|par|por|de l['’]|la)\s?-?(?:hour|hr|h|stunde|heure|hora)\b|hourly|stundenlohn",
    PayPeriod.DAY: r"(?:per|a|/|pro|par|por)\s?(?:day|tag|jour|día)\b|daily rate|tagessatz",
    PayPeriod.MONTH: r"(?:per|a|/|pro|par|por|al|im)\s?(?:month|mo|monat|mois|mes)\b|monthly|monatlich|mensuel\w*|mensual\w*",
    PayPeriod.YEAR: r"(?:per|a|/|pro|par|por|al|im)\s?(?:year|yr|annum|jahr|an|año)\b|annual\w*|yearly|jährlich|p\.?a\.|annuel\w*",
}
_PAY = re.compile(
    r"salary|compensation|pay\b|wage|remuneration|base|gehalt|vergütung|lohn|salaire|rémunération|salario|sueldo|retribución|"
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
    period = _period(passage.text, low)
    if period is None or high < low or low * PERIODS_PER_YEAR[period] < _LEAST_A_YEAR:
        return None
    return Salary(low, high, _CURRENCIES[written], period, passage.place(*match.span()))


def _period(text: str, amount: float) -> PayPeriod | None:
    for period, words in _PERIODS.items():
        if re.search(words, text, re.IGNORECASE):
            return period
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
    bare = re.sub(r"[.,'’ \u00a0](?=\d{3}(?!\d))", "", written)
    return float(bare.replace(",", "."))
