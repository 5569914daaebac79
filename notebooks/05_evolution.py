# ---
# jupyter: {jupytext: {formats: "py:percent"}}
# ---

# %% [markdown]
# # From machines to functions
#
# One television night a year, a call to action on air, and ten times as many donations within a minute.
# `donations.yaml` lets the same donors meet the same handler on servers that were bought, on instances, on
# containers and in functions. What does each lose, and what does a year of it cost?

# %%
import pandas as pd

import simulator

SCENARIO = "../scenarios/donations.yaml"

experiment = simulator.read(SCENARIO)
study = experiment.run(replications=2)
study.plot("requests")

# %% [markdown]
# ## The night
#
# `@call` are the five minutes after the call to action.

# %%
table = study.table()
night = pd.DataFrame(
    {
        "failed in the call": table["donors.failed@call"],
        "p99 in the call (s)": table["donors.latency@call.p99_s"],
        "the night ($)": table["cost.run_usd"],
    }
)
night.round(4)

# %% [markdown]
# Whatever stands there before the call answers it; whatever has to come first comes too late. Target
# tracking wants three minutes above its target, then the instance boots, then the application starts. By
# then those who wait are thousands, their clients have given up and come again, and the servers work for
# nobody: the requests of those who went away stay in line.

# %%
study.plot("percentiles")

# %% [markdown]
# ## The year
#
# A month of the scenario has one night; the other eleven have none. What stands there all the time is paid
# for twelve times, what is used once is paid for once.

# %%
NIGHT_HOURS = 43 / 60  # what a run counts: 45 minutes without the warm-up


def year(design):
    """Dollars: one month with the night, eleven without."""
    month, run = table.loc[design, "cost.month_usd"], table.loc[design, "cost.run_usd"]
    return month + 11 * (month - run) * 730 / (730 - NIGHT_HOURS)


years = pd.DataFrame({"the year ($)": {design: year(design) for design in table.index}})
years["share of bought"] = years["the year ($)"] / years.loc["bought", "the year ($)"]
years.round(4)

# %% [markdown]
# Comic Relief reported a cloud bill of 83,000 dollars in March 2015 and of 5,000 in March 2019, 94 % less.
# The saving here is larger, because the scenario has nothing but the way of a donation: no web site, no
# load tests, no reports, nobody who looks after it all.
#
# ## What would have to be bought?
#
# Four servers carry the call. Do three? Two?

# %%
rows = {}
for servers in (1, 2, 3, 4):
    one = simulator.read(SCENARIO, [f"designs.bought.donate.servers={servers}"])
    found = one.run(designs=["bought"], replications=1).table().loc["bought"]
    rows[servers] = found[["donors.failed@call", "donors.latency@call.p99_s", "cost.month_usd"]]
pd.DataFrame(rows).T.round(3)
