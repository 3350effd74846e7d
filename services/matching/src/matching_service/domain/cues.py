"""Words of job texts that say how strongly something is asked for. English, German, French, Spanish."""

import re


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(alternatives)})(?!\w)", re.IGNORECASE)


PREFERRED = _any(
    r"nice[ -]to[ -]haves?",
    r"good to have",
    r"(?:is |are |as |would be |be )?an? (?:strong |big |definite |real )?(?:plus|bonus|asset|advantage)",
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
    r"(?:serait|est) un (?:plus|atout)",
    r"idéalement",
    r"apprécié\w*",
    r"deseable",
    r"se valora\w*",
    r"valorable",
    r"idealmente",
)
NOT_NEEDED = re.compile(
    r"\b(?:no|not|without|never)\b[^.;]{0,60}\b(?:required|needed|necessary|needs?)\b|\bnicht (?:erforderlich|nötig|notwendig)\b",
    re.IGNORECASE,
)

PREFERRED_HEADINGS = _any(
    r"nice[ -]to[ -]haves?.*",
    r"good to have.*",
    r"bonus.*",
    r"(?:\w+ )?pluses",
    r"a plus",
    r"preferred.*",
    r"desirable.*",
    r"desired.*",
    r"optional.*",
    r"would be great.*",
    r"von vorteil",
    r"wünschenswert.*",
    r"souhaité.*",
    r"les plus",
    r"atouts",
    r"deseable.*",
    r"se valorará.*",
)
OTHER_HEADINGS = _any(
    r"benefits?.*",
    r"perks.*",
    r"(?:what )?we offer.*",
    r"what you(?:'|’)?ll get",
    r"what(?:'|’)s in it for you",
    r"compensation.*",
    r"salary.*",
    r"about (?:us|the company|our company)",
    r"who we are",
    r"our (?:company|story|values|culture)",
    r"equal opportunit.*",
    r"diversity.*",
    r"how to apply",
    r"(?:das )?(?:bieten wir|wir bieten).*",
    r"über uns",
    r"(?:ce que )?nous offrons.*",
    r"qui sommes-nous",
    r"avantages",
    r"(?:qué |lo que )?ofrecemos.*",
    r"beneficios",
    r"sobre nosotros",
    r"quiénes somos",
)
REQUIRED_HEADINGS = _any(
    r".*requirements?.*",
    r".*qualifications?.*",
    r"must[ -]haves?.*",
    r".*responsibilit.*",
    r"what you(?:'|’)?ll (?:do|bring|need).*",
    r"what we(?:'|’)?re looking for",
    r"who you are",
    r"your (?:profile|skills|tasks|role).*",
    r"(?:the |about the )?(?:role|job|position)",
    r"(?:key |technical |required )?skills.*",
    r"experience.*",
    r"tech(?:nology)? stack.*",
    r"(?:dein|ihr|euer) profil",
    r"anforderungen.*",
    r"aufgaben.*",
    r"(?:votre )?profil.*",
    r"missions?.*",
    r"compétences.*",
    r"requisitos.*",
    r"funciones.*",
    r"(?:tu )?perfil",
)
