# ---
# jupyter: {jupytext: {formats: "py:percent"}}
# ---

# %% [markdown]
# # Flash sale: which design survives, and why
#
# At ten minutes the sale begins: 20 requests a second become 1,500 within five seconds. Four designs meet
# the same requests with the same luck. This notebook reads the scenario, runs it, and follows the answer
# back to its reason.

# %%
import simulator

experiment = simulator.read("../scenarios/flash_sale.yaml")
experiment

# %% [markdown]
# ## Run
#
# Four replications are enough to see the picture; the scenario itself asks for ten. What comes back shows
# itself: the verdict, what stands in the way of the others, and each objective with half of its 95 %
# interval.

# %%
sale = experiment.run(replications=4)
sale

# %% [markdown]
# ## How do the designs differ?
#
# `compare` pairs the replications: the same customers, the same luck, so only the design is left to
# differ. `differs` is true where the interval of the difference leaves out zero.

# %%
changes = sale.compare("on-demand")
changes[changes["metric"] == "buyers.order.latency@surge.p99_s"]

# %% [markdown]
# Raising the quota makes the slowest orders of the surge slower, not faster. The distribution shows it: a
# second group of orders, at three to four seconds, is larger with the higher quota. A line that runs into
# the wall misses the objective.

# %%
sale.plot("distribution")

# %% [markdown]
# ## Where do those seconds come from?
#
# From cold starts. Each new environment of `checkout` runs three seconds of `init` before its first
# order. With 200 executions allowed, the surplus is turned away; with more allowed, it waits in cold
# starts.

# %%
sale.plot("concurrency")

# %% [markdown]
# ## Which limit binds first?

# %%
limits = sale.limits()
limits[limits["first_at_s"].notna()][["design", "service", "limit", "demand", "allowed", "requests_lost"]]

# %%
sale.plot("limits")

# %% [markdown]
# ## And what does it cost?

# %%
sale.plot("bill")

# %% [markdown]
# ## Ask further
#
# Any setting can be changed when the scenario is read. What if the doors open over a minute instead of in
# five seconds?

# %%
slow_doors = simulator.read("../scenarios/flash_sale.yaml", sets=["traffic.buyers.ramp=1 min"])
slow_doors.run(designs=["on-demand", "quota-raised"], replications=2)

# %% [markdown]
# `sale.page()` is the whole report as one HTML file, and `sale.save("results")` writes the folder of all
# tables and pictures. [The next notebook](02_provisioning.py) asks how many environments to keep ready.
