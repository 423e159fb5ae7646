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
