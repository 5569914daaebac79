"""AWS's worked cases and bills of API Gateway are met exactly, not nearly."""

from __future__ import annotations

from validation.api_gateway import BUCKET_CASES, rows


def test_what_aws_worked_out_is_met_exactly() -> None:
    exact = [row for row in rows() if row.claim.startswith(("Account throttle", "Bill"))]
    assert len(exact) > len(BUCKET_CASES)
    assert {(row.error, row.allowed) for row in exact} == {(0, 0)}
