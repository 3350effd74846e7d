"""Personal particulars that resumes print and hiring must not see: birth, age, gender, nationality, marital status, addresses.

All patterns are for folded text (`folding.fold`): lower case, no accents. What follows a label is its value, up to the end of the line or
the next divider.
"""

import re

_LABELS = """
    date of birth|birth ?date|birthday|d\\.?o\\.?b\\.?|born(?: on| in)?|place of birth|birth ?place|age
    |geburtsdatum|geburtsort|geburtstag|geb\\.|geboren(?: am| in)?|alter
    |date de naissance|lieu de naissance|nee?\\(?e?\\)? le|age
    |fecha de nacimiento|lugar de nacimiento|nacid[oa](?: el| en)|edad
    |data di nascita|luogo di nascita|nat[oa] (?:il|a)|eta
    |data de nascimento|local de nascimento|nascid[oa] em|idade
    |geboortedatum|geboorteplaats|geboren(?: op| te)|leeftijd
    |data urodzenia|miejsce urodzenia|fodselsdato|fodselsdag|fodt|fodelsedatum|fodd|syntymaaika|datum narozeni|dogum tarihi
    |gender|sex|geschlecht|sexe|genre|sexo|genero|sesso|genere|geslacht|plec|kjonn|kon|cinsiyet|pronouns|pronomen|pronoms|pronombres
    |nationality|nationalities|citizenship|citizen of|staatsangehorigkeit|nationalitat|staatsburgerschaft|nationalite|citoyennete
    |nacionalidad|ciudadania|nazionalita|cittadinanza|nacionalidade|nationaliteit|obywatelstwo|narodowosc|nasjonalitet|nationalitet
    |statsborgerskap|uyruk|race|ethnicity
    |marital status|civil status|family status|familienstand|zivilstand|etat civil|situation familiale|situation de famille|estado civil
    |stato civile|burgerlijke staat|stan cywilny|sivilstatus|civilstand|civilstatus|medeni durum|children|kinder|enfants|hijos|figli
    |religion|konfession|confession|religione|religiao
    |postal address|home address|address|anschrift|adresse|wohnort|wohnhaft(?: in)?|adresse postale|domicile|direccion|domicilio|indirizzo
    |residenza|endereco|morada|adres|woonplaats|adres zamieszkania|residence|place of residence|lives in
"""
_LABEL = "|".join(part.strip() for part in _LABELS.split("|"))
_VALUE = r"[^\n|•·;\t]{1,80}?(?=\s*(?:[\n|•·;\t]|\s{3}|$))"
# A label says so with a colon, or because it opens the line; only labels of several words may do without a colon.
_LABELLED = rf"(?<![^\W\d_])(?:{_LABEL})\s*(?:[:：]\s*\n?\s*|\s[-–—]\s){_VALUE}"
_OPENING = (
    r"(?:(?<=\n)|^)[^\S\n]*(?:date of birth|place of birth|geburtsdatum|geburtsort|date de naissance|fecha de nacimiento|data di nascita"
    r"|data de nascimento|geboortedatum|nationality|citizenship|staatsangehorigkeit|nationalitat|nationalite|nacionalidad|nazionalita"
    r"|nacionalidade|nationaliteit|marital status|familienstand|zivilstand|etat civil|situation familiale|estado civil|stato civile"
    rf"|burgerlijke staat)\s+{_VALUE}"
)
_DAY = (
    r"\d{1,2}(?:st|nd|rd|th|\.|er)?[\s./-]*(?:of |de )?(?:\d{1,2}|[^\W\d_]{3,10})[\s.,/-]*(?:de )?(?:19|20)\d\d"
    r"|(?:19|20)\d\d[-./]\d\d[-./]\d\d"
)
_BORN = (
    rf"(?<![^\W\d_])(?:born|geboren|geb\.?|nee?|nacid[oa]|nat[oa]|nascid[oa]|\*)\s*(?:on|am|le|el|il|em|op)?\s*(?:the )?"
    rf"(?:{_DAY}|(?:in )?19[4-9]\d(?!\d))"
    r"(?:[ ,]+(?:in|a|en|te) [^\W\d_]+)?"
)
_AGED = (
    r"(?<!\d)[1-9]\d[\s-]?(?:years?[\s-]old|y/?o(?![^\W\d_])|jahre alt"
    r"|ans(?=\s*(?:[\n|•·;,)]|$))|anos de edad|anni(?=\s*(?:[\n|•·;,)]|$))|jaar oud)"
    r"|(?<![^\W\d_])aged? [1-9]\d(?!\d)"
)
_PRONOUNS = (
    r"\(?(?<![^\W\d_])(?:she|he|they|ze|xe)\s?/\s?(?:her|him|them|hers|his|theirs|zir|xem)"
    r"(?:\s?/\s?(?:hers|his|theirs))?(?![^\W\d_])\)?"
)
# Words that mean something personal only where they stand alone between dividers.
_ALONE_WORDS = """
    male|female|man|woman|non-?binary|mannlich|weiblich|divers|homme|femme|masculino|femenino|hombre|mujer|maschio|femmina|masculin|feminin|man|vrouw
    |mr\\.?|mrs\\.?|ms\\.?|miss|mx\\.?|herr|frau|mme\\.?|mlle\\.?|monsieur|madame|sra?\\.?|sig\\.?(?:ra)?|dhr\\.?|mevr\\.?
    |married|single|divorced|widowed|engaged|verheiratet|ledig|geschieden|verwitwet|marie\\(?e?\\)?|celibataire|divorcee?|pacsee?|casad[oa]|solter[oa]
    |divorciad[oa]|sposat[oa]|celibe|nubile|gehuwd|ongehuwd|[^\\W\\d_]+ (?:citizen|national)|[^\\W\\d_]+e staatsangehorigkeit
    |nationalite [^\\W\\d_]+|(?:unmarried|verheiratet|married|mariee?|casad[oa]),? [^\\n|•·;\\t]{1,30}
"""
_ALONE = rf"(?:(?<=[\n|•·;,\t])|^)[^\S\n]*(?:{'|'.join(part.strip() for part in _ALONE_WORDS.split('|'))})[^\S\n]*(?=[\n|•·;,\t]|$)"
# Words of a street's name; in prose, numbers and "road" have these between them too.
_STREET_WORD = r"(?!(?:the|a|an|on|in|of|for|and|to|with|by|at|per)\b)[^\W\d_][\w.'’-]{0,30}"
_STREETS = (
    rf"(?<!\w)\d{{1,5}}[a-z]?(?:[-/]\d{{1,4}}[a-z]?)?,?[^\S\n]+(?:{_STREET_WORD}[^\S\n]+){{1,3}}"
    r"(?:street|str?|road|rd|avenue|ave?|lane|ln|drive|dr|way|court|ct|close|place|pl|square|sq|terrace|crescent|gardens|grove|boulevard|blvd"
    r"|highway|hwy|parkway|pkwy|circle|cir|row|mews)\b\.?",
    r"(?<!\w)[^\W\d_][\w.-]{0,30}(?:[^\S\n]?stra(?:ss|ß)e|str\.|weg|platz|allee|gasse|ring|damm|ufer|chaussee|steig|stieg"
    r"|straat|laan|plein|gracht|kade|singel|dreef|gatan|vagen|veien|gata|vej|gade|katu|tie)[^\S\n]+\d{1,4}[^\S\n]?[a-z]?(?![\w])",
    r"(?<!\w)\d{1,4}(?:[^\S\n]?(?:bis|ter))?,?[^\S\n]+(?:rue|avenue|boulevard|place|chemin|allee|impasse|quai|cours|square|route)"
    r"(?:[^\S\n]+[\w'’.-]{1,30}){1,6}",
    r"(?<!\w)(?:calle|c/|avda\.?|avenida|av\.|paseo|plaza|carrer|rua|via|viale|piazza|corso|largo|travessa|ul\.|ulica|al\.)"
    r"(?:[^\S\n]{0,2}[^\W\d_][\w.'’-]{0,30}){1,5},?[^\S\n]{0,2}(?:n[.º°o]?[^\S\n]{0,2})?\d{1,4}(?!\d)[a-z]?",
    r"(?<!\w)(?:p\.?[^\S\n]?o\.?[^\S\n]?box|postfach|apartado(?: de correos)?|apt\.?|apartment|flat|unit|suite)"
    r"[^\S\n]+#?\d{1,6}[a-z]?(?!\w)",
)
# After a street: floor, postcode, town, country; each short, and all there is up to the next divider.
_REST_OF_ADDRESS = (
    r"(?:\s{0,2},[^\S\n]{0,2}\w[\w.'’-]{0,30}(?:[^\S\n]\w[\w.'’-]{0,30}){0,3}(?=[^\S\n]*(?:[,\n|•·;\t]|$))){0,5}"
)
_ADDRESS = rf"(?:{'|'.join(_STREETS)}){_REST_OF_ADDRESS}"
# UK, Canada, Netherlands: postcodes that are like nothing else.
_POSTCODES = (
    r"(?<!\w)(?:[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}|[a-z]\d[a-z] \d[a-z]\d|[1-9]\d{3} [a-z]{2}(?=,? [^\W\d_]))(?!\w)"
)

LABEL_ALONE = re.compile(rf"\s*(?:{_LABEL})\s*[:：]?\s*")
PARTICULARS = tuple(
    re.compile(pattern) for pattern in (_LABELLED, _OPENING, _BORN, _AGED, _PRONOUNS, _ALONE, _ADDRESS, _POSTCODES)
)
