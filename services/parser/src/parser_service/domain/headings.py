"""What section headings say, in English, German, French, Spanish, Italian, Portuguese and Dutch."""

import re
from enum import Enum
from functools import lru_cache

from parser_service.domain.folding import key, table


class Kind(Enum):
    """Sections of a resume."""

    PERSONAL = "personal"
    SUMMARY = "summary"
    EXPERIENCE = "experience"
    EDUCATION = "education"
    SKILLS = "skills"
    LANGUAGES = "languages"
    CERTIFICATIONS = "certifications"
    PROJECTS = "projects"
    AWARDS = "awards"
    PUBLICATIONS = "publications"
    VOLUNTEERING = "volunteering"
    OTHER = "other"


# Whole headings. Accents and case do not matter.
_PHRASES: dict[Kind, str] = {
    Kind.PERSONAL: """
        contact|contact details|contact information|contact info|contact me|get in touch|personal|personal details
        |personal information|personal data
        |personal info|details|info|location|address|profiles|social|social media|social links|social profiles|links
        |online|online profiles|find me online
        |web|on the web|kontakt|kontaktdaten|personliche daten|personliche angaben|anschrift|zur person|coordonnees
        |informations personnelles
        |etat civil|contacto|datos personales|datos de contacto|informacion personal|informacion de contacto|contatti
        |dati personali|informazioni personali
        |contato|dados pessoais|persoonlijke gegevens|contactgegevens""",
    Kind.SUMMARY: """
        summary|profile|about|about me|objective|career objective|career summary|professional summary
        |executive summary|professional profile|personal profile
        |personal statement|career profile|summary of qualifications|qualifications summary|introduction|bio
        |biography|overview|professional overview|statement
        |who am i|who i am|headline|job objective|career goal|highlights of qualifications|summary statement
        |profil|kurzprofil|uber mich|zusammenfassung|zielsetzung|berufliches profil|berufsprofil|personliches profil
        |karriereziel|qualifikationsprofil
        |a propos|a propos de moi|profil professionnel|objectif|objectif professionnel|resume professionnel
        |presentation|qui suis je|accroche|resume de carriere
        |perfil|perfil profesional|sobre mi|resumen|resumen profesional|objetivo|objetivo profesional|acerca de mi
        |extracto|presentacion
        |profilo|profilo professionale|chi sono|obiettivo|sommario|resumo|sobre|sobre mim|perfil profissional|profiel
        |over mij|samenvatting|persoonlijk profiel""",
    Kind.EXPERIENCE: """
        experience|experiences|work|work experience|work experiences|professional experience|employment
        |employment history|work history|career history|career|positions
        |relevant experience|job history|professional background|professional history|industry experience
        |positions held|appointments|academic appointments
        |professional appointments|employment experience|work and experience|relevant work experience|internships
        |internship|internship experience|career experience
        |professional positions|teaching experience|research experience|clinical experience|military experience
        |military service|additional experience
        |other experience|previous experience|jobs|job experience|where i have worked|where i ve worked|where i worked
        |career to date|work to date|my work|what i have done|what i ve done
        |places i have worked|places i ve worked|roles held|selected experience|freelance experience
        |volunteer and work experience
        |professional career|leadership experience|field experience|consulting experience
        |berufserfahrung|beruflicher werdegang|werdegang|berufliche erfahrung|berufliche erfahrungen|berufspraxis
        |arbeitserfahrung|praktika|praxiserfahrung
        |berufliche stationen|berufliche laufbahn|tatigkeiten|praktische erfahrung|praktische erfahrungen
        |anstellungen|berufstatigkeit|berufliche tatigkeit
        |experience professionnelle|experiences professionnelles|parcours professionnel|parcours|emplois|stages
        |carriere|experiences cles
        |experiencia|experiencia laboral|experiencia profesional|trayectoria profesional|trayectoria
        |historial laboral|empleo|practicas|experiencias laborales
        |esperienza|esperienze|esperienza lavorativa|esperienze lavorative|esperienza professionale
        |esperienze professionali|carriera
        |experiencia profissional|experiencias profissionais|historico profissional|atuacao profissional
        |trajetoria profissional|werkervaring|ervaring|loopbaan|arbeidsverleden|berufliche praxis
        |stationen|bisherige stationen|mein weg""",
    Kind.EDUCATION: """
        education|educational background|academic background|education and training|academic qualifications
        |academic history|studies|schooling|academics|degrees
        |educational qualifications|academic credentials|education history|training and education|academic education
        |education background|qualifications and education|education and qualifications
        |where i studied|where i have studied|where i ve studied|university|formal education|schools|academic record
        |academic training|qualifications
        |ausbildung|bildung|bildungsweg|studium|schulbildung|akademische ausbildung|ausbildung und studium
        |bildungsgang|schulischer werdegang|akademischer werdegang
        |hochschulbildung|aus und weiterbildung|studium und ausbildung|bildungsabschlusse|schule|schulausbildung
        |hochschulausbildung
        |formation|formations|etudes|parcours academique|diplomes|cursus|scolarite|formation academique
        |formation et diplomes|diplomes et formations|parcours scolaire|education et formation|formation initiale
        |educacion|formacion|formacion academica|estudios|educacion y formacion|datos academicos|historial academico
        |titulacion|preparacion academica|formacion y estudios
        |istruzione|formazione|istruzione e formazione|studi|titoli di studio|educacao|formacao|formacao academica
        |escolaridade|opleiding|opleidingen|opleidingen en cursussen|opleiding en training|schule und ausbildung
        |schulbildung und studium
        |schule und studium|formacao e estudos|titoli|mes etudes|mis estudios""",
    Kind.SKILLS: """
        skills|top skills|main skills|technical skills|skill set|skillset|core competencies|competencies|core skills
        |key skills
        |professional skills|areas of expertise|expertise|technologies|technical proficiencies
        |technical expertise|tools|tools and technologies|tech stack|technology|proficiencies|abilities|capabilities
        |strengths|key strengths|hard skills|soft skills|it skills
        |computer skills|technical competencies|technical skill|technical knowledge|specialties|specializations
        |skills and tools|skills and competencies|what i do|what i am good at|what i m good at|what i can do|what i know
        |things i know|i am good at|what i bring|my tools|tool box|tools i use|good at
        |skills and technologies|skills and tech|skills summary|skills and abilities|skills and expertise
        |key competencies|core strengths|digital skills|knowledge|software|software skills|languages and technologies
        |technical strengths|programming languages|programming|key skills and competencies|professional competencies
        |competences|toolbox|special skills
        |kenntnisse|fahigkeiten|kompetenzen|fachkenntnisse|edv kenntnisse|it kenntnisse|fertigkeiten
        |skills und kenntnisse|kenntnisse und fahigkeiten|fahigkeiten und kenntnisse|fachliche kompetenzen
        |kernkompetenzen|technische kenntnisse|besondere kenntnisse|weitere kenntnisse|qualifikationen|technologien
        |it kompetenzen|software kenntnisse|starken|schlusselkompetenzen
        |competences|competences techniques|competences cles|aptitudes|savoir faire|competences professionnelles
        |competences informatiques|outils|savoir etre|domaines de competence|domaines de competences
        |domaines d expertise|informatique|logiciels|atouts|qualites
        |habilidades|competencias|aptitudes|conocimientos|habilidades tecnicas|competencias tecnicas
        |conocimientos tecnicos|destrezas|habilidades y competencias|informatica|conocimientos informaticos
        |herramientas|areas de especializacion|competencias clave|competencias profesionales|habilidades profesionales
        |competenze|competenze tecniche|capacita e competenze|conoscenze informatiche|abilita|competencias tecnicas
        |conhecimentos|competencias|habilidades|competenze digitali|competenze informatiche|competenze professionali
        |vaardigheden|competenties|kennis|kennis en vaardigheden|computervaardigheden|outils informatiques""",
    Kind.LANGUAGES: """
        mother tongue|mother tongues|mother tongue s|other language|other languages|other language s
        |languages|language|language skills|spoken languages|foreign languages|linguistic skills|language proficiency
        |languages spoken
        |sprachen|sprachkenntnisse|fremdsprachen|sprache|langues|langues parlees|competences linguistiques
        |langues etrangeres|connaissances linguistiques
        |idiomas|lenguas|competencias linguisticas|lingue|lingue straniere|conoscenze linguistiche
        |competenze linguistiche|conocimiento de idiomas|linguas|idiomas falados|talen|talenkennis|taalvaardigheden
        |lingue conosciute""",
    Kind.CERTIFICATIONS: """
        certifications|certification|certificates|certificate|licenses|licences|licenses and certifications
        |certifications and licenses|licences and certifications|professional certifications|credentials
        |courses|training|trainings|courses and certifications|certifications and training
        |training and certifications|professional development|professional training|accreditations|licensure
        |professional qualifications|professional licenses|courses and training|continuing education
        |professional licenses and certifications
        |certificates and licenses|professional credentials|certifications and courses|further training
        |additional training|courses and certificates
        |zertifikate|zertifizierungen|weiterbildung|weiterbildungen|fortbildung|fortbildungen
        |zertifikate und weiterbildungen|lizenzen|kurse|schulungen|weiterbildungen und zertifikate
        |fortbildungen und zertifikate|zertifikate und lizenzen|zusatzqualifikationen
        |certificats|certifications et formations|formations complementaires|formation continue
        |licences et certifications|habilitations|formations et certifications
        |certificaciones|certificados|cursos|licencias|formacion complementaria|cursos y certificaciones
        |licencias y certificaciones|cursos y certificados|certificados y cursos|otros cursos
        |certificats et habilitations|permis et habilitations|otros cursos|carnets|certificazioni|certificati|corsi
        |corsi e certificazioni|cursos complementares|cursos e certificados|cursussen en certificaten|rijbewijzen
        |certificaten|certificacoes|certificados|certificaten|certificeringen|cursussen""",
    Kind.PROJECTS: """
        projects|personal projects|selected projects|key projects|side projects|academic projects|project experience
        |portfolio|open source|open source projects|notable projects|projects experience|relevant projects
        |recent projects|major projects|open source contributions|research projects|project highlights
        |project portfolio|featured projects
        |projekte|ausgewahlte projekte|projekterfahrung|eigene projekte|projets|projets personnels|realisations
        |projets academiques|projets realises
        |proyectos|proyectos personales|proyectos destacados|progetti|progetti personali|projetos|projecten""",
    Kind.AWARDS: """
        awards|honors|honours|awards and honors|honors and awards|honours and awards|awards and honours|achievements
        |accomplishments|scholarships|prizes|distinctions|recognition|awards and recognition|awards and achievements
        |key achievements|grants|fellowships
        |honors and distinctions|grants and awards|awards and grants|scholarships and awards|awards and scholarships
        |fellowships and awards|grants and fellowships|accolades
        |auszeichnungen|preise|ehrungen|stipendien|erfolge|auszeichnungen und preise|preise und auszeichnungen
        |stipendien und auszeichnungen|auszeichnungen und stipendien|prix|distinctions|recompenses|bourses
        |prix et distinctions|distinctions et prix
        |premios|logros|reconocimientos|becas|premios y reconocimientos|premios y distinciones|distinciones|premi
        |riconoscimenti|premios|prijzen""",
    Kind.PUBLICATIONS: """
        publications|selected publications|papers|articles|research publications|talks|presentations|conferences
        |publications and presentations|patents|writing|books|conference presentations|invited talks
        |publications and talks|talks and publications
        |peer reviewed publications|journal articles|speaking|patents and publications|publications and patents
        |publikationen|veroffentlichungen|vortrage|ausgewahlte publikationen|patente|articles et publications
        |communications|brevets|publicaciones|articulos|ponencias|conferencias|patentes|pubblicazioni|publicacoes
        |publicaties""",
    Kind.VOLUNTEERING: """
        volunteering|volunteer|volunteer work|volunteer experience|volunteering experience|volunteer service
        |community service|community involvement|community|voluntary work|voluntary experience|volunteer activities
        |civic engagement|extracurricular volunteering
        |ehrenamt|ehrenamtliches engagement|ehrenamtliche tatigkeiten|ehrenamtliche tatigkeit|soziales engagement
        |engagement|gesellschaftliches engagement|freiwilligenarbeit
        |benevolat|experience benevole|experiences benevoles|activites benevoles|vie associative
        |engagement associatif|engagements associatifs|voluntariado|experiencia voluntaria|trabajo voluntario
        |volontariato|voluntariado|vrijwilligerswerk""",
    Kind.OTHER: """
        interests|hobbies|hobbies and interests|interests and hobbies|references|referees|activities
        |extracurricular activities|extracurriculars|memberships|professional memberships|affiliations
        |professional affiliations|additional information|other|miscellaneous|personal interests
        |extra curricular activities
        |other information|declaration|background|organizations|organisations|leadership|leadership and activities
        |teaching|service|professional service|research interests|research|testimonials|availability|coursework
        |relevant coursework
        |interessen|hobbys|hobbies und interessen|hobbys und interessen|interessen und hobbys|referenzen
        |mitgliedschaften|sonstiges|freizeit|mitgliedschaft|fuhrerschein|personliche interessen
        |interessen und engagement|sonstige kenntnisse
        |interets|centres d interet|centre d interet|loisirs|references|divers|loisirs et centres d interet|activites
        |activites extra professionnelles|affiliations|permis
        |intereses|aficiones|referencias|otros|pasatiempos|intereses y aficiones|otros datos|datos de interes
        |informacion adicional|otra informacion|afiliaciones|interessi|hobby|referenze|interesses|referencias
        |interesses e hobbies|hobby s|referenties|outside work|outside of work|beyond work|when i am not working
        |fuera del trabajo|freizeitaktivitaten|tempo libero""",
}  # fmt: skip
_BY_PHRASE = {
    " ".join(phrase.split()): kind
    for kind, phrases in _PHRASES.items()
    for phrase in " ".join(phrases.split()).split("|")
}

