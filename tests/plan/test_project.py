"""What does a project refuse that no plan can be made for?"""

from __future__ import annotations

import pytest

from wattloom.domain.weather import Place
from wattloom.plan.project import Connection, Finance, Project, Study


def test_a_loan_ends_within_the_life_of_the_project() -> None:
    assert Finance(debt_years=25, life_years=25).problems() == []
    assert Finance(debt_years=26, life_years=25, debt_share=0.0).problems() == []
    ((key, found, expected, _),) = Finance(debt_years=26, life_years=25).problems()

    assert (key, found, expected) == (
        "debt_years",
        "26 years of repayment in 25 years of operation",
        "at most 25",
    )


@pytest.mark.parametrize(
    ("study", "key", "found"),
    [
        (Study(project_years=(0, 5)), "project_years", "year 0"),
        (Study(project_years=(1, 5, 5)), "project_years", "a year twice"),
        (Study(load_sweep_mw=(10.0, 0.0)), "load_sweep_mw", "0 MW"),
    ],
)
def test_a_study_of_nothing_is_refused(study: Study, key: str, found: str) -> None:
    assert [fault[:2] for fault in study.problems()] == [(key, found)]
    assert Study().problems() == []


def test_a_year_past_the_life_is_refused_where_the_user_asks_for_it() -> None:
    def project(study: Study) -> Project:
        return Project(
            name="short",
            site=Place(latitude_deg=40.0, longitude_deg=115.0, altitude_m=0.0, time_zone="Asia/Shanghai"),
            connection=Connection(territory="jibei", voltage_kv=35.0),
            assets={},
            finance=Finance(life_years=12, debt_years=10),
            study=study,
        )

    assert project(Study()).problems() == []
    assert [fault[:2] for fault in project(Study(project_years=(1, 12, 13))).problems()] == [
        ("study.project_years", "year 13 of operation")
    ]
