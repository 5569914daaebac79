# ---
# jupyter: {jupytext: {formats: "py:percent"}}
# ---

# %% [markdown]
# # How many environments to keep ready?
#
# The design `scheduled` of the flash sale keeps 150 environments of `checkout` ready from the fifth
# minute on. Why 150? Too few, and the rest of the surge starts cold; too many, and they are paid for and
# idle.

# %%
import pandas as pd

import simulator

SCENARIO = "../scenarios/flash_sale.yaml"
SALE = "designs.scheduled.checkout.provisioned_concurrency.schedule.sale"


def scheduled(replications=3, **settings):
    """The scheduled design alone, with other settings of its schedule."""
    sets = [f"{SALE}.{key}={value}" for key, value in settings.items()]
    return simulator.read(SCENARIO, sets).run(designs=["scheduled"], replications=replications)


# %% [markdown]
# ## What Little's law says
#
# 1,500 requests a second at the peak, a fifth of them orders, each holding an environment for about a
# third of a second: some 100 at a time. Let us try less and more.

# %%
rows = []
for amount in (25, 50, 100, 150, 200):
    found = scheduled(amount=amount)
    numbers = found.table().loc["scheduled"]
    counters = found.services().set_index(["service", "counter"])["value"]["checkout"]
    rows.append(
        {
            "amount": amount,
            "p99 in the surge (s)": numbers["buyers.order.latency@surge.p99_s"],
            "failed in the surge": numbers["buyers.failed@surge"],
            "spill-over (requests)": counters["provisioned_spillover_invocations"],
            "cold starts": counters["cold_starts"],
            "a run ($)": numbers["cost.run_usd"],
        }
    )
amounts = pd.DataFrame(rows).set_index("amount")
amounts.round(3)

# %% [markdown]
# Too few: what spills over starts cold, and a cold start takes more than three seconds here. Too many:
# provisioned environments come off the account's concurrency, used or not. The other services of this
# account leave 200, so 200 kept ready for `checkout` leave nothing for `catalogue`, and its requests are
# throttled.
#
# ## Spill-over, seen
#
# With 50 environments the dashed line is crossed in the first seconds of the sale.

# %%
scheduled(amount=50).plot("concurrency")

# %%
scheduled(amount=150).plot("concurrency")

# %% [markdown]
# ## When to begin?
#
# Environments are not there the moment they are asked for, but their share of the account is gone at
# once. Asked for a minute before the sale, they are still being made when it begins, and the rest is too
# small.

# %%
starts = {}
for at in ("5 min", "8 min", "9 min", "10 min"):
    numbers = scheduled(at=f"'{at}'").table().loc["scheduled"]
    starts[at] = numbers[["buyers.order.latency@surge.p99_s", "buyers.failed@surge", "cost.run_usd"]]
pd.DataFrame(starts).T.round(4)

# %% [markdown]
# ## Try it
#
# With the extra `notebook` (`pip install 'surgesim[notebook]'`) the question gets sliders. Each move
# simulates the designs anew.

# %%
simulator.explore(
    SCENARIO,
    {f"{SALE}.amount": ["50", "100", "150", "200"], "traffic.buyers.peak": ["1000/s", "1500/s", "2000/s"]},
    designs=["on-demand", "scheduled"],
)
