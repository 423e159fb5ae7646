import pytest

from transforms.clean.codes import marital_code, relation_code, sex_code


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("男", "1"),
        ("M", "1"),
        ("1", "1"),
        (" 1", "1"),
        ("男性", "1"),
        ("１", "1"),
        ("女", "2"),
        ("f", "2"),
        ("2", "2"),
        ("女 ", "2"),
    ],
)
def test_sex(raw: str, code: str) -> None:
    assert sex_code(raw) == (code, None)


@pytest.mark.parametrize("raw", [None, "", "0", "9", "未知", "不详"])
def test_sex_unsaid(raw: str | None) -> None:
    assert sex_code(raw) == (None, None)


def test_sex_that_means_nothing() -> None:
    assert sex_code("3") == (None, "sex_unknown")
    assert sex_code("男女") == (None, "sex_unknown")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("未婚", "10"),
        ("已婚", "20"),
        ("初婚", "21"),
        ("再婚", "22"),
        ("丧偶", "30"),
        ("离异", "40"),
        ("离婚", "40"),
        ("20", "20"),
    ],
)
def test_marital_status(raw: str, code: str) -> None:
    assert marital_code(raw) == (code, None)


def test_marital_status_unknown_is_90_and_pointed_at() -> None:
    assert marital_code("同居") == ("90", "code_unknown")
    assert marital_code("未说明") == ("90", None)
    assert marital_code("") == (None, None)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("户主", "02"),
        ("02", "02"),
        ("配偶", "10"),
        ("夫", "11"),
        ("之妻", "12"),
        ("子", "20"),
        ("长子", "22"),
        ("女婿", "28"),
    ]
    + [
        ("女", "30"),
        ("次女", "33"),
        ("儿媳", "38"),
        ("孙子", "41"),
        ("外孙女", "44"),
        ("父", "51"),
        ("母", "52"),
        ("岳母", "56"),
    ]
    + [("祖母", "62"), ("弟", "73"), ("非亲属", "99"), ("户主之子", "20"), ("户 主", "02"), ("2030", "2030")],
)
def test_relation_to_the_head(raw: str, code: str) -> None:
    assert relation_code(raw) == (code, None)


def test_codes_of_the_edition_of_1984_count_as_the_nearest() -> None:
    assert relation_code("03") == ("02", None)
    assert relation_code("98") == ("99", None)


def test_relation_unknown_or_unsaid() -> None:
    assert relation_code("邻居") == (None, "code_unknown")
    assert relation_code("77777") == (None, "code_unknown")
    assert relation_code("无") == (None, None)
