"""Words of job texts that say how strongly something is asked for. English, German, French, Spanish."""

import re


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(alternatives)})(?!\w)", re.IGNORECASE)


def _whole(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives))


PREFERRED = _any(
    r"nice[ -]to[ -]haves?",
    r"good to have",
    r"(?:is |are |as |would be |be )?an? (?:strong |big |definite |real )?(?:plus|bonus|asset|advantage)",
    r"(?:would|will) be (?:nice|great|welcome|helpful|useful)",
    r"(?:is|are) (?:welcome|helpful)",
    r"bonus points?",
    r"prefer(?:red|ably|ence)",
    r"ideally",
    r"desir(?:able|ed)",
    r"advantageous",
    r"optional(?:ly)?",
    r"von vorteil",
    r"wünschenswert",
    r"idealerweise",
    r"gerne? (?:auch|mit)",
    r"souhaitée?s?",
    r"(?:serait|est|sont) un (?:vrai |réel )?(?:plus|atout)",
    r"idéalement",
    r"apprécié\w*",
    r"deseable",
    r"se valora\w*",
    r"valorable",
    r"idealmente",
)
# Of these, those that stand before what is preferred.
LEADING = _any(
    r"ideally",
    r"preferably",
    r"idealerweise",
    r"idéalement",
    r"idealmente",
    r"nice[ -]to[ -]haves?",
    r"bonus(?: points?)?",
)
# Words that ask firmly: what stands beside them is not meant by a wish at the end of the sentence.
FIRM = _any(
    r"fluen\w+",
    r"strong",
    r"excellent",
    r"solid",
    r"required",
    r"must",
    r"essential",
    r"proficien\w+",
    r"sehr gut\w*",
    r"gute?[ns]?",
    r"fundiert\w*",
    r"fließend\w*",
    r"verhandlungssicher\w*",
    r"zwingend",
    r"maîtrise",
    r"bonne\w*",
    r"courante?",
    r"exigée?",
    r"dominio",
    r"imprescindible\w*",
)
NOT_NEEDED = re.compile(
    r"\b(?:no|not|without|never)\b[^.;,]{0,60}\b(?:required|needed|necessary|needs?)\b|\bnot need\b"
    r"|\b(?:nicht|kein\w*)\b[^.;,]{0,60}(?:erforderlich|nötig|notwendig|vorausgesetzt)\b"
    r"|\b(?:pas|non) (?:nécessaire|requise?|exigée?)\b|\bno (?:es )?necesari[oa]\b",
    re.IGNORECASE,
)

# Headings, whole and in lower case.
PREFERRED_HEADINGS = _whole(
    r"nice[ -]to[ -]haves?\b.*",
    r"good to have\b.*",
    r"bonus\b.*",
    r"pluses",
    r"preferred\b.*",
    r"desir(?:able|ed)\b.*",
    r"optional\b.*",
    r"(?:it )?would be (?:great|nice)\b.*",
    r"von vorteil",
    r"wünschenswert\b.*",
    r"souhaitée?s?\b.*",
    r"les plus",
    r"atouts",
    r"deseable\b.*",
    r"se valorará\b.*",
)
OTHER_HEADINGS = _whole(
    r"(?:our )?benefits?\b.*",
    r"(?:our )?perks\b.*",
    r"(?:what )?we offer\b.*",
    r"what you['’]?ll get",
    r"what['’]?s in it for you",
    r"compensation\b.*",
    r"salary\b.*",
    r"about (?:us|the company|our company)",
    r"who we are",
    r"our (?:company|story|values|culture)",
    r"equal opportunit\w*\b.*",
    r"diversity\b.*",
    r"how to apply",
    r"(?:das )?(?:bieten wir|wir bieten)\b.*",
    r"über uns",
    r"(?:ce que )?nous offrons\b.*",
    r"qui sommes[- ]nous",
    r"avantages",
    r"(?:qué |lo que )?ofrecemos\b.*",
    r"beneficios",
    r"sobre nosotros",
    r"quiénes somos",
)
REQUIRED_HEADINGS = _whole(
    r"(?:\w+ )?requirements?\b.*",
    r"(?:\w+ )?qualifications?\b.*",
    r"must[ -]haves?",
    r"(?:\w+ )?responsibilities\b.*",
    r"what you['’]?ll (?:do|bring|need)\b.*",
    r"what we['’]?re looking for",
    r"who you are",
    r"your (?:profile|skills|tasks|role)",
    r"(?:about )?(?:the )?(?:role|job|position)",
    r"(?:key |technical |required )?skills(?: and \w+)?",
    r"experience",
    r"tech(?:nology)? stack",
    r"(?:dein|ihr|euer) profil",
    r"anforderungen",
    r"(?:deine |ihre )?aufgaben",
    r"(?:votre )?profil",
    r"missions?",
    r"compétences",
    r"requisitos",
    r"funciones",
    r"(?:tu )?perfil",
)
