"""Words of which benchmarks.linkage.figures makes its people."""

from random import Random

from benchmarks.linkage import historical_words
from benchmarks.linkage.historical_words import listed

GIVEN, SOUNDS = historical_words.GIVEN, historical_words.SOUNDS
_OF = ("sports", "film", "military", "church", "court", "travel")
JOBS = [*historical_words.JOBS, *(f"{of} {job}" for of in _OF for job in historical_words.JOBS)]
COMMON = listed(
    "smith jones williams brown taylor davies wilson evans thomas johnson roberts walker wright robinson thompson",
    "white hughes edwards green hall wood harris lewis martin jackson clarke clark turner hill scott cooper",
    "morris ward moore king watson baker harrison morgan patel young allen mitchell james anderson phillips lee",
    "bell parker davis bennett miller cook shaw cox campbell stewart murray macdonald fraser grant hamilton",
    "graham gordon douglas",
)
FORMS = {
    **historical_words.NICKNAMES,
    **{n: (k, *more) for k, (n, *more) in historical_words.NICKNAMES.items()},
    "smith": ("smyth", "smythe"), "clark": ("clarke",), "clarke": ("clark",), "stewart": ("stuart",),
    "thompson": ("thomson",), "davies": ("davis",), "davis": ("davies",), "phillips": ("philips",),
    "macdonald": ("mcdonald",), "morris": ("maurice",), "taylor": ("tayler",), "brown": ("browne",),
    "green": ("greene",), "cook": ("cooke",), "moore": ("more",), "allen": ("allan", "alan"),
}  # fmt: skip
HEREDITARY = ("%s baronet", "%s baronet", "%s baron +", "%s baron +", "%s baron +", "%s earl of +", "%s viscount +",
              "%s marquess of +", "%s duke of +")  # fmt: skip
STYLES = ("lord +", "lady +", "mrs +", "captain +", "dr +", "professor +", "+ the elder", "+ the younger", "major +",
          "rev +")  # fmt: skip
COUNTRIES = ("england", "scotland", "wales", "ireland", "united kingdom", "british raj")
AREAS = listed(
    "ab al b ba bb bd bh bl bn br bs ca cb cf ch cm co cr ct cv da dd de dh dl dn dt dy e ec eh en ex fk fy g gl",
    "gu ha hd hg hp hr hu hx ig ip iv ka kt kw ky l la ld le ll ln ls lu m me mk ml n ne ng nn np nr nw",
)
_ONE = listed(
    "ash bal bar bed birk black brad brom bur cal car chat clif col craw dal dar den drum el fair far fen gar",
    "glen had hal har hart hazel hol hum ingle kel ken kin kirk lam lang law lin lock mal mar mel mid mon mor nor",
    "oak pat pen pres rad ral rams red rid ros rut sal san sel shel skel stan stap sun sut tal tem thorn tol tre",
    "tun wal war wat wen whit wil win wol wood wyn york",
)
_TWO = listed(
    "bourne bridge brook bury by combe cote cott croft dale den don ell ely ening er ers field ford gate grave",
    "ham head hill hurst ing ington ison kin land ler ley low man mere mond more ness ock over pole ridge row",
    "sell shaw son stead ster stock stone thorpe ton wall ward well wick win wood worth wright wyn",
)
SURNAMES = [a + b for a in _ONE for b in _TWO]
_PLACES = listed(
    "minster mouth market heath green cross port abbey haven thwaite stoke chester burgh park vale hill bridge",
    "street end common",
)
_SOUNDS = listed(
    "al be ca da el fa ga ha il jo ka la ma na ol pa ra sa ta ul va wa xa ya za bri cle dru fre gwe kri pri ste",
    "tri",
)
_TAILS = listed(
    "ba bert da dan ette fred ga ia ias ine iah la land leen lia lin lyn mina mond na nard no ra ric rick sa sha",
    "son ta thel tin us van vin ward win",
)


def places(random: Random, many: int) -> list[str]:
    """`many` places."""
    every = [f"{a}{b}{gap}{c}" for a in _ONE for b in ("", "er", "le") for c in _PLACES for gap in ("", "", "", " ")]
    return random.sample(every, many)


def rare(random: Random, many: int) -> list[str]:
    """`many` uncommon first names."""
    return random.sample([a + b for a in _SOUNDS for b in _TAILS], many)


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th..."""
    ends = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{ends.get(number % 10, 'th') if number % 100 // 10 != 1 else 'th'}"
