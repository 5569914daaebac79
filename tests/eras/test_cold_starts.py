from itertools import pairwise
from typing import Any

import pytest
from pydantic import TypeAdapter

from simulator.eras.cold_starts import ColdStart, cold_start, known_runtimes, restore, runtimes
from simulator.eras.document import document
from simulator.eras.era import eras
from simulator.values.distributions import Distribution
from simulator.values.units import parse_duration

NOW, THEN = "aws-2026", "aws-2020-08"
TABLE = document("simulator.eras", "cold_starts.yaml")
MEASURED = [
    (era, runtime, *combination.split())
    for era, part in TABLE["eras"].items()
    for runtime, rows in part["runtimes"].items()
    for combination in rows
]
distribution: TypeAdapter[Any] = TypeAdapter(Distribution)


def median(start: ColdStart) -> float:
    return float(distribution.validate_python(start.init).quantile(0.5))


@pytest.mark.parametrize(("era", "runtime", "architecture", "package"), MEASURED)
def test_every_profile_is_a_distribution_of_a_scenario(
    era: str, runtime: str, architecture: str, package: str
) -> None:
    start = cold_start(era, runtime, architecture, package)
    quantiles = [parse_duration(text) for text in start.init["quantiles"].values()]
    assert all(low < high for low, high in pairwise(quantiles))
    assert median(start) > 0.01
    assert start.samples >= 780
    assert all((start.source, start.date))


@pytest.mark.parametrize("runtime", ["java11", "java17", "java21"])
@pytest.mark.parametrize("memory", [128, 512, 3008])
def test_every_restore_is_a_distribution_of_a_scenario(runtime: str, memory: int) -> None:
    start = restore(NOW, runtime, "x86_64", memory)
    assert 0.6 < median(start) < 1
    assert start.date == "2025Q3"


def test_every_era_has_profiles() -> None:
    assert set(TABLE["eras"]) == set(eras())


def test_the_median_of_a_profile_is_the_measured_one() -> None:
    assert median(cold_start(NOW, "python3.13")) == pytest.approx(0.1059)


def test_a_runtime_of_both_eras_starts_as_it_did_in_each() -> None:
    assert median(cold_start(THEN, "java11")) == pytest.approx(0.434)
    assert median(cold_start(NOW, "java11")) < 0.3


def test_arm_starts_node_and_python_faster_than_x86() -> None:
    for runtime in ("nodejs22", "nodejs24", "python3.12", "python3.13"):
        x86, arm = (cold_start(NOW, runtime, architecture) for architecture in ("x86_64", "arm64"))
        assert median(arm) < median(x86)


def test_an_image_starts_a_managed_runtime_slower_than_a_zip() -> None:
    for runtime in ("nodejs22", "python3.13", "java21", "dotnet8", "ruby3.4"):
        package, image = (
            distribution.validate_python(cold_start(NOW, runtime, package=package).init)
            for package in ("zip", "image")
        )
        assert package.quantile(0.9) < image.quantile(0.9)


def made(*first_runs: tuple[int, float]) -> ColdStart:
    return ColdStart("r", "c", {}, first_runs, 1, "", "")


def test_the_first_run_is_the_measured_one_at_each_size_measured() -> None:
    sizes = (128, 256, 512, 1024)
    runs = [cold_start(NOW, "dotnet8").first_run_ms(memory) for memory in sizes]
    assert runs == pytest.approx([727.0, 364.4, 168.4, 75.1], abs=0.2)


def test_between_sizes_the_first_run_follows_one_over_memory() -> None:
    # 1/memory of 170.67 MB is in the middle of that of 128 and 256 MB
    assert made((128, 400), (256, 200)).first_run_ms(512 / 3) == pytest.approx(300)


def test_beyond_the_largest_size_it_shrinks_at_most_in_proportion_to_memory() -> None:
    assert made((512, 4.0), (1024, 4.0)).first_run_ms(2048) == 4
    assert made((512, 200.0), (1024, 100.0)).first_run_ms(2048) == pytest.approx(50)
    assert made((512, 900.0), (1024, 100.0)).first_run_ms(2048) == pytest.approx(50)
    assert made((512, 0.0), (1024, 0.0)).first_run_ms(2048) == 0


def test_measured_at_one_size_it_is_in_proportion_to_one_over_memory() -> None:
    assert cold_start(THEN, "java8").first_run_ms(1024) == pytest.approx(844.1 / 8)


def test_awss_full_name_of_a_runtime_is_understood() -> None:
    assert cold_start(NOW, "nodejs22.x") == cold_start(NOW, "nodejs22")
    assert cold_start(THEN, "go1.x").runtime == "go1.x"


def test_the_runtimes_of_both_eras_are_there() -> None:
    assert {"nodejs24", "java25", "dotnet10", "rust"} <= set(runtimes(NOW))
    assert {"python3.7", "java8", "nodejs12"} <= set(runtimes(THEN))
    assert set(known_runtimes()) == {*runtimes(NOW), *runtimes(THEN)}


def test_an_unknown_runtime_names_the_nearest() -> None:
    with pytest.raises(
        ValueError, match=r"no cold starts of runtime 'nodejs19' in era aws-2026; did you mean 'nodejs20'"
    ):
        cold_start(NOW, "nodejs19")
    with pytest.raises(ValueError, match=r"'cobol' in era aws-2026; write one of: dotnet10, dotnet8, "):
        cold_start(NOW, "cobol")
    with pytest.raises(ValueError, match=r"'nodejs22' in era aws-2020-08; did you mean 'nodejs12'"):
        cold_start(THEN, "nodejs22")
    for family, latest in (("java", "java25"), ("python", "python3.14"), ("dotnet", "dotnet10")):
        with pytest.raises(ValueError, match=f"'{family}' in era aws-2026; did you mean '{latest}'"):
            cold_start(NOW, family)


def test_what_was_not_measured_is_said() -> None:
    with pytest.raises(ValueError, match=r"java8 was not measured as 'arm64 zip'; "):
        cold_start(THEN, "java8", "arm64")
    with pytest.raises(
        ValueError, match=r"no restore of python3.13 on x86_64 was measured; write 'snap_start: {"
    ):
        restore(NOW, "python3.13", "x86_64", 512)
