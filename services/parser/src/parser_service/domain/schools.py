"""How schools are told from subjects and degrees."""

import re

from parser_service.domain.folding import fold

_SCHOOL = re.compile(
    r"\b(?:universit|universid|univerz|univert|uniwersytet|college|institut|school|academy|academ|akadem"
    r"|polytechni|politecni|politechni|wyzsza szkola|polytech|hochschule|fachhochschule|lyceum|lycee|gymnasi|gymnasium|"
    r"berufsschule|berufskolleg|gesamtschule|realschule|grundschule|ecole|escuela|colegio|facultad|faculty"
    r"|faculte|fakultat|conservator|konservator|seminar|campus|liceo|instituto|istituto|iut|iae|insa|"
    r"hogeschool|egyetem|yliopisto|hogskola|universitet|universitat|universite|universidade|escola|scuola|ateneo"
    r"|bootcamp|coursera|udacity|udemy|edx|handelskammer|handwerkskammer|technikum|technion|lyzeum|collegium|kolleg|polytekn"
    r"|(?:ucla|mit|eth|epfl|tum|rwth|lse|ucl|hec|essec|iit|nit|csu|suny|cuny|kth|dtu|ntnu|tu|fh|uni|ihk|cegep|tafe|ivy"
    r"|cfa|ies|itis|ipsia|itc|roc|bbs|hwk|htl|hak|bfi|wifi|esc|ens|inp|upc|uned|lycee|hbo|iti|eso)\b)"
)


def school_score(text: str) -> float:
    """How much the text reads like the name of a school, 0 to 2."""
    folded = fold(text)
    matches = _SCHOOL.findall(folded)
    if not matches:
        return 0.9 if re.search(r"(?:schule|gymnasium|kolleg|universitat|akademie|skole|skola)\b", folded) else 0.0
    return 2.0 if len(text.split()) >= 2 else 1.0
