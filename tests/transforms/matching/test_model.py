"""The model is a document: what is written can be read, and what is wrong is said."""

import json

import pytest

from contracts.errors import Stop
from transforms.matching.model import FIELDS, LEVELS, Model, shipped


def test_what_is_written_is_read_back() -> None:
    model = shipped()
    assert Model.from_json(model.to_json()) == model
    assert model.to_json() == Model.from_json(model.to_json()).to_json()


def test_the_shipped_model_knows_every_level_and_rates_the_best_above_the_worst() -> None:
    model = shipped()
    for field in FIELDS:
        assert len(model.m[field]) == len(model.f[field]) == len(model.u[field]) == len(LEVELS[field])
        assert model.m[field][-1] / model.u[field][-1] > 1 > model.m[field][1] / model.u[field][1]


def test_in_a_family_the_home_is_shared_and_the_given_name_is_not() -> None:
    model = shipped()
    door, exact = LEVELS["place"].index("door"), LEVELS["name"].index("exact")
    assert model.m["place"][door] / model.f["place"][door] < 2
    assert model.m["name"][exact] / model.f["name"][exact] > 500


@pytest.mark.parametrize("damage", ["level", "probability"])
def test_a_document_that_lacks_something_is_refused_with_the_name_of_it(damage: str) -> None:
    document = json.loads(shipped().to_json())
    if damage == "level":
        del document["levels_m_f_u"]["phone"]["typo"]
    else:
        document["levels_m_f_u"]["phone"]["typo"][0] = 0
    with pytest.raises(Stop, match="phone"):
        Model.from_json(json.dumps(document))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "no JSON"),
        ('{"version": "x", "levels_m_f_u": {', "no JSON"),
        ("[1, 2]", "levels_m_f_u"),
        ('{"engine": "another", "fields": {}}', "levels_m_f_u"),
        ('{"levels_m_f_u": {}}', "version"),
        ('{"version": "person-1", "levels_m_f_u": {"name": []}}', "name"),
    ],
)
def test_a_foreign_or_broken_document_is_refused_with_what_to_do(text: str, what: str) -> None:
    with pytest.raises(Stop, match=what) as refused:
        Model.from_json(text)
    assert "train" in str(refused.value)


@pytest.mark.parametrize(("part", "value"), [("coverage", "0.9"), ("family", None), ("covers", [0.9]), ("ages", 3)])
def test_what_a_source_is_like_has_to_be_a_number_or_a_table(part: str, value: object) -> None:
    document = json.loads(shipped().to_json()) | {part: value}
    with pytest.raises(Stop, match=part):
        Model.from_json(json.dumps(document))


@pytest.mark.parametrize("row", [[0.1, 0.2], [0.1, 0.2, "0.3"], [0.1, 0.2, 1.5], {"m": 0.1}, None])
def test_a_level_needs_its_three_probabilities(row: object) -> None:
    document = json.loads(shipped().to_json())
    document["levels_m_f_u"]["sex"]["same"] = row
    with pytest.raises(Stop, match="sex"):
        Model.from_json(json.dumps(document))
