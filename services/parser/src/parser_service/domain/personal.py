"""Reads the person's name, headline and ways to reach them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from parser_service.domain.contacts import (
    EMAIL,
    URL,
    e164,
    find_emails,
    find_phones,
    find_profiles,
    find_urls,
    is_profile_target,
    joined_address,
    network_of,
    profile_address,
)
from parser_service.domain.dates import find_periods
from parser_service.domain.findings import Finding, Source
from parser_service.domain.folding import fold, table, tidy
from parser_service.domain.fragments import FragmentKind, leaning
from parser_service.domain.headings import heading_kind
from parser_service.domain.layout import Cell, Line, Link
from parser_service.domain.model import Location, Personal
from parser_service.domain.occupations import title_score
from parser_service.domain.places import place_score, split_place, town_country

_FIELD_LABEL = re.compile(
    r"^(?:e-?mail(?: address)?|mail|phone(?: number)?|tel(?:efono?|ephone|efon)?|mobile?|mobil(?:telefon)?|cell"
    r"|handy|portable|movil|address|adresse|anschrift|direccion|location|city|wohnort|ort|lieu|website|web ?site"
    r"|web|homepage|url|site web|"
    r"linkedin|github|gitlab|twitter|xing|name|nom|nombre|region|country|land|pays|pais|postal code(?: & city)?"
    r"|profiles?|ville|ciudad|residence|residencia|adres|indirizzo|endereco|morada|domicilio|residenza"
    r"|woonplaats|telefone|telefoon|cellulare|nome|naam|nationality|nationalitat|date of birth|birth ?date"
    r"|geburtsdatum|born|geboren|correo|correo electronico|courriel|posta elettronica|telefon|telefonnummer"
    r"|numer telefonu|adres(?: e-?mail| zamieszkania)?|adress|e-?post(?:adress)?|adresse e-?mail|data urodzenia"
    r"|date de naissance|fecha de nacimiento|data di nascita|data de nascimento|geboortedatum|fodelsedatum|fodselsdato"
    r"|narodowosc|nationalite|nacionalidad|nazionalita|nacionalidade|nationaliteit|nationalitet|father'?s name"
    r"|mother'?s name|marital status|gender|sex|passport (?:no|number)|e|t|m|a|p|l|w|skype|instagram)\b\s*[:.]?\s*$",
    re.I,
)


def _is_label(text: str) -> bool:
    return len(text) < _LONGEST_LABEL and bool(_FIELD_LABEL.match(fold(text)))


_LABELLED = re.compile(
    r"^(?P<label>e-?mail(?: address)?|mail|phone(?: number)?|tel(?:efono?|ephone|efon)?\.?|mobile?|mobil|cell"
    r"|handy|portable|movil|address|adresse|anschrift|direccion|dirección|location|city|wohnort|website|web"
    r"|homepage|name|nom|nombre|indirizzo|endere[cç]o|morada|domicilio|residenza|woonplaats|adresse postale"
    r"|adres|telefone|telefoon|cellulare|nome|naam|residence|residencia|lives in|based in|wohnhaft in|domicile"
    r"|[ETMAPL])\s*[:.]\s*(?P<value>\S.*)$",
    re.I,
)
_ADDRESS_LABELS = table(
    """
    address adresse anschrift direccion location city wohnort ort lieu ville ciudad residence residencia region
    country land pays pais postal indirizzo endereco morada domicilio residenza woonplaats adres citta cidade
    """
)
_NAME_WORD = re.compile(r"^(?:[^\W\d_]+(?:['’\-.][^\W\d_]+)*\.?|['’][^\W\d_].*)$")
_LONGEST_LABEL = 40  # characters
_CONTACT_WORDS = 12  # beside addresses, in a line of contact data
_LARGE = 1.3  # type size, in body sizes, from which a text may be a name broken over two lines
_NOT_NAMES = table(
    """
    curriculum vitae resume lebenslauf cv hoja vida profile profil summary contact page portfolio bewerbung
    application resumen persoonlijke zyciorys zivotopis europass curriculo meritforteckning biodata bio data
    ansioluettelo oneletrajz ozgecmis resumo
    """
)
_PARTICLES = table(
    """
    van von de del della di da do dos das la las los le du der den dem ter ten te bin binti al el ben zu zur zum vom
    y e i und 't of o' ibn an na nic mac ap af av st san abu ul op aan bat
    """
)
_TITLES = re.compile(r"^(?:(?:dr|prof|mr|mrs|ms|mx|ing|dipl\.?-?ing|herr|frau|sr|sra|m|mme)\.?\s+)+(?=\S)", re.I)
_SUFFIX = re.compile(
    r",?\s+(?:ph\.?\s?d|m\.?d|mba|rn|bsn|msn|cpa|cfa|esq|pmp|jr|sr|ii|iii|m\.?sc|b\.?sc|ll\.?m|acca|pe|dds|mph|np"
    r"|lpn|cissp|phr)\.?$",
    re.I,
)
_POSSESSIVE_CV = re.compile(
    r"(?:[’']s?\s+|\s*[–—-]\s*)(?:cv|resume|résumé|curriculum vitae|lebenslauf)$|^(?:resume|cv|curriculum vitae"
    r"|lebenslauf)\s*(?:of|von|de|[:–—-])\s*",
    re.I,
)


def read_personal(
    head: Sequence[Line], contact: Sequence[Line], everything: Sequence[Line], links: Sequence[Link], body_size: float
) -> Finding[Personal]:
    """Name and contact data from the lines before the first heading, and from sections that hold contact data."""
    sources: dict[str, Source] = {}
    head, contact = _whole_addresses(head), _whole_addresses(contact)
    lines = [*head, *contact]
    if not any(find_emails(line.text) or find_phones(line.text) for line in lines):
        # Some designs print the contact data at the foot of the page.
        lines += _contact_lines(everything)
    email = _email(lines, everything, links, sources)
    phone = _phone(lines, everything, sources)
    name, name_line = _name(lines or everything[:6], email, body_size, sources)
    location = _location(lines, name, sources)
    headline = _headline(head, name_line, name, sources)
    details = split_place(location) if location else Location()
    number = e164(phone, details.country_code or town_country(details.city)) if phone else ""
    if "phone" in sources and number:
        sources["phone_e164"] = sources["phone"]
    if location:
        for part in ("city", "region", "country", "country_code"):
            if getattr(details, part):
                sources[f"location_details/{part}"] = sources["location"]
    found_links = _links(lines, links, email, sources)
    return Finding(
        Personal(name, email, phone, number, location, details, tuple(found_links), headline),
        sources,
    )


def _contact_lines(everything: Sequence[Line]) -> list[Line]:
    """Lines, wherever they stand, that hold an e-mail address and little else than ways to reach somebody."""
    found: list[Line] = []
    for index, line in enumerate(everything):
        if find_emails(line.text) and len(_without_addresses(line.text).split()) <= _CONTACT_WORDS:
            found += everything[index : index + 2]
    return _whole_addresses(found)


def _whole_addresses(lines: Sequence[Line]) -> list[Line]:
    """The lines with web and e-mail addresses that were broken at the margin made whole on their first line."""
    whole = list(lines)
    for index in range(len(whole) - 1):
        for cell in whole[index].cells:
            below = next((c for c in whole[index + 1].cells if _stands_below(cell, c)), None)
            if below is None:
                continue
            upper, (lower, *rest) = cell.text.split()[-1], below.text.split(maxsplit=1)
            if not joined_address(upper, lower):
                continue
            longer = replace(
                cell, spans=(*cell.spans[:-1], replace(cell.spans[-1], text=cell.spans[-1].text.rstrip() + lower))
            )
            left = (replace(below, spans=(replace(below.spans[-1], text=rest[0]),)),) if rest else ()
            whole[index] = replace(whole[index], cells=tuple(longer if c is cell else c for c in whole[index].cells))
            cells = tuple(part for c in whole[index + 1].cells for part in (left if c is below else (c,)))
            whole[index + 1] = replace(whole[index + 1], cells=cells)
    return [line for line in whole if line.cells]


def _stands_below(upper: Cell, lower: Cell) -> bool:
    centre = upper.box.x0 + upper.box.x1 - lower.box.x0 - lower.box.x1
    near = lower.box.y0 - upper.box.y1 < upper.style.size and lower.box.y0 > upper.box.y0
    return (
        near
        and bool(lower.text)
        and (abs(lower.box.x0 - upper.box.x0) < 4 or abs(centre) < 8 or abs(lower.box.x1 - upper.box.x1) < 4)
    )


def _email(lines: Sequence[Line], everything: Sequence[Line], links: Sequence[Link], sources: dict[str, Source]) -> str:
    for line in [*lines, *everything]:
        if found := find_emails(line.text):
            sources["email"] = Source.of(line, 0.98)
            return found[0]
    for link in links:
        if link.target.lower().startswith("mailto:"):
            address = link.target[7:].split("?")[0].strip().lower()
            if EMAIL.fullmatch(address):
                box = (link.box.x0, link.box.y0, link.box.x1, link.box.y1)
                sources["email"] = Source(link.page, box, link.target, 0.95)
                return address
    return ""


def _phone(lines: Sequence[Line], everything: Sequence[Line], sources: dict[str, Source]) -> str:
    for line in lines:
        for cell in line.cells:
            bare = URL.sub(" ", EMAIL.sub(" ", cell.text))
            if found := find_phones(_with_rest(bare, cell, line)):
                sources["phone"] = Source.of(line, 0.95)
                return found[0][0]
    for line in everything:
        if re.search(r"(?i)\b(?:phone|tel|mobile|mobil|telefon|telefono|cell)\b", line.text) and (
            found := find_phones(line.text)
        ):
            sources["phone"] = Source.of(line, 0.85)
            return found[0][0]
    return ""


def _with_rest(text: str, cell: Cell, line: Line) -> str:
    """The text with the last digits of a number that spacing has cut off."""
    index = line.cells.index(cell) + 1
    following = line.cells[index] if index < len(line.cells) else None
    if following and re.search(r"\d\s*$", text) and re.fullmatch(r"\d{2,5}", following.text):
        return f"{text} {following.text}"
    return text


def _name(lines: Sequence[Line], email: str, body_size: float, sources: dict[str, Source]) -> tuple[str, Line | None]:
    best: tuple[float, str, Line] | None = None
    for index, line in enumerate(lines[:40]):
        for cell in line.cells:
            text, extra = _name_text(cell, lines, index, body_size)
            score = _name_score(text, cell, index, email, body_size)
            if score > 0 and (best is None or score > best[0]):
                best = score, text, line
            if extra:
                score = _name_score(extra, cell, index, email, body_size) + 0.2
                if score > 0 and (best is None or score > best[0]):
                    best = score, extra, line
    if best is None:
        return "", None
    sources["name"] = Source.of(best[2], min(0.98, 0.6 + 0.1 * best[0]))
    return _SUFFIX.sub("", _TITLES.sub("", best[1])).strip(" ,"), best[2]


def _name_text(cell: Cell, lines: Sequence[Line], index: int, body_size: float) -> tuple[str, str]:
    """The cell's text as a name, and the same with the line below when the name is broken over two lines."""
    text = cell.text
    # A name and a title on one line differ in looks.
    if len(cell.spans) > 1:
        large = max(span.style.size for span in cell.spans)
        text = tidy(" ".join("".join(span.text for span in cell.spans if span.style.size >= large - 1).split()))
    if match := _LABELLED.match(text):
        text = match["value"] if match["label"].lower() in ("name", "nom", "nombre") else text
    text = _POSSESSIVE_CV.sub("", text)
    text = re.split(r"\s+[|/•·–—]\s+", text)[0]
    whole = text
    below: Cell | None = cell
    while len(whole.split()) <= 4 and (below := _same_look_below(below, lines[index : index + 6], body_size * _LARGE)):
        whole = whole + below.text if whole.endswith("-") else f"{whole} {below.text}"
    return text.strip(" ,"), whole if whole != text else ""


