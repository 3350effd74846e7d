"""Countries by name and code, and the regions that are printed without their country."""

# code: names, folded, the English one first
_COUNTRIES = """
ar:argentina|argentinien|argentine;at:austria|osterreich|autriche;au:australia|australien|australie;be:belgium
|belgien|belgique|belgica|belgie;
bd:bangladesh;bg:bulgaria|bulgarien|bulgarie;br:brazil|brasil|brasilien|bresil;by:belarus;ca:canada|kanada;
ch:switzerland|schweiz|suisse|suiza|svizzera;cl:chile|chili;cn:china|chine|people's republic of china|pr china;
co:colombia|kolumbien|colombie;cr:costa rica;
cy:cyprus|zypern;cz:czech republic|czechia|tschechien|republique tcheque|tschechische republik|cesko;de:germany
|deutschland|allemagne|alemania|germania;
dk:denmark|danemark|dinamarca|danmark;do:dominican republic;dz:algeria|algerie;ec:ecuador;ee:estonia|estland|estonie;
eg:egypt|agypten|egypte|egipto;
es:spain|spanien|espagne|espana|spagna;et:ethiopia;fi:finland|finnland|finlande|suomi;fr:france|frankreich|francia
|frankrijk;
gb:united kingdom|uk|great britain|england|scotland|wales|northern ireland|grossbritannien|vereinigtes konigreich
|royaume-uni|reino unido|u.k.;
ge:georgia;gh:ghana;gr:greece|griechenland|grece|grecia;hk:hong kong|hongkong;hr:croatia|kroatien|croatie|hrvatska;
hu:hungary|ungarn|hongrie|hungria|magyarorszag;
id:indonesia|indonesien;ie:ireland|irland|irlande|irlanda;il:israel;in:india|indien|inde;iq:iraq;ir:iran;is:iceland
|island|islande;it:italy|italien|italie|italia;
jm:jamaica;jo:jordan;jp:japan|japon;ke:kenya|kenia;kr:south korea|korea|sudkorea|coree du sud|corea del sur
|republic of korea;kw:kuwait;kz:kazakhstan;lb:lebanon|libanon|liban;
lk:sri lanka;lt:lithuania|litauen|lituanie;lu:luxembourg|luxemburg|luxemburgo;lv:latvia|lettland|lettonie;ma:morocco
|marokko|maroc|marruecos;md:moldova;mt:malta;
mx:mexico|mexiko|mexique;my:malaysia;ng:nigeria;nl:netherlands|the netherlands|niederlande|pays-bas|paises bajos
|nederland|holland;no:norway|norwegen|norvege|noruega|norge;
np:nepal;nz:new zealand|neuseeland|nouvelle-zelande|nueva zelanda|aotearoa;pa:panama;pe:peru|perou;ph:philippines
|philippinen;pk:pakistan;
pl:poland|polen|pologne|polonia|polska;pt:portugal;py:paraguay;qa:qatar|katar;ro:romania|rumanien|roumanie|rumania;
rs:serbia|serbien|serbie;
ru:russia|russland|russie|rusia|russian federation;rw:rwanda;sa:saudi arabia|saudi-arabien;se:sweden|schweden|suede
|suecia|sverige;sg:singapore|singapur|singapour;
si:slovenia|slowenien|slovenie;sk:slovakia|slowakei|slovaquie;sn:senegal;th:thailand|thailande|tailandia;tn:tunisia
|tunesien|tunisie;tr:turkey|turkei|turquie|turquia|turkiye;
tw:taiwan;tz:tanzania;ua:ukraine|ucrania;ug:uganda;ae:united arab emirates|uae|vereinigte arabische emirate
|emirats arabes unis;
us:united states|usa|united states of america|u.s.a.|u.s.|vereinigte staaten|etats-unis|estados unidos|stati uniti;
uy:uruguay;uz:uzbekistan;ve:venezuela;
vn:vietnam|viet nam;za:south africa|sudafrika|afrique du sud|sudafrica;zm:zambia;zw:zimbabwe;cm:cameroon|cameroun;
ci:ivory coast|cote d'ivoire;cu:cuba;bo:bolivia;
ru:россия;ua:украина|україна;by:беларусь;kz:казахстан;bg:българия;gr:ελλαδα;rs:србија;jp:日本;cn:中国;kr:대한민국;il:ישראל
"""  # fmt: skip
COUNTRY_OF = {
    name: code.upper()
    for entry in _COUNTRIES.replace("\n", "").split(";")
    for code, names in [entry.split(":")]
    for name in names.split("|")
}
COUNTRY_CODES = frozenset(COUNTRY_OF.values())

