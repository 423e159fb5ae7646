"""The one shape of a mention: a person or organisation named in a record, whatever feed it came from.

``identifiers.<feed>`` has these columns for every feed, so the linker reads twenty tables as one. A mention is
identified by (feed, record_key, role).
"""

# column -> arrow type name; the order is the order in Parquet and in PostgreSQL
MENTION: dict[str, str] = {
    "record_key": "string",
    "role": "string",
    "entity": "string",  # person | organisation
    "name": "string",  # cleaned for display and matching; never converted between scripts
    "name_raw": "string",  # as delivered
    "sex": "string",  # GB/T 2261.1: 1 male, 2 female, null unknown
    "born_on": "date32",  # first day of the known period when precision is month or year
    "born_precision": "string",  # day | month | year
    "id_number": "string",  # 18 characters when valid or repaired; as cleaned when invalid; with * when masked
    "id_status": "string",  # valid | repaired | masked | invalid | missing
    "phone": "string",  # 11 digits of a mobile, or digits of a landline
    "credit_code": "string",
    "household": "string",
    "relation": "string",  # GB/T 4761 code to the head of household
    "address": "string",  # as delivered, spaces folded
    "town": "string",  # township, street office or town: 涌泉镇
    "village": "string",  # 大田 (村, 村委会 dropped)
    "village_group": "string",  # 3 (of 3组, 第3村民小组)
    "road": "string",
    "road_no": "string",
    "compound": "string",  # housing estate: 锦绣家园
    "building": "string",
    "unit": "string",
    "room": "string",
    "house_no": "string",  # number within a village group
    "address_key": "string",  # canonical place: equal for two spellings of one door; null when it does not reach a door
    "kin": "string",  # JSON list of [role, relation], from the contract
}

KEY: tuple[str, ...] = ("record_key", "role")