def _same_look_below(cell: Cell | None, lines: Sequence[Line], large: float) -> Cell | None:
    """The cell that goes on with a large text on the next line."""
    if cell is None or cell.style.size < large:
        return None
    for other in (other for line in lines for other in line.cells):
        left, centre = other.box.x0 - cell.box.x0, other.box.x0 + other.box.x1 - cell.box.x0 - cell.box.x1
        below = cell.box.y0 < other.box.y0 < cell.box.y1 + cell.style.size
        alike = other.look[:4] == cell.look[:4] and len(other.text.split()) <= 3
        if alike and below and (abs(left) < 5 or abs(centre) < 10):
            return other
    return None


def _name_score(text: str, cell: Cell, index: int, email: str, body_size: float) -> float:
    bare = _SUFFIX.sub("", _TITLES.sub("", text)).strip(" ,")
    words = bare.replace(",", " ").split()
    if not 1 <= len(words) <= 6 or not all(_NAME_WORD.match(word) for word in words) or len(bare) > 50:
        return 0.0
    folded = [fold(word) for word in words]
    if any(word in _NOT_NAMES for word in folded) or heading_kind(bare) or _is_label(text):
        return 0.0
    if any(word[0].islower() and fold(word) not in _PARTICLES for word in words) and not text.islower():
        return 0.0
    score = 3.0 * min(cell.style.size / body_size - 1, 1.5) + (0.6 if cell.style.bold else 0) - 0.12 * index
    if cell.heading:
        score += 0.5
    person = leaning(bare, FragmentKind.PERSON, FragmentKind.TITLE)
    score -= 1.2 * max(title_score(bare) - 0.5 * max(person, 0.0), 0.0)
    if len(words) == 1:
        score -= 1.5
    score -= 1.0 * (place_score(bare) > 0.5)
    user = re.sub(r"[^a-z]", "", fold(email.split("@")[0])) if email else ""
    if user:
        score += 1.3 * min(sum(len(word) > 2 and word.strip(".") in user for word in folded), 2)
    return score + 1.0


