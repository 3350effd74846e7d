"""E-mail addresses, phone numbers and web addresses."""

import re

import phonenumbers

from parser_service.domain.folding import table

EMAIL = re.compile(r"[\w.+%'-]+\s?@\s?[\w-]+(?:\.[\w-]+)+", re.UNICODE)
_PHONE = re.compile(r"(?<![\w/.@=-])(?:\(?\+|00|\(?\d)[\d\s().\-–/\u2011\xa0]{5,22}\d(?![\w@])")
_TOP_LEVEL = "|".join(
    sorted(
        table("""
    com org net io dev me edu gov co info biz app ai tech design online site xyz blog page cloud us uk ca de fr
    es it nl be ch at pl pt se no dk fi ie in au nz za br mx ar cl jp cn kr ru ua cz sk hu ro bg gr tr il eu tv
    name pro work studio art ly to so sh gg fm rs hr si lt lv ee is lu link space world digital academy
    photography media agency consulting ma tn dz ng ke gh sg hk tw th vn id ph my pk lk bd np ae sa qa cat
    website health law berlin london paris
    """)
    )
)
URL = re.compile(
    rf"(?:https?://|www\.)[^\s|•·<>()\[\]]+"
    rf"|(?<![\w@.-])(?:[a-z0-9](?:[\w-]*\w)?\.)+(?:{_TOP_LEVEL})(?![\w@.-]*@)(?:/[^\s|•·<>()\[\],;]*)?(?![\w])",
    re.I,
)
_NOT_SITES = frozenset({"node.js", "asp.net", "vb.net", "socket.io", "ado.net", "b.sc", "m.sc", "d3.js"})
_NETWORKS: dict[str, str] = {
    "linkedin": "https://www.linkedin.com/in/{}",
    "github": "https://github.com/{}",
    "gitlab": "https://gitlab.com/{}",
    "twitter": "https://twitter.com/{}",
    "x": "https://x.com/{}",
    "xing": "https://www.xing.com/profile/{}",
    "medium": "https://medium.com/@{}",
    "behance": "https://www.behance.net/{}",
    "dribbble": "https://dribbble.com/{}",
    "instagram": "https://www.instagram.com/{}",
    "facebook": "https://www.facebook.com/{}",
    "stackoverflow": "https://stackoverflow.com/users/{}",
    "stack overflow": "https://stackoverflow.com/users/{}",
    "orcid": "https://orcid.org/{}",
    "kaggle": "https://www.kaggle.com/{}",
}
# `github.io` is a site of one's own.
_HOSTS = {
    name: address.split("/")[2].removeprefix("www.").split(".")
    for name, address in _NETWORKS.items()
    if " " not in name
}
_HANDLE = re.compile(
    rf"\b({'|'.join(map(re.escape, sorted(_NETWORKS, key=len, reverse=True)))})\b(?P<gap>\s*[:|/–-]?\s+"
    rf"|\s*:\s*)@?(?P<handle>[a-z0-9][\w.-]{{2,38}})(?=$|\s|[,;|)])",
    re.I,
)


def find_emails(text: str) -> list[str]:
    """E-mail addresses in the text, lower case."""
    return [re.sub(r"\s", "", match[0]).lower().strip(".'-") for match in EMAIL.finditer(text)]


def find_phones(text: str) -> list[tuple[str, int]]:
    """Texts that have the shape of a phone number, with their places; dates and amounts are not among them."""
    found: list[tuple[str, int]] = []
    for match in _PHONE.finditer(text):
        raw = match[0].strip()
        digits = re.sub(r"\D", "", raw)
        if not 7 <= len(digits) <= 15 or re.fullmatch(r"(?:19|20)\d\d\D{0,3}(?:19|20)\d\d", raw):
            continue
        if re.search(r"(?:19|20)\d\d[-./](?:0?[1-9]|1[0-2])(?!\d)", raw) or (
            re.search(r"(?<!\d)\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d(?!\d)", raw)
        ):
            continue
        if "(" in raw and ")" not in raw:
            raw = raw.replace("(", "")
        found.append((raw, match.start()))
    return found


def e164(phone: str, region: str) -> str:
    """The number in E.164; empty when neither the number nor the region tells the country."""
    text = re.sub(r"\(0\)", "", phone)
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number) or (
        not text.startswith("+") and not phonenumbers.is_valid_number(number)
    ):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def find_urls(text: str) -> list[str]:
    """Web addresses printed in the text, as written."""
    bare = EMAIL.sub(" ", text)
    found = [match[0].rstrip(".,;:)'\"") for match in URL.finditer(bare)]
    return [
        url for url in found if url.lower() not in _NOT_SITES and not re.fullmatch(r"[A-Z][a-z]?\.[A-Za-z]{2}", url)
    ]


def find_profiles(text: str) -> list[tuple[str, str]]:
    """Profiles printed as the network's name and the person's handle: network and address."""
    found: list[tuple[str, str]] = []
    for match in _HANDLE.finditer(URL.sub(" ", EMAIL.sub(" ", text))):
        network, handle = match[1].lower(), match["handle"]
        if handle.lower() in _NETWORKS or ("." in handle[-4:-1] and network not in ("x",)):
            continue
        found.append((network, _NETWORKS[network].format(handle)))
    return found


_ENDS_OPEN = re.compile(r"[-/._@]$")
_WHOLE_HOST = re.compile(rf"\.(?:{_TOP_LEVEL})(?:[:/?#].*)?$", re.I)
_REST = re.compile(r"[\w.@/-][\w.@/?=&%-]*$")


def joined_address(upper: str, lower: str) -> str:
    """The web or e-mail address that a line's last word begins and the next line's first word ends; empty when none."""
    link = upper.lower().startswith(("http://", "https://", "www."))
    if not (link or "@" in upper or ("." in upper and _ENDS_OPEN.search(upper))) or not _REST.match(lower):
        return ""
    if not _ENDS_OPEN.search(upper) and lower[0] not in ".@/" and _WHOLE_HOST.search(upper):
        return ""
    whole = upper + lower
    if "@" in upper and not link:
        return whole if EMAIL.fullmatch(whole) and _WHOLE_HOST.search(whole) else ""
    return whole if find_urls(whole) == [whole] and (not link or _WHOLE_HOST.search(whole)) else ""


def is_profile_target(target: str) -> bool:
    """Whether a link's target is a web address worth listing."""
    return target.lower().startswith(("http://", "https://"))


def network_of(label: str) -> str:
    """The network that a label names, or empty."""
    folded = label.strip(" :•·|-").lower()
    return folded if folded in _NETWORKS else ""


def link_kind(url: str) -> str:
    """The network that an address belongs to, by its host: `linkedin`, `github`, ...; `site` when it is none of them."""
    host = re.sub(r"^[a-z]+://", "", url.strip().lower()).split("/")[0].split("?")[0].rpartition("@")[2]
    labels = host.split(":")[0].split(".")
    return next((network for network, known in _HOSTS.items() if labels[-len(known) :] == known), "site")


def profile_address(network: str, handle: str) -> str:
    """Address of a handle in a network."""
    return _NETWORKS[network].format(handle.lstrip("@"))