# Labels inside an entry that look like headings but open no section.
_LABELS = table(
    """
    highlights|highlight|responsibilities|key responsibilities|duties|main duties|tasks|results|courses
    |course list|keywords|roles|role|technologies used|tech|stack
    |achievements|key achievements|key results|aufgaben|tatigkeiten|erfolge|schwerpunkte|missions|taches|resultats
    |responsabilidades|funciones|logros|environment
    |hauptaufgaben|realisations|coursework|relevant coursework|modules|description|environnement technique
    |technologien|principales funciones|relevant modules|resultate
    |highlights include|selected achievements|main responsibilities|mansioni|responsabilita|taken|taken courses|url
    |website|gpa|grade|location|dates|employer|position
    """
)

# Words that decide a heading of several words, the most telling first, and words that may stand beside them.
_CORES: tuple[tuple[Kind, frozenset[str]], ...] = (
    (
        Kind.VOLUNTEERING,
        table("volunteering volunteer voluntary ehrenamt ehrenamtlich ehrenamtliche benevolat voluntariado"),
    ),
    (Kind.PUBLICATIONS, table("publications publikationen publicaciones patents veroffentlichungen papers")),
    (
        Kind.CERTIFICATIONS,
        table(
            """certifications certification certificates licenses licences zertifikate weiterbildung weiterbildungen
            certificaciones certificats certificados fortbildungen"""
        ),
    ),
    (Kind.PROJECTS, table("projects projekte projets proyectos")),
    (Kind.AWARDS, table("awards honors honours auszeichnungen prix premios scholarships")),
    (
        Kind.EDUCATION,
        table("education educational ausbildung bildung formation formacion educacion studium etudes estudios"),
    ),
    (
        Kind.EXPERIENCE,
        table("experience employment berufserfahrung experiences experiencia erfahrung erfahrungen werdegang"),
    ),
    (
        Kind.SKILLS,
        table(
            """skills competencies kenntnisse fahigkeiten kompetenzen competences habilidades competencias expertise
            proficiencies technologies"""
        ),
    ),
    (Kind.LANGUAGES, table("languages sprachen sprachkenntnisse langues idiomas")),
    (Kind.SUMMARY, table("summary profile profil perfil objective")),
)
_BESIDE = table(
    """
    professional relevant work key core my selected additional other technical areas of and the personal career
    main recent academic industry und et y e i a de la le les el los las des du en history background training
    qualifications summary skills education awards honors experience tech tools & certifications courses
    languages projects information further special methods methodology related practical management leadership
    clinical teaching research graduate level competencies interests hobbies activities technologies
    publications achievements licenses berufliche beruflicher praktische personliche fachliche weitere relevante
    ausgewahlte sonstige professionnelle professionnelles cles techniques profesional profesionales laboral
    academica tecnicas tecnicos complementaria im bei uber sowie with in for
    """
)


