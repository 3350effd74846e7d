"""How much a document speaks for being a resume, and how much for being something else."""

import re
from collections.abc import Mapping, Sequence

from parser_service.domain.folding import fold
from parser_service.domain.headings import Kind
from parser_service.domain.layout import Line
from parser_service.domain.model import Resume

_FEWEST_WORDS = 40  # shorter texts are too little to refuse
_ENOUGH = 3.0
_MARGIN = 1.0  # by which evidence for must exceed evidence against

_SECTIONS = {
    Kind.EXPERIENCE: 2.5, Kind.EDUCATION: 2.0, Kind.SKILLS: 1.0, Kind.SUMMARY: 0.5, Kind.LANGUAGES: 1.0,
    Kind.CERTIFICATIONS: 1.0, Kind.PROJECTS: 0.5, Kind.AWARDS: 0.5, Kind.VOLUNTEERING: 0.5,
}  # fmt: skip

# Phrases of other kinds of documents, folded; each kind counts by how many different ones it shows.
_OTHER_KINDS = (
    # invoices and orders
    r"invoice (?:number|no|date|#)|\binvoice\b|rechnungsnummer|rechnungsdatum|\brechnung nr|numero de facture"
    r"|\bfacture n"
    r"|numero de factura|\bfattura n|amount due|balance due|total due|subtotal|zwischensumme|gesamtbetrag"
    r"|montant (?:ht|ttc)"
    r"|total ttc|importe total|unit price|einzelpreis|prix unitaire|precio unitario|payment terms|zahlbar"
    r"|\biban\b|\bvat\b|\bmwst\b|\bqty\b",
    # job advertisements
    r"we are (?:looking|searching|hiring)|we offer|what we offer|about the (?:role|job|position)|apply (?:now"
    r"|online|by|today)"
    r"|your (?:profile|tasks|responsibilities)|equal opportunity employer|ideal candidate|join (?:us|our team)"
    r"|how to apply"
    r"|you will (?:be|work|have|own|lead)|wir (?:suchen|bieten)|ihr profil|ihre aufgaben|dein profil"
    r"|deine aufgaben|das bieten wir"
    r"|jetzt bewerben|nous (?:recherchons|offrons)|profil recherche|vos missions|(?:buscamos|ofrecemos"
    r"|se ofrece)|requisitos"
    r"|salary range|(?:minimum|preferred) qualifications",
    # letters
    r"dear (?:sir|madam|mr|ms|mrs|hiring|dr|all|[a-z]+,)|sehr geehrte|madame, monsieur|estimad[oa]s? "
    r"|yours (?:sincerely|faithfully|truly)"
    r"|(?:kind|best|warm) regards|sincerely,|mit freundlichen grussen|cordialement|atentamente"
    r"|un cordial saludo|\bre: ",
    # papers and books
    r"^abstract\b|in this paper|\bet al\b|\bfig(?:ure|\.) \d|\btable \d|\bdoi:|^\d?\.? ?introduction$"
    r"|^references$|we (?:propose|show that|present a)"
    r"|chapter (?:\d|one|two|[ivx]+)\b|isbn",
    # recipes and instructions
    r"ingredients|zutaten|ingredientes|\bpreheat|vorheizen|prechauffer|tablespoons?|teaspoons?|\btbsp\b"
    r"|\btsp\b|essloffel|cuilleres?|cucharadas?"
    r"|\bserves \d|\bserve (?:hot|warm|cold|with)|minutes at \d|\boven\b",
    # source code
    r"^(?:def|class|import|from|func|package|public|private|const|let|var|return|if|for|while|#include"
    r"|using)\b.*[:;{(]$|[;{}]$|^\s*(?://|/\*)",
)  # fmt: skip
_PATTERNS = tuple(re.compile(pattern, re.M) for pattern in _OTHER_KINDS)


def is_resume(resume: Resume, of: Mapping[Kind, Sequence[object]], everything: Sequence[Line]) -> bool:
    """False only when a document of some length shows next to nothing of a resume, or more of something else."""
    text = "\n".join(fold(line.text) for line in everything)
    if len(text.split()) < _FEWEST_WORDS:
        return True
    found = evidence_for(resume, of)
    return found >= _ENOUGH and found - evidence_against(text) >= _MARGIN


def evidence_for(resume: Resume, of: Mapping[Kind, Sequence[object]]) -> float:
    """Points for contact data, known sections, and entries that are complete."""
    person = resume.personal
    points = 1.0 * bool(person.name) + 1.0 * bool(person.email) + 1.0 * bool(person.phone) + 0.5 * bool(person.location)
    points += 0.5 * bool(person.links) + 0.5 * bool(person.headline)
    points += sum(weight for kind, weight in _SECTIONS.items() if of[kind])
    jobs = [job for job in resume.experience if job.title and job.company and job.start_date]
    degrees = [degree for degree in resume.education if degree.institution and (degree.degree or degree.end_date)]
    return points + 1.5 * min(len(jobs), 3) + 1.0 * min(len(degrees), 2)


def evidence_against(text: str) -> float:
    """Points for the other kind of document whose phrases it shows most, each phrase counted once."""
    return 1.5 * max(len({match[0] for match in pattern.finditer(text)}) for pattern in _PATTERNS)
