"""What section headings say, in English and the larger languages of Europe."""

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
        |contato|dados pessoais|persoonlijke gegevens|contactgegevens
        |dane osobowe|dane kontaktowe|kontakt i dane osobowe|informacje osobiste|personuppgifter|kontaktuppgifter
        |kontaktinformation|personlige oplysninger|personlige opplysninger|kontaktoplysninger|kontaktinformasjon
        |osobni udaje|osobne udaje|kontaktni udaje|date personale|informatii personale|szemelyes adatok
        |kisisel bilgiler|iletisim|iletisim bilgileri|henkilotiedot|yhteystiedot|dados de contato|contactos|recapiti
        |coordinate|personal particulars|personal profile and contact|bio data|biodata""",
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
        |over mij|samenvatting|persoonlijk profiel
        |podsumowanie|podsumowanie zawodowe|o mnie|profil zawodowy|cel zawodowy|sammanfattning|om mig|om meg
        |profiltekst|resume af profil|sammendrag|o mne|profil uchazece|despre mine|obiectiv|rolam|hakkimda|ozet
        |kariyer hedefi|minusta|yhteenveto|profile summary|about myself|my profile|who i am|career overview
        |executive profile|professional objective|career aim|kurz uber mich|mein profil|unternehmerprofil|mon profil
        |en bref|perfil personal|quien soy|objectivo profissional|objetivo de carreira|perfil professional
        |korte introductie|wie ben ik""",
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
        |stationen|bisherige stationen|mein weg
        |doswiadczenie|doswiadczenie zawodowe|przebieg kariery|przebieg kariery zawodowej|przebieg pracy zawodowej
        |historia zatrudnienia|kariera zawodowa|praktyki|staze|praktyki i staze|arbetslivserfarenhet|erfarenhet
        |anstallningar|yrkeserfarenhet|erhvervserfaring|arbejdserfaring|ansaettelser|arbeidserfaring|erfaring
        |yrkeserfaring|praxe|pracovni zkusenosti|zkusenosti|pracovne skusenosti|pracovni praxe|experienta
        |experienta profesionala|experienta de munca|szakmai tapasztalat|munkatapasztalat|is deneyimi|deneyim
        |deneyimler|is tecrubesi|tyokokemus|tyohistoria|expertise and experience|professional journey|my journey
        |employment record|employment details|career progression|career summary and experience
        |professional summary and experience|relevant employment|experience highlights|work background
        |career profile and history|organisational experience|organizational experience|professional engagements
        |engagements|assignments|civilian experience|parcours de vie professionnel|mon parcours|mes experiences
        |historique professionnel|vida laboral|historia laboral|recorrido profesional|percorso professionale
        |esperienze di lavoro|percurso profissional|historico profissional|beroepservaring|relevante werkervaring
        |carriere|berufserfahrungen|berufliche qualifikation|beruf|berufliches|tatigkeit|beschaftigung""",
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
        |schule und studium|formacao e estudos|titoli|mes etudes|mis estudios
        |wyksztalcenie|edukacja|przebieg edukacji|studia|utbildning|utbildningar|uddannelse|uddannelser|utdanning
        |utdannelse|vzdelani|vzdelanie|educatie|educatie si formare|studii|formare|tanulmanyok|vegzettseg
        |iskolai vegzettseg|egitim|egitim bilgileri|ogrenim|koulutus|scholastic record|scholastics|academic profile
        |academic details|academia|academic achievements|educational profile|education details|educational details
        |education and credentials|studium und schule|schule und studium|ausbildung und schule
        |schulischer und akademischer werdegang|schulische ausbildung|schulische laufbahn|ausbildungen
        |bildung und abschlusse|etudes et diplomes|etudes et formations|formation et etudes|diplomes obtenus
        |parcours scolaire et universitaire|formacion reglada|estudios realizados|formacion universitaria
        |habilitacoes academicas|habilitacoes|habilitacoes literarias|formacao e qualificacoes|percorso di studi
        |formazione e istruzione|formazione accademica|studies and training|scholing|studie|studies en opleidingen
        |onderwijs""",
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
        |vaardigheden|competenties|kennis|kennis en vaardigheden|computervaardigheden|outils informatiques
        |umiejetnosci|kompetencje|kluczowe umiejetnosci|umiejetnosci zawodowe|umiejetnosci techniczne|kwalifikacje
        |kompetenser|fardigheter|kunskaper|kompetencer|faerdigheder|ferdigheter|nokkelkompetanse|kompetanse
        |dovednosti|znalosti|schopnosti|zrucnosti|znalosti a dovednosti|competente|abilitati|aptitudini|keszsegek
        |ismeretek|beceriler|yetenekler|yetkinlikler|taidot|osaaminen|skills at a glance|skills profile
        |key skill areas|areas of strength|areas of knowledge|technical toolkit|toolkit|what i work with
        |technical profile|it proficiency|computer proficiency|computer knowledge|functional skills
        |special skills and abilities|additional skills|other skills|relevant skills|selected skills|fachwissen
        |spezialkenntnisse|edv|computerkenntnisse|it und sprachen|persoenliche starken|personliche starken
        |besondere fahigkeiten|mes competences|mes atouts|points forts|competences et outils|competences et outils
        |savoir faire et outils|mis habilidades|capacidades|aptitudes y habilidades|competenze trasversali
        |competenze linguistiche e informatiche|punti di forza|competencias e habilidades|aptidoes
        |aptidoes e competencias|qualificacoes|kernkwaliteiten|expertisegebieden|kerncompetenties""",
    Kind.LANGUAGES: """
        mother tongue|mother tongues|mother tongue s|other language|other languages|other language s
        |languages|language|language skills|spoken languages|foreign languages|linguistic skills|language proficiency
        |languages spoken
        |sprachen|sprachkenntnisse|fremdsprachen|sprache|langues|langues parlees|competences linguistiques
        |langues etrangeres|connaissances linguistiques
        |idiomas|lenguas|competencias linguisticas|lingue|lingue straniere|conoscenze linguistiche
        |competenze linguistiche|conocimiento de idiomas|linguas|idiomas falados|talen|talenkennis|taalvaardigheden
        |lingue conosciute
        |jezyki|jezyki obce|znajomosc jezykow|znajomosc jezykow obcych|sprak|sprakkunskaper|sprog|sprogkundskaber
        |sprakkunnskaper|sprakferdigheter|jazyky|jazykove znalosti|jazykove dovednosti|limbi|limbi straine|nyelvek
        |nyelvtudas|nyelvismeret|diller|yabanci dil|yabanci diller|dil bilgisi|kielet|kielitaito|languages known
        |known languages|language abilities|language competencies|language competence|mes langues|mis idiomas
        |conhecimento de linguas|competencias linguisticas e idiomas|sprachliche kenntnisse""",
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
        |certificaten|certificacoes|certificados|certificaten|certificeringen|cursussen
        |certyfikaty|kursy|kursy i szkolenia|szkolenia|szkolenia i kursy|szkolenia i certyfikaty
        |certyfikaty i szkolenia|kursy i certyfikaty|uprawnienia|certyfikaty i uprawnienia|certifieringar|kurser
        |kurser och certifieringar|certifikat|kurser og sertifiseringer|sertifikater|certificeringer
        |kurser og certifikater|certifikaty|certifikaty a kurzy|kurzy|certificari|cursuri|tanusitvanyok|sertifikalar
        |kurslar|sertifikaatit|certifications and trainings|training and certificates|licenses and training
        |licences and certificates|professional certificates|technical certifications|courses and workshops|workshops
        |trainings and certifications|trainings attended|training programs|training attended
        |professional memberships and certifications|licenses and registrations|registrations
        |professional registration|professional registrations|certifications licenses|board certifications
        |certifications and credentials|formacion adicional|cursos y seminarios|cursos realizados|formacion continua
        |attestati|abilitazioni|certificazioni e abilitazioni|corsi di formazione|formation complementaire
        |stages et formations|brevets et certificats|permis et certificats|fortbildungen und kurse|seminare
        |zusatzausbildungen|scheine und zertifikate|formacao complementar|certificacoes e cursos
        |cursos e certificacoes|trainingen|cursussen en trainingen|certificaten en cursussen
        |trainingen en certificaten""",
    Kind.PROJECTS: """
        projects|personal projects|selected projects|key projects|side projects|academic projects|project experience
        |portfolio|open source|open source projects|notable projects|projects experience|relevant projects
        |recent projects|major projects|open source contributions|research projects|project highlights
        |project portfolio|featured projects
        |projekte|ausgewahlte projekte|projekterfahrung|eigene projekte|projets|projets personnels|realisations
        |projets academiques|projets realises
        |proyectos|proyectos personales|proyectos destacados|progetti|progetti personali|projetos|projecten
        |projekty|wybrane projekty|projekt|utvalda projekt|projekter|prosjekter|proiecte|projeler|projektit
        |academic project|project work|project details|projects undertaken|major project|key project experience
        |class projects|course projects|mes projets|mis proyectos|progetti selezionati|projetos pessoais
        |abschlussprojekt|referenzprojekte|projektauswahl|werken|portfolio projects""",
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
        |riconoscimenti|premios|prijzen
        |nagrody|nagrody i wyroznienia|osiagniecia|wyroznienia|utmarkelser|stipendier|priser|premii|oduller|oceneni
        |palkinnot|awards and certifications|academic honors|academic honours|military awards|decorations
        |awards and decorations|scholastic achievements|honors and achievements|distinctions et recompenses
        |premi e riconoscimenti|premios e distincoes|premios e reconhecimentos|erfolge und auszeichnungen
        |onderscheidingen""",
    Kind.PUBLICATIONS: """
        publications|selected publications|papers|articles|research publications|talks|presentations|conferences
        |publications and presentations|patents|writing|books|conference presentations|invited talks
        |publications and talks|talks and publications
        |peer reviewed publications|journal articles|speaking|patents and publications|publications and patents
        |publikationen|veroffentlichungen|vortrage|ausgewahlte publikationen|patente|articles et publications
        |communications|brevets|publicaciones|articulos|ponencias|conferencias|patentes|pubblicazioni|publicacoes
        |publicaties
        |publikacje|publikationer|publikasjoner|publikace|publicatii|yayinlar|julkaisut|works|bibliography
        |selected papers|exhibitions|selected exhibitions|performances|publications scientifiques
        |publicaciones y ponencias|pubblicazioni scientifiche|publicacoes cientificas|publikationsliste
        |refereed publications|peer reviewed articles|book chapters""",
    Kind.VOLUNTEERING: """
        volunteering|volunteer|volunteer work|volunteer experience|volunteering experience|volunteer service
        |community service|community involvement|community|voluntary work|voluntary experience|volunteer activities
        |civic engagement|extracurricular volunteering
        |ehrenamt|ehrenamtliches engagement|ehrenamtliche tatigkeiten|ehrenamtliche tatigkeit|soziales engagement
        |engagement|gesellschaftliches engagement|freiwilligenarbeit
        |benevolat|experience benevole|experiences benevoles|activites benevoles|vie associative
        |engagement associatif|engagements associatifs|voluntariado|experiencia voluntaria|trabajo voluntario
        |volontariato|voluntariado|vrijwilligerswerk
        |wolontariat|dzialalnosc spoleczna|ideellt arbete|volontararbete|frivilligt arbejde|frivillig arbeid
        |dobrovolnictvi|dobrovolnicka cinnost|voluntariat|onkentes munka|gonulluluk|vapaaehtoistyo|community work
        |social work and volunteering|volunteering and community|community engagement|pro bono work
        |benevolat et associations|benevolat et associations|ehrenamt und engagement|ehrenamtliche arbeit
        |volontariato e associazioni|trabalho voluntario|vrijwilligerservaring""",
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
        |fuera del trabajo|freizeitaktivitaten|tempo libero
        |zainteresowania|hobby i zainteresowania|zainteresowania i hobby|referencje|klauzula|zgoda
        |dodatkowe informacje|intressen|fritid|referenser|fritidsintressen|interesser|referencer|referanser|zajmy
        |konicky|zajmy a konicky|referinte|hobbyk|ilgi alanlari|hobiler|referanslar|harrastukset
        |kiinnostuksen kohteet|suosittelijat|personal details and declaration|passions|likes
        |professional references|character references|clearance|security clearance|visa status|work authorization
        |availability and references|ausserberufliches|ausserberufliche interessen|private interessen
        |hobbies und freizeit|freizeit und interessen|loisirs et interets|loisirs et passions|passions et loisirs
        |mes loisirs|centre d interets|centres d interets|vie associative et loisirs|aficiones e intereses
        |intereses personales|interessi e hobby|interessi personali|autorizzazione|hobbys en interesses
        |hobby s en interesses|interesses pessoais|passatempos|tempos livres""",
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
            certificaciones certificats certificados fortbildungen certificazioni certificacoes certificaten certyfikaty
            szkolenia kursy kurser cursos corsi"""
        ),
    ),
    (Kind.PROJECTS, table("projects projekte projets proyectos")),
    (Kind.AWARDS, table("awards honors honours auszeichnungen prix premios scholarships")),
    (
        Kind.EDUCATION,
        table(
            """
            education educational ausbildung bildung formation formacion educacion studium etudes estudios
            istruzione formazione formacao opleiding opleidingen wyksztalcenie edukacja utbildning uddannelse
            utdanning vzdelani
            """
        ),
    ),
    (
        Kind.EXPERIENCE,
        table(
            """
            experience employment berufserfahrung experiences experiencia erfahrung erfahrungen werdegang
            esperienza esperienze experiencias werkervaring doswiadczenie arbetslivserfarenhet erhvervserfaring
            arbeidserfaring praxe
            """
        ),
    ),
    (
        Kind.SKILLS,
        table(
            """skills competencies kenntnisse fahigkeiten kompetenzen competences habilidades competencias expertise
            proficiencies technologies competenze competencias vaardigheden umiejetnosci kompetencje kompetenser
            dovednosti"""
        ),
    ),
    (
        Kind.LANGUAGES,
        table(
            "languages sprachen sprachkenntnisse langues idiomas lingue linguas talen talenkennis jezyki jezykow sprak sprog"
        ),
    ),
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
