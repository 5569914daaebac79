"""What people measured of Lambda, and what AWS bills, against what the simulator says."""

from __future__ import annotations

from validation import duration_by_memory, lambda_prices


def test_bills_are_exact_but_for_a_cent_where_the_page_rounded_a_price() -> None:
    inexact = [row for row in lambda_prices.rows() if row.error]
    assert [(row.claim, row.error) for row in inexact] == [
        ("Bill: 3 million requests of 1 s with 512 MB in 2020, lambda.duration.x86_64", 0.01)
    ]


def test_functions_that_compute_are_predicted_within_two_per_cent_from_one_size() -> None:
    errors = {row.claim[:2]: row.error for row in duration_by_memory.rows() if "mean error" in row.claim}
    assert all(errors[function] < 2 for function in ("f2", "f3", "f5", "f6"))
