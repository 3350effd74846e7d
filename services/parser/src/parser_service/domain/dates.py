"""Dates and periods as people print them, in the languages of `_MONTHS`."""

import re
from dataclasses import dataclass
from functools import lru_cache

from parser_service.domain.folding import fold

_MONTHS: dict[int, str] = {
    1: "january jan januar janner jan. janvier janv enero ene gennaio gen januari janeiro styczen stycznia sty leden ledna tammikuu",
    2: "february feb februar feber fevrier fevr fev febrero febbraio februari fevereiro luty lutego lut unor unora helmikuu",
    3: "march mar marz mrz maerz mars marzo maart mrt marco marts marzec marca brezen brezna maaliskuu",
    4: "april apr avril avr abril abr aprile kwiecien kwietnia kwi duben dubna huhtikuu",
    5: "may mai mayo maggio mag mei maio maj maja kveten kvetna toukokuu",
    6: "june jun juni juin junio giugno giu junho czerwiec czerwca cze cerven cervna kesakuu",
    7: "july jul juli juillet juil julio luglio lug julho lipiec lipca lip cervenec cervence heinakuu",
    8: "august aug aout agosto ago augustus augusti sierpien sierpnia srpen srpna elokuu",
    9: "september sep sept septembre septiembre settembre set setiembre setembro wrzesien wrzesnia wrz zari syyskuu",
    10: "october oct oktober okt octobre octubre ottobre ott outubro out pazdziernik pazdziernika paz rijen rijna lokakuu",
    11: "november nov novembre noviembre novembro listopad listopada lis listopadu marraskuu",
    12: "december dec dezember dez decembre diciembre dic dicembre dezembro desember grudzien grudnia gru prosinec prosince joulukuu",
}
_MONTH_OF = {name.strip("."): number for number, names in _MONTHS.items() for name in names.split()}

_PRESENT = (
    "present|current|currently|now|ongoing|today|to date|till date|date|heute|aktuell|jetzt|laufend|derzeit|gegenwart"
    "|aujourd'hui|a ce jour|present|en cours|actuel|actuellement|actualidad|actual|actualmente|presente|hoy|la fecha"
    "|oggi|attuale|attualmente|in corso|heden|nu|nuvarande|atual|atualmente|in progress|expected|dato|bis dato"
    "|o momento|momento|este momento|ce jour|maintenant|ahora|fecha|adesso|ora|vandaag|continuing|fortlaufend"
    "|unbefristet|obecnie|do dzis|nadal|teraz|obecny|nuvarande|pagaende|tills vidare|navarende|dags dato|nykyinen"
    "|soucasnost|dosud|devam|halen"
)
_SINCE = "since|from|seit|ab|depuis|desde|dal|sinds|starting|od|sedan|fran|siden|fra"
_UNTIL = "to|until|till|through|bis|au|a|al|hasta|until|tot|ate|fino a|thru|do|till|til"

_OPENING = rf"(?:(?:{_UNTIL})\s+)?(?:(?:la|el|le|o|il|the)\s+)?"  # `bis heute`, `la actualidad`

_MONTH_NAME = "(?:" + "|".join(sorted(_MONTH_OF, key=len, reverse=True)) + r")\.?"
_YEAR = r"(?:19[4-9]\d|20[0-4]\d)"
_SEASON = (
    "(?:(?:spring|summer|fall|autumn|winter|fruhjahr|sommer|herbst|printemps|ete|automne|hiver|primavera|verano|otono"
    "|invierno|estate|autunno|inverno|verao|outono|lente|zomer|herfst|wiosna|lato|jesien|zima|var|host|vinter"
    r"|ws|ss|wintersemester|sommersemester)s?|q[1-4])"
)
# Each alternative keeps its own groups; the order is from the most to the least specific.
_DATE = (
    rf"(?:\d{{1,2}}\.?\s+(?:de\s+)?)?(?<![a-z])(?P<{{p}}name>{_MONTH_NAME})[\s,./-]{{{{0,3}}}}(?:\d{{{{1,2}}}}(?:st|nd|rd|th)?,\s*)?"
    rf"(?:de[l]?\s+|of\s+)?(?P<{{p}}name_year>{_YEAR}|['’`]\d\d|(?<=[\s./-])\d\d(?![\d:]))"
    rf"|(?P<{{p}}iso_year>{_YEAR})[-./](?P<{{p}}iso_month>1[0-2]|0?[1-9])(?:[-./](?:3[01]|[12]\d|0?[1-9]))?(?!\d)"
    rf"|(?<!\d)(?:(?:3[01]|[12]\d|0?[1-9])[./-])?(?P<{{p}}num_month>1[0-2]"
    rf"|0?[1-9])\s?[./-]\s?(?P<{{p}}num_year>{_YEAR})"
    rf"|(?<!\d)(?P<{{p}}short_month>1[0-2]|0[1-9])[./](?P<{{p}}short_year>\d\d)(?![\d./])"
    rf"|(?:{_SEASON}\s+)?(?<![\d.,/$€£])(?P<{{p}}year>{_YEAR})(?![\d%]|[.,]\d)"
)


