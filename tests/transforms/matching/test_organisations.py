"""Organisations by their code, and by name where the name is one code's alone."""

import pyarrow as pa

from transforms.matching.organisations import core_name, link_organisations

CODE, OTHER = "91990101MA00000001", "91990101MA00000002"


def linked(*rows: tuple[str | None, str | None]) -> list[tuple[int, str]]:
    table = pa.table(
        {
            "feed": ["f"] * len(rows),
            "record_key": [str(i) for i in range(len(rows))],
            "role": ["x"] * len(rows),
            "name": pa.array([n for n, _ in rows], pa.string()),
            "credit_code": pa.array([c for _, c in rows], pa.string()),
        }
    )
    found = link_organisations(table)
    return list(zip(found["cluster"].to_pylist(), found["method"].to_pylist(), strict=True))


def test_legal_form_and_punctuation_are_set_aside() -> None:
    assert core_name("石坑（北渡）陶瓷有限责任公司") == core_name("石坑北渡陶瓷公司") == "石坑北渡陶瓷"
    assert core_name("（）") is None


def test_a_name_without_a_code_goes_to_the_one_code_it_is_known_with() -> None:
    (one, by_code), (two, by_name) = linked(("石坑陶瓷有限公司", CODE), ("石坑陶瓷公司", None))
    assert (one == two, by_code, by_name) == (True, "code", "name")


def test_a_name_of_two_codes_is_neither() -> None:
    found = linked(("石坑陶瓷有限公司", CODE), ("石坑陶瓷公司", OTHER), ("石坑陶瓷", None))
    assert len({cluster for cluster, _ in found}) == 3


def test_mentions_without_name_and_code_stay_apart() -> None:
    found = linked((None, None), (None, None))
    assert [method for _, method in found] == ["alone", "alone"]
    assert found[0][0] != found[1][0]