def _headline(head: Sequence[Line], name_line: Line | None, name: str, sources: dict[str, Source]) -> str:
    if name_line is None or name_line not in head:
        return ""
    index = list(head).index(name_line)
    near = [*head[index + 1 : index + 4], *head[max(0, index - 2) : index]]
    for line in near:
        for cell in line.cells:
            text = tidy(cell.text)
            if (
                text
                and text not in name
                and title_score(text) > 0.3
                and len(text.split()) <= 10
                and not text.endswith(".")
                and not find_emails(text)
                and not find_phones(text)
                and place_score(text) < 0.6
            ):
                sources["headline"] = Source.of(line, 0.8)
                return text
    return ""


def _location(lines: Sequence[Line], name: str, sources: dict[str, Source]) -> str:
    best: tuple[float, str, Line] | None = None
    gathered: list[str] = []
    gathered_line: Line | None = None
    for index, line in enumerate(lines[:60]):
        label = ""
        for cell in line.cells:
            if _is_label(cell.text):
                label = fold(cell.text).strip(" :.").split()[0]
                continue
            text, own_label = cell.text, ""
            if match := _LABELLED.match(text):
                own_label, text = fold(match["label"]).split()[0], match["value"]
            told = own_label or label or _label_above(lines, index, cell)
            for part in re.split(r"\s*[|•◆·♦⋄∙⋅‧■▪●]\s*|\s{2,}|\s+[–—]\s+", _without_addresses(text)):
                part = re.sub(r"^[^\w'’]+", "", tidy(part))
                if (
                    not part
                    or find_emails(part)
                    or find_phones(part)
                    or find_urls(part)
                    or part == name
                    or find_periods(part)
                ):
                    continue
                score = place_score(part)
                if told in _ADDRESS_LABELS or told in ("l", "a"):
                    if told in ("region", "country", "land", "pays", "pais", "postal", "city") or (
                        gathered and told == "address"
                    ):
                        gathered.append(part)
                        gathered_line = gathered_line or line
                        continue
                    score = max(score, 0.6) + 0.3
                score -= 0.004 * index
                if score > 0.5 and (best is None or score > best[0]):
                    best = score, part, line
        following = lines[index + 1] if index + 1 < len(lines) else None
        if best and best[2] is line and following and best[1].endswith(","):
            best = best[0], f"{best[1]} {following.cells[0].text}", line
    if gathered and gathered_line and (best is None or len(gathered) > 1):
        text = ", ".join(dict.fromkeys(gathered))
        sources["location"] = Source.of(gathered_line, 0.75)
        return text
    if best is None:
        return ""
    sources["location"] = Source.of(best[2], min(0.95, best[0]))
    return best[1].strip(" ,;")