def _date_pattern(prefix: str) -> str:
    return _DATE.replace("{{", "{").replace("}}", "}").replace("{p}", prefix)


_DASH = r"(?:\s*(?:-{1,3}|[‐‑‒–—−→~]|\bto\b)\s*)"
_PERIOD = re.compile(
    rf"(?:(?<![a-z])(?P<since>{_SINCE})\s+)?(?:{_date_pattern('a_')})"
    rf"(?:(?P<joined>\s*(?:-{{1,3}}|[‐‑‒–—−→~])\s*|\s+(?:{_UNTIL})\s+(?:le\s+|the\s+)?)"
    rf"(?:{_OPENING}(?P<open>{_PRESENT})(?![a-z])|(?:{_date_pattern('b_')}))|(?P<dangling>\s*(?:-{{1,3}}|[–—−→~])\s*(?=$"
    rf"|\s{{2,}}|[|·•,)\]])))?"
)
_YEARS_SHORT = re.compile(rf"(?<!\d)({_YEAR})\s?[-–—/]\s?(\d\d)(?![\d/.-])")
_DURATION = re.compile(
    r"\(?\s*(?:[·•⋅,|]\s*)?\b\d+\+?\s*(?:years?|yrs?|y|months?|mos?|m|jahre?n?|monate?n?|ans?|annees?|mois|anni|anno|mesi|mese|jaar|maand(?:en)?|lat[a]?|rok|mies(?:iace|iecy|iac)?|manader|manad|anos?"
    r"|meses|mes)\.?\b"
    r"(?:,?\s*(?:and|und|et|y)?\s*\d+\s*(?:months?|mos?|m|monate?n?|mois|mesi|mese|maand(?:en)?|mies(?:iace|iecy|iac)?|manader|manad|meses|mes)\b\.?)?\s*\)?"
)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month, or a whole year when `month` is 0."""

    year: int
    month: int = 0

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02d}" if self.month else str(self.year)


@dataclass(frozen=True, slots=True)
class Period:
    """A period or a single date in a text, at [begin, finish). A single date is in `end`."""

    start: Month | None
    end: Month | None
    present: bool
    begin: int
    finish: int

    @property
    def is_range(self) -> bool:
        """Whether it has a beginning."""
        return self.start is not None

    @property
    def start_text(self) -> str:
        """`YYYY-MM`, `YYYY` or empty."""
        return str(self.start) if self.start else ""

    @property
    def end_text(self) -> str:
        """`YYYY-MM`, `YYYY`, `present` or empty."""
        return "present" if self.present else str(self.end) if self.end else ""


def _month(match: re.Match[str], prefix: str) -> Month | None:
    group = match.groupdict()
    if name := group[prefix + "name"]:
        year = group[prefix + "name_year"]
        if year[0] in "'’`" or len(year) == 2:
            year = _century(year[-2:])
        return Month(int(year), _MONTH_OF[name.strip(".")])
    if year := group[prefix + "iso_year"]:
        return Month(int(year), int(group[prefix + "iso_month"]))
    if year := group[prefix + "num_year"]:
        return Month(int(year), int(group[prefix + "num_month"]))
    if year := group[prefix + "short_year"]:
        return Month(int(_century(year)), int(group[prefix + "short_month"]))
    if year := group[prefix + "year"]:
        return Month(int(year))
    return None


def _century(two_digits: str) -> str:
    return ("19" if int(two_digits) > 50 else "20") + two_digits


def _comparable(text: str) -> str:
    """Folded character by character, so that positions stay true."""
    return "".join(folded if len(folded := fold(c)) == 1 else c.lower()[:1] for c in text)


@lru_cache(maxsize=4096)
def find_periods(text: str) -> tuple[Period, ...]:
    """All periods and dates in the text, from left to right."""
    if not any(c.isdigit() for c in text):
        return ()
    folded = _comparable(text)
    found: list[Period] = []
    short = {match.start(): match for match in _YEARS_SHORT.finditer(folded)}
    for match in _PERIOD.finditer(folded):
        if (years := short.get(match.start())) and not match["joined"]:
            end = Month(int(years[1][:2] + years[2]))
            if end.year >= int(years[1]) and (end.year - int(years[1]) < 12 and int(years[2]) > 12):
                found.append(Period(Month(int(years[1])), end, present=False, begin=years.start(), finish=years.end()))
                continue
        first, second = _month(match, "a_"), _month(match, "b_")
        if first is None or (match["a_short_year"] and not match["joined"]):
            continue
        present = bool(match["open"])
        if first.month == 0 and second and second.month and match["a_year"] and not _plausible_order(first, second):
            continue
        opens = present or match["joined"] or match["dangling"] or (match["since"] and match["since"] != "from")
        if opens:
            open_end = present or (bool(match["since"]) and second is None)
            found.append(Period(first, second, present=open_end, begin=match.start(), finish=match.end()))
        else:
            found.append(Period(None, first, present=False, begin=match.start(), finish=match.end()))
    return tuple(_with_shared_year(folded, found))


def _plausible_order(first: Month, second: Month) -> bool:
    return first.year <= second.year


_MONTHS_SHARING_A_YEAR = re.compile(rf"(?<![a-z])({_MONTH_NAME})\s*(?:[-–—]|\bto\b|\bbis\b)\s*$")


def _with_shared_year(folded: str, found: list[Period]) -> list[Period]:
    """`May – Aug 2021` begins in May of the same year."""
    completed: list[Period] = []
    for period in found:
        before = _MONTHS_SHARING_A_YEAR.search(folded[: period.begin])
        if period.start is None and period.end and period.end.month and before:
            start = Month(period.end.year, _MONTH_OF[before[1].strip(".")])
            period = Period(start, period.end, present=False, begin=before.start(), finish=period.finish)
        completed.append(period)
    return completed


def without_periods(text: str) -> str:
    """The text without its dates, printed durations and the brackets they leave empty."""
    for period in reversed(find_periods(text)):
        text = text[: period.begin] + "  " + text[period.finish :]
    folded = _comparable(text)
    for match in reversed(list(_DURATION.finditer(folded))):
        text = text[: match.start()] + "  " + text[match.end() :]
    return re.sub(r"[(\[]\s*[)\]]", " ", text)


_LEFT_OPEN = re.compile(rf"(?:-{{1,3}}|[‐‑‒–—−→~]|\b(?:{_UNTIL}))\s*$")
_MONTH_ONLY = re.compile(rf"(?:\d{{1,2}}\.?\s+)?{_MONTH_NAME}")
_OPEN_ONLY = re.compile(rf"(?:{_OPENING})?(?:{_PRESENT})")


def goes_on_below(text: str, below: str) -> bool:
    """Whether a date or period was broken over two lines: `09/2024 –` above `heute`, `September` above `2019`."""
    upper, lower = _comparable(text.strip()), _comparable(below.strip())
    if _MONTH_ONLY.fullmatch(upper):
        return is_date_only(f"{text} {below}")
    if not _LEFT_OPEN.search(upper) or not is_date_only(text):
        return False
    return bool(_OPEN_ONLY.fullmatch(lower) or _MONTH_ONLY.fullmatch(lower)) or is_date_only(below)


def is_date_only(text: str) -> bool:
    """Whether nothing but a date or a period is printed."""
    return bool(find_periods(text)) and not re.search(r"\w", without_periods(text))
