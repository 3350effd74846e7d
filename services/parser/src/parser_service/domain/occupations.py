"""How job titles are told from names of employers, in several languages."""

import re
from functools import cache, lru_cache
from importlib import resources

from parser_service.domain.folding import table, words
from parser_service.domain.fragments import FragmentKind, leaning

_HEADS = table(
    """
    accountant administrator advisor adviser agent aide ambassador analyst animator apprentice architect artist
    assistant associate attendant attorney auditor author baker banker barista bartender biologist bookkeeper
    broker builder buyer captain caregiver carer carpenter cashier chair chairman chef chemist chief cleaner
    clerk clinician coach cofounder coder columnist commander commis concierge conductor consultant contractor
    controller cook coordinator copywriter counsel counsellor counselor creator curator custodian dean dentist
    deputy designer developer devops dietitian director dispatcher doctor driver economist editor educator
    electrician engineer entrepreneur estimator examiner executive expert fellow fitter founder freelancer
    geologist guard hairdresser handler head headteacher hostess housekeeper illustrator inspector instructor
    intern internship inspector investigator janitor journalist jurist keeper laborer labourer lawyer lead
    leader lecturer librarian linguist machinist maintainer manager marketer mathematician mechanic mechatronics
    medic mentor merchandiser merchandiser midwife moderator musician negotiator notary nurse officer operator
    optician owner painter paralegal paramedic partie partner pharmacist photographer physician physicist
    physiotherapist pilot planner plumber porter postdoc postdoctoral preparer presenter president principal
    producer professor programmer proofreader prosecutor psychologist publicist realtor receptionist recruiter
    registrar reporter representative researcher resident reviewer salesperson salesman saleswoman scholar
    scientist scrum secretary server solicitor sommelier specialist stocker strategist student statistician
    steward stylist superintendent supervisor surgeon surveyor tailor teacher technician technologist teller
    tester therapist trader trainee trainer translator treasurer tutor undergraduate underwriter veterinarian vp
    volunteer waiter waitress warden welder worker writer svp evp avp cto ceo cfo coo cio cmo cpo ciso hod sde
    swe sre qa registrar practitioner superintendent ward sister matron barrister sergeant lieutenant major
    captain private corporal magistrate judge clerk expeditor ranger gardener florist butcher hand crew courier
    handyman praktikant praktikantin werkstudent werkstudentin leiter leiterin berater beraterin entwickler
    entwicklerin ingenieur ingenieurin kaufmann kauffrau assistent assistentin sachbearbeiter sachbearbeiterin
    mitarbeiter mitarbeiterin geschaftsfuhrer geschaftsfuhrerin lehrer lehrerin arzt arztin krankenschwester
    krankenpfleger pfleger pflegerin pflegefachfrau pflegefachmann verkaufer verkauferin referent referentin
    fachkraft hilfskraft auszubildender auszubildende azubi trainee techniker technikerin meister meisterin
    architekt architektin redakteur redakteurin kellner koch kochin buchhalter buchhalterin dozent dozentin
    wissenschaftler wissenschaftlerin teamleiter abteilungsleiter projektleiter vorstand prokurist aushilfe
    ingenieure developpeur developpeuse directeur directrice responsable charge chargee chef cheffe assistant
    assistante stagiaire consultant consultante conseiller conseillere technicien technicienne gestionnaire
    comptable vendeur vendeuse infirmier infirmiere enseignant enseignante professeur professeure avocat avocate
    alternant alternante redacteur redactrice formateur formatrice analyste architecte chercheur chercheuse
    doctorant doctorante serveur serveuse cuisinier cuisiniere secretaire employe employee ouvrier coordinateur
    coordinatrice administrateur administratrice commercial commerciale ingeniero ingeniera desarrollador
    desarrolladora director directora jefe jefa gerente responsable analista asistente auxiliar becario becaria
    consultor consultora tecnico tecnica administrativo administrativa profesor profesora docente maestro
    maestra enfermero enfermera abogado abogada contable vendedor vendedora comercial camarero camarera cocinero
    cocinera programador programadora disenador disenadora coordinador coordinadora encargado encargada
    dependiente dependienta especialista investigador investigadora arquitecto arquitecta medico medica
    practicas ingegnere sviluppatore sviluppatrice direttore direttrice impiegato impiegata commesso commessa
    infermiere infermiera responsabile addetto addetta operaio operaia
    operatore operatrice tecnico cuoca cuoco cameriere cameriera avvocato contabile disegnatore disegnatrice geometra
    stagista tirocinante consulente engenheiro gerente desenvolvedor estagiario medewerker stagiair
    """
)
MODIFIERS = table(
    """
    senior junior lead principal staff chief head vice deputy assistant associate graduate trainee executive
    interim acting freelance mid entry founding sr jr global regional national full stack frontend backend
    software web mobile data sales marketing product project program programme account business human resources
    customer support quality of leitender leitende stellvertretender adjoint principal sous jefe jefe
    """
)
_SUFFIXES = tuple(
    table(
        """
        ingenieur ingenieurin entwickler entwicklerin leiter leiterin berater beraterin manager managerin
        kaufmann kauffrau techniker technikerin assistent assistentin pfleger pflegerin schwester lehrer
        lehrerin fachkraft fachfrau fachmann arbeiter arbeiterin mechaniker mechatroniker elektroniker
        wissenschaftler wissenschaftlerin administrator architekt referent referentin angestellte angestellter
        verkaufer kraft leitung helfer helferin wirt wirtin bauer binder macher spezialist spezialistin beauftragte
        beauftragter medewerker leider verpleegkundige verzorgende begeleider informatiker informatikerin ologist ographer iatrist ician
        """
    )
)
ORGANISATION = table(
    """
    inc llc ltd limited gmbh ag corp corporation co company plc sa srl spa bv nv ab as oy oyj pty kg kgaa ohg ug
    se sas sarl eurl sl slu slp lp llp pllc pvt aps kft zrt sro doo ead ood kk pte bhd sdn ltda eirl scp group
    holding holdings partners solutions services systems technologies technology labs lab studio studios agency
    consulting consultants university universitat universite universidad college institute institut school
    hospital clinic klinikum klinik health healthcare medical center centre bank insurance capital ventures
    media press publishing foundation trust council ministry department authority industries manufacturing works
    motors airlines hotel hotels resort restaurant restaurants bistro cafe bakery kitchen store stores shop
    market supermarket supermarkets pharmacy logistics retail foods pharma pharmaceuticals biotech energy power
    electronics software networks digital analytics interactive games entertainment associates brothers sons
    bros advocates solicitors chambers legal society association stiftung verein verlag werke bau handel technik
    gesellschaft bundesamt stadtwerke krankenhaus schule hochschule akademie cabinet societe groupe mairie
    agence laboratoire ecole clinique hopital grupo empresa ayuntamiento despacho instituto colegio laboratorios
    banco seguros compania academy polytechnic politecnico hosting security telecom robotics aerospace
    automotive chemicals construction realty properties international worldwide collective cooperative
    federation union nonprofit charity church museum gallery library theatre theater club gym spa salon travel
    tours agencies outfitters
    """
)
# How much the classifier's log-odds count beside the signs below, which are worth about one each.
_LOOKS = 0.5
_LEGAL_FORM = re.compile(
    r"(?:\b(?:inc|llc|ltd|limited|gmbh|corp|plc|pty|kgaa|ohg|sarl|llp|pllc|pvt|aps|kft|zrt|ltda|co)\b\.?"
    r"|\b(?:s\.?r\.?l|s\.?p\.?a|s\.?r\.?o|a\.?s|b\.?v|n\.?v|s\.?l|s\.?a\.?s?|d\.?o\.?o|k\.?s|sp\.? z o\.?o|ag|se"
    r"|kg|ab|oy|a/s|as|asa|dac|pc|lda|kk|k\.k|bhd|sdn)\.?)\s*$",
    re.I,
)


