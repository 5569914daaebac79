# ---
# jupyter: {jupytext: {formats: "py:percent"}}
# ---

# %% [markdown]
# # How late is the chat read?
#
# An audience of a live stream reacts, and a function reads what it writes from a Kinesis stream, to
# moderate it. `live_stream.yaml` takes the reactions of a real event. How do shards, lanes, batches and what
# is done about failures decide how late a reaction is read?

# %%
import pandas as pd

import simulator

SCENARIO = "../scenarios/live_stream.yaml"
SHORT = ["run.for=8 min", "traffic.viewers=null", "windows=null", "objectives.viewers.failed@ads=null"]
DESIGNS = ["defaults", "guarded", "more-shards", "factor-10"]

study = simulator.read(SCENARIO, SHORT).run(designs=DESIGNS, replications=1)
study.plot("waiting")

# %% [markdown]
# With Lambda's defaults a record that always fails blocks its shard: what comes after it waits, and grows old.
# `guarded` halves such batches and gives up after three retries, and is late only in the surge, whose one lane
# a shard cannot keep up. More shards halve that, ten lanes a shard end it.

# %%
columns = ["received", "received_again", "dead_lettered", "waiting_max", "age_p50_s", "age_p99_s", "busiest"]
messages = study.messages()
messages[messages["service"] == "moderate"].set_index("design")[columns].round(3)

# %% [markdown]
# The age is AWS's IteratorAge as Lambda's metrics page defines it: that of a batch's last record when the batch
# is sent to the function.
#
# ## What the stream can be read at
#
# One batch at a time in each lane, and lanes are shards × parallelization factor: a stream can be read at
# shards × factor × batch size / duration of a batch. `simulate explain` says so before anything runs.

# %%
FACTOR = "architecture.moderate.events.reactions.parallelization_factor"


def guarded(sets):
    """The guarded design with other settings: a study of it."""
    return simulator.read(SCENARIO, [*SHORT, *sets]).run(designs=["guarded"], replications=1)


def capacity(lanes, batch=100):
    """Records a second: 20 ms for a batch, 4 ms for each record, and the invocation."""
    return lanes * batch / (0.031 + 0.004 * batch)


rows = {}
for factor in (1, 2, 5):
    read = guarded([f"{FACTOR}={factor}"]).messages().set_index("service").loc["moderate"]
    rows[factor] = {"can read (records/s)": capacity(4 * factor), "p99 age (s)": read["age_p99_s"]}
pd.DataFrame(rows).T.rename_axis("factor").round(2)

# %% [markdown]
# A larger batch gains little here: 4 ms a record stay, and only 31 ms of 431 are shared.
#
# ## A hot key has one lane
#
# Records of a key stay in order, so all of them go to one lane, however many lanes there are. If one room is as
# busy as 60 % of all, ten lanes a shard do not help it.

# %%
rows = {}
for share in ("3%", "30%", "60%"):
    one = guarded([f"{FACTOR}=10", f"traffic.chat.key.hot.share={share}"])
    read = one.messages().set_index("service").loc["moderate"]
    rows[share] = {"hottest lane in use": read["busiest"], "p99 age (s)": read["age_p99_s"]}
pd.DataFrame(rows).T.rename_axis("hot key").round(2)
