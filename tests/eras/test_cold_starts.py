from itertools import pairwise
from typing import Any

import pytest
from pydantic import TypeAdapter

from simulator.eras.cold_starts import cold_start, runtimes
from simulator.eras.document import document
from simulator.values.distributions import Distribution
from simulator.values.units import parse_duration

MEASURED = [
    (runtime, *combination.split())
    for runtime, rows in document("simulator.eras", "cold_starts.yaml")["runtimes"].items()
    for combination in rows
    if combination != "date"
]
distribution: TypeAdapter[Any] = TypeAdapter(Distribution)


@pytest.mark.parametrize(("runtime", "architecture", "package"), MEASURED)
def test_every_profile_is_a_distribution_of_a_scenario(runtime: str, architecture: str, package: str) -> None:
    start = cold_start(runtime, architecture, package)
    quantiles = [parse_duration(text) for text in start.init["quantiles"].values()]
    assert all(low < high for low, high in pairwise(quantiles))
    assert distribution.validate_python(start.init).quantile(0.5) > 0.01
    assert parse_duration(start.first_run) > 0
    assert start.samples >= 780
    assert all((start.source, start.date))


def test_the_median_of_a_profile_is_the_measured_one() -> None:
    init = distribution.validate_python(cold_start("python3.13").init)
    assert init.quantile(0.5) == pytest.approx(0.1059)


def test_arm_starts_node_and_python_faster_than_x86() -> None:
    for runtime in ("nodejs22", "nodejs24", "python3.12", "python3.13"):
        x86, arm = (
            distribution.validate_python(cold_start(runtime, architecture).init)
            for architecture in ("x86_64", "arm64")
        )
        assert arm.quantile(0.5) < x86.quantile(0.5)


def test_an_image_starts_a_managed_runtime_slower_than_a_zip() -> None:
    for runtime in ("nodejs22", "python3.13", "java21", "dotnet8", "ruby3.4"):
        package, image = (
            distribution.validate_python(cold_start(runtime, package=package).init)
            for package in ("zip", "image")
        )
        assert package.quantile(0.9) < image.quantile(0.9)


def test_awss_full_name_of_a_runtime_is_understood() -> None:
    assert cold_start("nodejs22.x") == cold_start("nodejs22")
    assert cold_start("go1.x").runtime == "go1.x"


def test_the_runtimes_of_both_eras_are_there() -> None:
    assert {"nodejs24", "java25", "dotnet10", "rust"} | {"python3.7", "java8", "nodejs12"} <= set(runtimes())


def test_an_unknown_runtime_names_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"no cold starts of runtime 'nodejs23'; did you mean 'nodejs"):
        cold_start("nodejs23")
    with pytest.raises(ValueError, match=r"'cobol'; write 'dotnet10' or 'dotnet8' or "):
        cold_start("cobol")


def test_what_was_not_measured_is_said() -> None:
    with pytest.raises(ValueError, match=r"java8 was not measured as 'arm64 zip'; "):
        cold_start("java8", "arm64")
