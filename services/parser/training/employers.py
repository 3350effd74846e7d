"""How employers are named, for examples: patterns over towns, surnames and words."""

# What an organisation calls itself by, in several languages; a noun of trade or kind.
CORES = tuple(
    """
    Hospital|Clinic|Health|Medical Center|Care|Dental|Pharmacy|Bank|Capital|Partners|Insurance|Advisors|Ventures|Holdings|Group|Industries|Works|Logistics|Freight|Shipping|Airlines|Railways|Motors|
    Automotive|Energy|Power|Solar|Oil & Gas|Mining|Steel|Chemicals|Pharma|Biotech|Labs|Laboratories|Sciences|Research|Institute|Foundation|Trust|Council|County|School District|Police Department|
    Fire Department|Public Library|Museum|Theatre|Orchestra|Studios|Studio|Films|Media|Press|Publishing|Times|Post|Broadcasting|Radio|Games|Software|Systems|Technologies|Tech|Data|Analytics|Cloud|AI|
    Robotics|Security|Networks|Telecom|Wireless|Digital|Interactive|Design|Architects|Engineering|Construction|Builders|Homes|Properties|Realty|Estates|Foods|Bakery|Coffee|Kitchen|Bistro|Restaurant|
    Brewery|Hotel|Resort|Travel|Tours|Events|Fitness|Sports|Fashion|Apparel|Textiles|Jewelry|Cosmetics|Furniture|Retail|Stores|Supermarket|Markets|Trading|Imports|Farms|Nurseries|Landscaping|Cleaning|
    Services|Solutions|Consulting|Staffing|Recruitment|Law|Legal|Accounting|Tax|Auditing|Learning|Education|Academy|Tutoring|Kindergarten|Church|Charity|Relief|Alliance|Association|Federation|Union|
    Society|Commission|Ministry|Authority|Agency|Bureau|Cooperative|Collective|Outfitters|Provisions|Packaging|Plastics|Optics|Instruments|Electronics|Semiconductors|Aerospace|Defense|Marine|Water|
    Krankenhaus|Klinikum|Stadtwerke|Sparkasse|Versicherung|Verlag|Werke|Bau|Technik|Handel|Spedition|Autohaus|Bäckerei|Apotheke|Praxis|Kanzlei|Stiftung|Verein|Hôpital|Mairie|Banque|Assurances|Conseil|
    Éditions|Transports|Boulangerie|Pharmacie|Cabinet|Clinique|Restaurant|Hospital|Clínica|Ayuntamiento|Banco|Seguros|Editorial|Transportes|Panadería|Farmacia|Despacho|Constructora|Hotel|Ospedale|Comune|
    Banca|Assicurazioni|Edizioni|Trasporti|Studio|Officine|Prefeitura|Construtora|Gemeente|Ziekenhuis|Bouw|Szpital|Urząd
    """.replace("\n", "").split("|")
)
CORES = tuple(core.strip() for core in CORES if core.strip())
SUFFIXES = ("Inc.", "LLC", "Ltd", "Ltd.", "Limited", "GmbH", "AG", "S.A.", "SAS", "SARL", "S.L.", "S.r.l.", "S.p.A.", "B.V.", "N.V.", "Sp. z o.o.", "AB", "Oy", "ApS", "plc", "Pvt. Ltd.", "Pty Ltd", "& Co.", "GmbH & Co. KG", "Corp.", "Co.", "Lda", "Ltda.", "KG", "e.V.", "LLP")  # fmt: skip
PATTERNS = (
    "{blend}", "{blend}", "{blend}", "{camel}", "{camel}", "{word}", "{word}", "{word} {core}", "{word} {core}", "{blend} {core}", "{word} & {core}", "{word} and {other}",
    "{surname}", "{surname} {core}", "{surname} {core}", "{surname} & {other}", "{surname}, {other} & {core}", "{surname} und Söhne", "{surname} Brothers", "{surname} & Sons", "{surname}'s", "Maison {surname}", "Grupo {surname}",
    "{town} {core}", "{town} {core}", "{town} General Hospital", "{town} City Council", "City of {town}", "Stadt {town}", "Ville de {town}", "Ayuntamiento de {town}", "Comune di {town}", "University Hospital {town}", "Klinikum {town}",
    "CHU de {town}", "{town} Public Schools", "St. {surname} {core}", "{core} {town}", "{core} {surname}", "Restaurant {surname}", "Hotel {word}", "The {word} {core}", "The {word} Company", "{word} {word}", "Blue {word} {core}",
    "Royal {word} {core}", "National {word} {core}", "{town} {word} {core}", "United {word}", "Deutsche {word}", "{word}.io", "{blend}.ai", "{core} for {word}", "Friends of the {word}", "U.S. Department of {word}", "Ministry of {word}",
)  # fmt: skip