def _without_addresses(text: str) -> str:
    """The text with a gap for each e-mail address, web address and phone number."""
    bare = URL.sub("  ", EMAIL.sub("  ", text))
    for phone, _ in find_phones(bare):
        bare = bare.replace(phone, "  ")
    return bare


def _label_above(lines: Sequence[Line], index: int, cell: Cell) -> str:
    """Label of a value that stands right below it."""
    for line in reversed(lines[max(0, index - 2) : index]):
        for other in line.cells:
            beside = any(value.box.x0 > other.box.x1 and not _is_label(value.text) for value in line.cells)
            if abs(other.box.x0 - cell.box.x0) < 4 and _is_label(other.text) and not beside:
                return fold(other.text).strip(" :.").split()[0]
            if abs(other.box.x0 - cell.box.x0) < 4:
                return ""
    return ""


def _links(lines: Sequence[Line], links: Sequence[Link], email: str, sources: dict[str, Source]) -> list[str]:
    found: dict[str, tuple[str, Source]] = {}

    def add(url: str, source: Source) -> None:
        bare = re.sub(r"^(?:https?:)?(?://)?(?:www\.)?", "", url.strip().lower()).rstrip("/").split("?")[0]
        if bare and "@" not in bare.split("/")[0] and bare not in found:
            found[bare] = (url.strip(), source)

    for link in links:
        if is_profile_target(link.target) and (line := _line_of(link, lines)):
            add(link.target, Source.of(line, 0.95))
    label = ""
    for index, line in enumerate(lines):
        for cell in line.cells:
            for url in find_urls(cell.text):
                add(url, Source.of(line, 0.9))
            for _, address in find_profiles(cell.text):
                add(address, Source.of(line, 0.75))
            above = label or _network_above(lines, index, cell)
            handle = cell.text.strip()
            if (
                above
                and re.fullmatch(r"@?[\w.-]{3,39}", handle)
                and not network_of(handle)
                and not find_urls(handle)
                and not find_emails(handle)
            ):
                add(profile_address(above, handle), Source.of(line, 0.7))
            label = network_of(cell.text)
        label = ""
    # An address broken at the end of a line is whole in its annotation only.
    found = {bare: link for bare, link in found.items() if bare[-1].isalnum() or not _begins_another(bare, found)}
    domain = email.rpartition("@")[2]
    kept = [
        (url, source)
        for bare, (url, source) in found.items()
        if bare != domain or "://" in url or url in " ".join(line.text for line in lines).split()
    ]
    for number, (_, source) in enumerate(kept):
        sources[f"links/{number}"] = source
    return [url for url, _ in kept]


def _line_of(link: Link, lines: Sequence[Line]) -> Line | None:
    """The line that a link lies on: the nearest of those that it overlaps from side to side."""
    middle = (link.box.y0 + link.box.y1) / 2
    near = [
        line
        for line in lines
        if line.page == link.page
        and link.box.x0 < line.box.x1 + 15
        and link.box.x1 > line.box.x0 - 15
        and line.box.y0 - 6 < middle < line.box.y1 + 6
    ]
    return min(near, key=lambda line: abs((line.box.y0 + line.box.y1) / 2 - middle), default=None)


def _begins_another(bare: str, found: Mapping[str, object]) -> bool:
    return any(other != bare and other.startswith(bare) for other in found)


def _network_above(lines: Sequence[Line], index: int, cell: Cell) -> str:
    for line in reversed(lines[max(0, index - 1) : index]):
        for other in line.cells:
            if abs(other.box.x0 - cell.box.x0) < 4:
                return network_of(other.text)
    return ""
