# ---
# jupyter: {jupytext: {formats: "py:percent"}}
# ---

# %% [markdown]
# # Which workflow for a flash sale's orders?
#
# An order is a handful of steps: take it off the stock, charge it, pack four things, write a mail. As a
# Standard workflow each step is a transition, which is paid for and limited; as an Express workflow neither.

# %%
import simulator
from simulator.report.pictures.machine import machine

orders = simulator.read("../scenarios/order_workflow.yaml").run(replications=2)
orders

# %% [markdown]
# ## Where Standard's limits bite
#
# Two buckets stand in the way: executions may start 300 times a second, and all of them together may make
# 5,000 transitions a second. What finds no token to start is refused and comes again; a transition waits.

# %%
counters = orders.services()
of_orders = counters[counters["service"] == "orders"].pivot_table(
    index="counter", columns="design", values="value"
)
of_orders.loc[
    ["executions_started", "executions_throttled", "throttled_events", "state_transitions_per_execution"]
].round(1)

# %% [markdown]
# Nesting takes the many small steps out of the Standard workflow: its transitions no longer wait, and cost a
# quarter. The starts are what is left, since each nested order is still one Standard execution.
#
# ## A measured machine
#
# The next one was measured on AWS, 3,000 times, and imported from its definition and its logs
# (`simulate import asl`). Darker states took more of all time; a curved arrow leads back.

# %%
measured = simulator.read("../scenarios/measured_app8.yaml").run(designs=["express"], replications=2)
machine(measured, "express", "measured_app8")

# %% [markdown]
# Who measured it found 2.705 s in the mean and 3.593 s at p95. The branch on the right sets the pace: `f3` and
# `f6` come again for every tenth execution, and the slower of the two branches counts.

# %%
completion = measured.summary.designs["express"].traffic["executions"].completion
{name: round(completion[name].value, 3) for name in ("mean", "p95", "p99")}