@lru_cache(maxsize=4096)
def title_score(text: str) -> float:
    """How much the text reads like a job title: above 0 a title, below 0 an employer, 0 no sign."""
    tokens = words(text)
    if not tokens or len(tokens) > 14:
        return -0.5
    score = 0.0
    # The head noun of an English title stands last, or before `of`, `for`, a comma, a dash or a bracket.
    head_text = re.split(r",|\(|\s[–—-]\s|/|\b(?:of|for|in|de|du|des|für|fur|en|di|to|at|-)\b", text)[0]
    heads = words(head_text)
    if heads and _is_head(heads[-1]):
        score += 1.6
    elif any(map(_is_head, heads)) or any(map(_is_head, tokens)):
        score += 0.9
    if tokens[0] in MODIFIERS:
        score += 0.4
    if _LEGAL_FORM.search(text.strip()) and not (
        len(tokens) > 1 and tokens[-1] in ("as", "se", "co") and text.strip()[-2:].islower()
    ):
        score -= 2.2
    organisational = sum(token in ORGANISATION for token in tokens)
    if organisational and (
        tokens[-1] in ORGANISATION or tokens[0] in ("university", "universitat", "universite", "universidad", "bank")
    ):
        score -= 1.2
    elif organisational:
        score -= 0.4
    if "&" in text and not any(map(_is_head, tokens)):
        score -= 0.5
    score += _LOOKS * leaning(text, FragmentKind.TITLE, FragmentKind.COMPANY)
    return score


def _is_head(token: str) -> bool:
    if token in _HEADS or token.rstrip("s") in _HEADS or (token.endswith(_SUFFIXES) and len(token) > 7):
        return True
    return token in _more_heads()


@cache
def _more_heads() -> frozenset[str]:
    """Occupations in some twenty languages."""
    text = resources.files("parser_service.domain").joinpath("occupations.txt").read_text("utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


def has_title_word(text: str) -> bool:
    """Whether any word names an occupation."""
    return any(map(_is_head, words(text)))