# `My experience`, `Mes expériences`, `Meine Stationen`.
_OWN = re.compile(
    r"^(?:the|my|our|mein|meine|meiner|mes|mon|ma|mi|mis|le mie|la mia|il mio|i miei|minha|minhas|meu|meus|mijn)\s+"
)
_CONTINUED = re.compile(
    r"\s*[(\[–—-]\s*(?:cont(?:inued|\.|'d)?|fortsetzung|forts\.|suite|continuaci[oó]n|cont)\s*[)\]]?\s*$", re.I
)


@lru_cache(maxsize=4096)
def heading_kind(text: str) -> Kind | None:
    """The section that a heading of these words opens, or None when the words are no heading."""
    if len(text) > 60 or text.count(",") > 1:
        return None
    words = (
        re.sub(r"^(?:[\divxlIVXL]{1,4}[.)]|\d{1,2})\s+", "", _CONTINUED.sub("", text))
        .replace("&", " and ")
        .replace("+", " and ")
        .replace("/", " and ")
    )
    folded = _OWN.sub("", key(words))
    if folded.isdigit() or not folded:
        return None
    if kind := _BY_PHRASE.get(folded):
        return kind
    # Tracking can glue words together, and can cut them apart.
    if (glued := folded.replace(" ", "")) in _GLUED and (" " not in folded or len(max(folded.split(), key=len)) <= 2):
        return _GLUED[glued]
    tokens = folded.split()
    if not 2 <= len(tokens) <= 6:
        return None
    for kind, cores in _CORES:
        if any(token in cores for token in tokens) and all(token in cores or token in _BESIDE for token in tokens):
            return kind
    return None


def is_label(text: str) -> bool:
    """Whether the words only label a part of an entry, such as `Highlights`."""
    return key(text) in _LABELS


_GLUED = {phrase.replace(" ", ""): kind for phrase, kind in _BY_PHRASE.items() if len(phrase) > 5}
