"""Words of which benchmarks.linkage.historical makes its people."""

from random import Random


def listed(*lines: str) -> list[str]:
    """The words of `lines`."""
    return " ".join(lines).split()


GIVEN = {
    "male": listed(
        "john william thomas james george henry charles robert edward richard joseph samuel david alexander",
        "francis frederick arthur walter alfred albert daniel peter andrew philip stephen benjamin hugh edmund",
        "michael patrick ernest harold herbert matthew nicholas ralph anthony roger gilbert isaac jonathan simon",
        "christopher leonard lawrence theodore augustus reginald percy cecil horace edwin oliver nathaniel abraham",
        "jacob joshua laurence humphrey godfrey basil maurice sidney rupert lionel clement ambrose archibald",
        "duncan malcolm kenneth donald gerald geoffrey denis martin vincent eugene felix silas jasper tobias",
        "barnaby cuthbert lancelot",
    ),
    "female": listed(
        "mary elizabeth anne margaret jane sarah catherine alice frances charlotte emily caroline harriet eleanor",
        "helen dorothy martha susan ellen isabella louisa edith florence agnes emma maria julia lucy rebecca ruth",
        "hannah georgiana henrietta matilda amelia augusta rose constance beatrice winifred ethel mabel marion",
        "barbara judith rachel violet phyllis sophia theresa adelaide gertrude millicent lavinia rosamund cordelia",
    ),
}
NICKNAMES = {
    "john": ("jack", "jon", "johnny"), "william": ("will", "bill", "wm", "billy"), "thomas": ("tom", "thos", "tommy"),
    "james": ("jim", "jas", "jamie"), "george": ("geo", "georgie"), "henry": ("harry", "hal", "hy"),
    "charles": ("charlie", "chas", "chuck"), "robert": ("bob", "rob", "robt", "bert"), "edward": ("ted", "ned", "edw"),
    "richard": ("dick", "rick", "rich"), "joseph": ("joe", "jos"), "samuel": ("sam", "saml"), "david": ("dave", "davy"),
    "alexander": ("alec", "alex", "sandy"), "francis": ("frank", "fras"), "frederick": ("fred", "freddie"),
    "walter": ("wat", "walt"), "alfred": ("alf", "fred"), "albert": ("bert", "al"), "daniel": ("dan", "danl"),
    "andrew": ("andy", "drew"), "philip": ("phil", "pip"), "stephen": ("steve",), "benjamin": ("ben", "benj"),
    "edmund": ("ned", "ed"), "michael": ("mick", "mike"), "patrick": ("pat", "paddy"), "matthew": ("matt",),
    "nicholas": ("nick",), "anthony": ("tony",), "christopher": ("kit", "chris"), "leonard": ("len",),
    "lawrence": ("larry",), "theodore": ("ted", "theo"), "reginald": ("reg", "rex"), "archibald": ("archie",),
    "mary": ("polly", "molly", "may"), "elizabeth": ("eliza", "betty", "bess", "lizzie"), "anne": ("nancy", "annie"),
    "margaret": ("peggy", "maggie", "meg", "daisy"), "sarah": ("sally", "sadie"), "catherine": ("kate", "kitty"),
    "frances": ("fanny",), "charlotte": ("lottie",), "caroline": ("carrie",), "harriet": ("hattie",),
    "eleanor": ("nell", "nora"), "helen": ("nellie",), "dorothy": ("dolly", "dot"), "martha": ("patty", "mattie"),
    "susan": ("sukey", "sue"), "isabella": ("bella",), "florence": ("flo",), "henrietta": ("etta", "hetty"),
    "matilda": ("tilly", "maud"), "amelia": ("millie",), "beatrice": ("trixie", "bea"), "winifred": ("win",),
}  # fmt: skip
TITLES = ("sir", "1st baron of", "2nd baron of", "1st earl of", "3rd earl of", "2nd viscount of", "baronet",
          "the younger", "the elder", "jr", "rev", "dame", "lord")  # fmt: skip
JOBS = (
    "politician", "writer", "painter", "military officer", "actor", "cricketer", "composer", "lawyer", "botanist",
    "physician", "poet", "architect", "journalist", "engineer", "missionary", "clergyman", "historian", "chemist",
    "singer", "novelist", "footballer", "naval officer", "judge", "mathematician", "photographer", "diplomat",
    "sculptor", "translator", "explorer", "economist", "banker", "astronomer", "geologist", "philosopher", "playwright",
    "bishop", "surgeon", "merchant", "engraver", "publisher", "gardener", "naturalist", "illustrator", "inventor",
    "teacher", "librarian", "printer", "zoologist", "rower", "trade unionist", "suffragette", "antiquarian",
)  # fmt: skip
SOUNDS = (("ph", "f"), ("y", "i"), ("ie", "y"), ("ck", "k"), ("tt", "t"), ("ll", "l"), ("ough", "o"), ("ea", "ee"),
          ("c", "k"), ("th", "t"), ("ow", "au"), ("e", ""), ("ss", "s"), ("mb", "m"), ("gh", ""),
          ("s", "z"))  # fmt: skip
_STARTS = listed(
    "ash bar beck ben black bod brad bram bur cal car cold col cran crow dal dar den dun east el fair fen fer",
    "fin gar gil glen gran green had hal ham har hart hol hor hunt ken kin kirk lang lin lock mar mel mid mor",
    "nor oak pem pen pres rad red rock ros row sal sed shel sher stan sut swin thorn tre wal war wed wes wil",
    "win wood wy yar",
)
_ENDS = listed(
    "ford ley ton ham worth wick field by den don well wood man son croft more stone bridge shaw ridge land",
    "ster gate brook cott hurst mere low ing combe bury",
)
_PLACE = listed(
    "minster mouth market heath green cross port abbey haven stead thwaite stoke chester burgh dale ness",
)


def _drawn(random: Random, starts: list[str], ends: list[str], many: int) -> list[str]:
    every = [a + b for a in starts for b in ends]
    return random.sample(every, min(many, len(every)))


def surnames(random: Random, many: int) -> list[str]:
    """`many` surnames, the commonest first."""
    return _drawn(random, _STARTS, _ENDS, many)


def towns(random: Random, many: int) -> list[str]:
    """`many` places, the largest first."""
    return _drawn(random, [s + x for s in _STARTS for x in ("", "er", "le")], _PLACE, many)


def counties(random: Random, many: int) -> list[str]:
    """`many` counties."""
    return _drawn(random, _STARTS, ["shire"], many)