_REGIONS = """
US:alabama|al;US:alaska|ak;US:arizona|az;US:arkansas|ar;US:california|ca;US:colorado|co;US:connecticut|ct;US:delaware
|de;US:florida|fl;US:georgia|ga;US:hawaii|hi;
US:idaho|id;US:illinois|il;US:indiana|in;US:iowa|ia;US:kansas|ks;US:kentucky|ky;US:louisiana|la;US:maine|me;
US:maryland|md;US:massachusetts|ma;US:michigan|mi;
US:minnesota|mn;US:mississippi|ms;US:missouri|mo;US:montana|mt;US:nebraska|ne;US:nevada|nv;US:new hampshire|nh;
US:new jersey|nj;US:new mexico|nm;US:new york|ny;
US:north carolina|nc;US:north dakota|nd;US:ohio|oh;US:oklahoma|ok;US:oregon|or;US:pennsylvania|pa;US:rhode island|ri;
US:south carolina|sc;US:south dakota|sd;
US:tennessee|tn;US:texas|tx;US:utah|ut;US:vermont|vt;US:virginia|va;US:washington|wa;US:west virginia|wv;US:wisconsin
|wi;US:wyoming|wy;US:district of columbia|dc;
CA:ontario|on;CA:quebec|qc;CA:british columbia|bc;CA:alberta|ab;CA:manitoba|mb;CA:saskatchewan|sk;CA:nova scotia|ns;
CA:new brunswick|nb;
CA:newfoundland and labrador|nl;CA:prince edward island|pe;AU:new south wales|nsw;AU:victoria|vic;AU:queensland|qld;
AU:western australia;AU:south australia;
AU:tasmania|tas;AU:australian capital territory|act;AU:northern territory|nt;
DE:bayern|bavaria;DE:baden-wurttemberg;DE:hessen|hesse;DE:nordrhein-westfalen|nrw;DE:niedersachsen;DE:sachsen|saxony;
DE:thuringen;DE:rheinland-pfalz;DE:saarland;
DE:schleswig-holstein;DE:brandenburg;DE:sachsen-anhalt;DE:mecklenburg-vorpommern;AT:tirol|tyrol;AT:steiermark;
AT:karnten;AT:oberosterreich;
FR:ile-de-france;FR:bretagne;FR:normandie;FR:occitanie;FR:nouvelle-aquitaine;FR:provence-alpes-cote d'azur|paca;
FR:auvergne-rhone-alpes;FR:grand est;FR:hauts-de-france;
FR:pays de la loire;ES:cataluna|catalonia|catalunya;ES:andalucia|andalusia;ES:comunidad de madrid;
ES:comunidad valenciana;ES:galicia;ES:pais vasco|euskadi;
ES:castilla y leon;ES:aragon;ES:asturias;ES:murcia;IT:lombardia|lombardy;IT:lazio;IT:toscana|tuscany;IT:piemonte
|piedmont;IT:veneto;IT:emilia-romagna;IT:campania;
IT:sicilia|sicily;IN:maharashtra;IN:karnataka;IN:tamil nadu;IN:telangana;IN:kerala;IN:gujarat;IN:west bengal;
IN:uttar pradesh;IN:rajasthan;IN:punjab;IN:haryana;
IN:andhra pradesh;IN:madhya pradesh;IN:bihar;IN:odisha;IN:goa;IN:assam;GB:greater london;GB:west midlands;GB:greater
manchester;GB:west yorkshire;GB:kent;GB:surrey;
GB:essex;GB:hampshire;GB:oxfordshire;GB:cambridgeshire;GB:norfolk;GB:devon;GB:cornwall;GB:merseyside;IE:leinster;IE:munster;IE:connacht;IE:ulster;
ZA:gauteng;ZA:western cape;ZA:kwazulu-natal;ZA:eastern cape;CH:vaud;CH:zurich;CH:bern;CH:geneve;CH:ticino;
BR:sao paulo|sp;BR:rio de janeiro|rj;BR:minas gerais|mg;
MX:jalisco;MX:nuevo leon;MX:cdmx;NZ:auckland;NZ:canterbury;CN:guangdong;CN:zhejiang;CN:jiangsu;CN:sichuan;CN:shandong;
NL:noord-holland|north holland;NL:zuid-holland|south holland;
NL:utrecht;NL:noord-brabant|north brabant;NL:gelderland;NL:limburg;NL:groningen;JP:hokkaido;JP:kanagawa;
PL:mazowieckie;PL:malopolskie
"""  # fmt: skip
REGION_OF = {
    name: code
    for entry in _REGIONS.replace("\n", "").split(";")
    for code, names in [entry.split(":")]
    for name in names.split("|")
}
