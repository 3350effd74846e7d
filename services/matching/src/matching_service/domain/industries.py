"""The industry of an employer, as far as a job text tells it."""

import re

# Names are part of the contract: preferences name them. Words in English, German, French and Spanish.
_WORDS = {
    "agriculture": r"agricultur\w+|farming|landwirtschaft\w*|agricol[ae]|agricultura",
    "alcohol": r"brewery|brewing|distillery|winery|spirits company|brauerei|brasserie|cervecería",
    "automotive": r"automotive|car manufacturer|automobil\w*|automoción",
    "banking": r"bank(?:ing)?|banque|banco",
    "chemicals": r"chemicals? industry|chemical company|chemieindustrie|chimie|industria química",
    "construction": r"construction (?:company|industry|site)|bauunternehmen|baubranche|bâtiment|construcción",
    "consulting": r"consult(?:ing|ancy) (?:firm|company)|unternehmensberatung|cabinet de conseil|consultora",
    "defence": r"defen[cs]e (?:industry|company|contractor|sector)|weapons?|munitions?|military|rüstung\w*|armement|defensa",
    "education": r"school district|university|schule|hochschule|université|universidad|e-?learning",
    "energy": r"renewables?|wind (?:farm|energy)|solar energy|power plant|energieversorger|énergie|energía",
    "finance": r"fintech|financial services|asset management|finanzdienstleist\w+|services financiers|servicios financieros",
    "gambling": r"gambling|casinos?|betting|lotter(?:y|ies)|glücksspiel\w*|sportwetten|jeux d['’]argent|apuestas",
    "healthcare": r"hospitals?|clinics?|healthcare|krankenhaus|klinik\w*|hôpital|hospital universitario",
    "hospitality": r"hotels?|restaurants?|gastronomie|hôtellerie|hostelería",
    "insurance": r"insurance (?:company|group)|insurtech|versicherung\w*|assurances?|aseguradora",
    "legal": r"law firm|kanzlei|cabinet d['’]avocats|bufete",
    "logistics": r"logistics (?:company|provider)|freight|logistikunternehmen|spedition|transporteur",
    "manufacturing": r"manufacturer|manufacturing company|fertigungsunternehmen|fabricant|fabricante",
    "media": r"publishing house|broadcaster|newspaper|verlag|rundfunk|médias|editorial",
    "mining": r"mining company|coal mine|bergbau|minière|minería",
    "oil and gas": r"oil (?:and|&) gas|petroleum|petrochemical\w*|erdöl|pétrole|petróleo",
    "pharmaceuticals": r"pharma(?:ceuticals?)?|biotech|arzneimittel|pharmaceutique|farmacéutica",
    "public sector": r"public (?:sector|administration)|municipality|ministry|öffentliche[nr]? dienst|fonction publique|ayuntamiento",
    "real estate": r"real estate|immobilien\w*|immobilier|inmobiliaria",
    "retail": r"retailer|supermarkets?|department store|einzelhandel|commerce de détail|comercio minorista",
    "software": r"software (?:company|house)|saas|softwarehaus|éditeur de logiciels|empresa de software",
    "telecommunications": r"telecom\w*|mobile operator|telekommunikation|télécoms?|telecomunicaciones",
    "tobacco": r"tobacco|cigarettes?|vaping|tabak\w*|tabac|tabaco",
    "travel": r"airline|travel agency|fluggesellschaft|compagnie aérienne|aerolínea",
}  # fmt: skip
NAMES = frozenset(_WORDS)
_PATTERNS = {name: re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) for name, words in _WORDS.items()}


def industry_of(text: str) -> str:
    """The industry that the text names most often, the first of equals; empty when it names none."""
    counts = {name: len(pattern.findall(text)) for name, pattern in _PATTERNS.items()}
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] else ""
