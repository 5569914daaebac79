"""The compiled engine's loop: take what is due next, walk the request's steps until it waits again.

One file, because it is one loop: each kind of step has its branch here. What a step means is said,
in the same words, by the method of its name in `SimpyEngine`. All state is in the machine: the loop
returns when it lacks room or traffic, and goes on when called again.
"""

from __future__ import annotations

from collections.abc import MutableSequence

from simulator.engine.backoff import backoff
from simulator.engine.branches import (
    abandon,
    append,
    begin_child,
    desert,
    end_child,
    end_part,
    give_up,
    is_alone,
    join_family,
    join_group,
    lacks_room,
    leave_behind,
    run_on,
)
from simulator.engine.families import lose, wait_for
from simulator.engine.heap import FIRST, PENDING, pop, push, sequence_of, who_of
from simulator.engine.lines import give_back, grant, join_line, leave_line, settle_owed
from simulator.engine.machine import (
    ARRIVALS,
    DEPTHS,
    EVENTS,
    FREE_FAMILIES,
    FREE_REQUESTS,
    HEAP_ROOM,
    IN_LINE,
    LOG,
    LOG_ROOM,
    LOGGED,
    NEEDED,
    NEVER,
    NEXT_ARRIVAL,
    NOW,
    REPLICATION,
    RESUME,
    ROOM,
    SEED,
    TRAFFIC_OVER,
    Frame,
    Machine,
    Walker,
    begin_frame,
    new_request,
    settle_deadline,
)
from simulator.engine.mail import (
    end_own_part,
    finish_batch,
    is_poisoned,
    leave_batch,
    leave_item,
    look_up,
    post_of,
    read_shard,
    receive,
    retire,
    return_batch,
)
from simulator.engine.random import descendant, epoch_below, uniform
from simulator.engine.sampling import closed_form, member, rounded, sample
from simulator.engine.spent import LEFT, NOW_IN, PARTS, begin_anew, divide, open_account, spend, write_off
from simulator.engine.steps import COMPLETED, OK, Op, Order, Row
from simulator.measure.recorder import (
    count_again,
    count_answer,
    count_attempt,
    count_parts,
    count_request,
    keep,
    measure,
)
from simulator.measure.rows import NOTED, noted_answer, noted_item
from simulator.measure.sketch import bin_of
from simulator.measure.timeline import COARSE_SHIFT
from simulator.measure.where import FAILED, LEFT_BEHIND
from simulator.stations.environment_pool import (
    AHEAD,
    COLD,
    NO_CONCURRENCY,
    NO_SCALING,
    PROVISIONED,
    RESET,
    STOPPED,
    UNUSED,
    WARM,
    adopt,
    enter,
    expire,
    leave,
    look_again,
    provide,
    withdraw,
)
from simulator.stations.hints import index, prefetch
from simulator.stations.inside import blame, blame_for_server
from simulator.stations.rule import rule
from simulator.stations.server_pool import GRANTED, REFUSED, admit, seize, turn_away
from simulator.stations.token_bucket import ONE, TAKEN, restore, take, take_both, take_in_turn
from simulator.values.lowered import CONSTANT, LOGNORMAL

DONE, MORE_ROOM, MORE_TRAFFIC, MORE_ENVIRONMENTS = 0, 1, 2, 3
"""Why the loop came back. After MORE_ENVIRONMENTS the pool in need is the row's at which RESUME stands."""
PROVIDE, WITHDRAW, SET_CAPACITY, TIDY, BEGIN_WALK, HOLD, RETIRE = 0, 1, 2, 3, 4, 5, 6
"""What `govern` is asked for."""
FREE, STEP, TIMER = int(Order.FREE), int(Order.STEP), int(Order.TIMER)
(
    DELAY, TAKE, ENTER, LEAVE, OWN, SEIZE, FREE_, CHOOSE, AGAIN, DEADLINE_, END_DEADLINE, BEGIN, RETURN,
    ANSWER, IF_OUTCOME, IF_STATUS, _JUMP, MARK, METER, COUNT, TYPE, SEND, RECORD, REAP, RENEW,
    LOOK_UP, STORE, END, FORK, JOIN, OVER, IF_ALONE, LOSE, MEASURE, TAKE_IN_TURN, CARRY, WRITE, PUT, READ,
    RECEIVE, POISON, ACKNOWLEDGE, PUT_BACK, HAND_BACK, RETRACE, APPEND, PLEDGE, AWAIT, WAKE, IF_DURING,
    TRACE, WRITE_OFF, SETTLE, NOTE, LIVE, LOOK_AGAIN,
) = (int(op) for op in Op)  # fmt: skip


@rule
def wait(
    state: MutableSequence[int],
    heap: MutableSequence[int],
    request: Walker,
    frame: Frame,
    row: Row,
    who: int,
    at: int,
    end: int,
    order: int,
) -> None:
    """Wait until `end`, but not beyond the deadline."""
    if frame.nearest < end:
        request.row = at
        request.until = end
        request.deadline = push(state, heap, frame.nearest, TIMER, who)
        if row.boundaries >> (frame.owner + 1) == 0:
            request.wake = -1
            return
    request.wake = push(state, heap, end, order, who)


@rule
def wait_for_others(
    state: MutableSequence[int],
    heap: MutableSequence[int],
    request: Walker,
    frame: Frame,
    who: int,
    at: int,
) -> None:
    """Wait until others say so, but not beyond the deadline."""
    request.row = at
    request.until = NEVER
    request.wake = -1
    if frame.nearest < NEVER:
        request.deadline = push(state, heap, frame.nearest, TIMER, who)


@rule
def advance(machine: Machine, until: int) -> int:
    """Run all that is due strictly before `until`, or until room or traffic is lacking."""
    state = machine.state
    heap = machine.heap
    rows = machine.rows
    distributions = machine.distributions
    table = machine.table
    shares = machine.shares
    targets = machine.targets
    records = machine.records
    backoffs = machine.backoffs
    ties = machine.ties
    owned = machine.owned
    times = machine.times
    requests = machine.requests
    frames = machine.frames
    accounts = machine.accounts
    families = machine.families
    groups = machine.groups
    free_requests = machine.free_requests
    free_families = machine.free_families
    free_groups = machine.free_groups
    pools = machine.pools
    quotas = machine.quotas
    buckets = machine.buckets
    fresh_until = machine.fresh_until
    ring = machine.ring
    servers = machine.servers
    insides = machine.insides
    begins = machine.begins
    heads = machine.heads
    tails = machine.tails
    counters = machine.counters
    roundings = machine.roundings
    meters = machine.meters
    books = machine.books
    log = machine.log
    sources = machine.sources
    numbers = machine.numbers
    prefixes = machine.prefixes
    entries = machine.entries
    post = post_of(machine)
    seed = state[SEED]
    replication = state[REPLICATION]
    depths = state[DEPTHS]
    room = state[ROOM]
    while True:
        if state[RESUME] > 0:
            who = state[RESUME] - 1
            state[RESUME] = 0
            now = state[NOW]
        else:
            if (
                state[PENDING] + state[IN_LINE] + 8 > state[HEAP_ROOM]
                or state[FREE_REQUESTS] < 2
                or state[FREE_FAMILIES] < 1
                or state[LOGGED] >= state[LOG_ROOM]
            ):
                return MORE_ROOM
            arrival = state[NEXT_ARRIVAL]
            if arrival >= state[ARRIVALS] and state[TRAFFIC_OVER] == 0:
                return MORE_TRAFFIC
            if arrival < state[ARRIVALS] and times[index(arrival)] < heap[FIRST]:
                now = times[arrival]
                if now >= until:
                    return DONE
                state[NEXT_ARRIVAL] = arrival + 1
                source = sources[arrival]
                identity = prefixes[source] + numbers[arrival]
                who = new_request(state, free_requests, requests, frames, identity, entries[source], now)
                state[NOW] = now
            else:
                now = heap[FIRST]
                if now >= until:
                    return DONE
                key = heap[FIRST + 1]
                pop(state, heap)
                following = who_of(heap[FIRST + 1])
                prefetch(requests, following)
                prefetch(frames, following * depths + depths - 1)
                who = who_of(key)
                sequence = sequence_of(key)
                request = requests[who]
                if sequence == request.wake:
                    request.deadline = -1
                    request.patience = -1
                elif sequence == request.patience:
                    request.deadline = -1
                    request.patience = -1
                    leave_line(state, requests, servers, insides, begins, heads, tails, who, now)
                    request.at = rows[request.row].target
                elif sequence != request.deadline:
                    continue  # void: the wait has ended in another way
                else:
                    state[NOW] = now
                    depth = rows[request.row].depth
                    owner = frames[who * depths + depth].owner
                    surviving = rows[request.row].boundaries >> (owner + 1)
                    request.deadline = -1
                    if surviving == 0:
                        request.wake = -1
                        request.patience = -1
                        if request.line >= 0:
                            leave_line(state, requests, servers, insides, begins, heads, tails, who, now)
                        if request.pledged >= 0:
                            give_back(state, heap, requests, servers, heads, tails, request.pledged, now)
                            request.pledged = -1
                        abandon(state, groups, free_groups, request)
                    if owner < request.forked:
                        if surviving == 0:
                            desert(state, groups, free_groups, request)
                            end_part(state, families, free_families, books, request.family, COMPLETED, now)
                            free_requests[state[FREE_REQUESTS]] = who
                            state[FREE_REQUESTS] += 1
                        else:
                            run_on(request, frames, who * depths, owner, surviving, depth)
                            if request.base >= request.forked:
                                desert(state, groups, free_groups, request)
                            begin_anew(accounts, who * room, room, now)
                            nearest = frames[who * depths + depth].nearest
                            if nearest < request.until:
                                request.deadline = push(state, heap, nearest, TIMER, who)
                        state[EVENTS] += 1
                        continue
                    if surviving == 0:
                        give_up(request, frames, who * depths, owner)
                    else:
                        caller = leave_behind(
                            state, requests, frames, families, free_requests, free_families,
                            who, owner, surviving, depth,
                        )  # fmt: skip
                        divide(accounts, who * room, caller * room, room, now)
                        nearest = frames[who * depths + depth].nearest
                        if nearest < request.until:
                            request.deadline = push(state, heap, nearest, TIMER, who)
                        who = caller
                state[NOW] = now
            state[EVENTS] += 1

        request = requests[index(who)]
        at = request.at
        while True:
            row = rows[index(at)]
            op = row.op
            frame = frames[index(who * depths + row.depth)]
            here = at
            at = row.next
            if op == DELAY:
                time = distributions[index(row.a)]
                if time.kind == CONSTANT:
                    end = now + row.b * request.records + rounded(time.a)
                else:
                    luck = uniform(seed, replication, request.identity, row.stream, frame.key)
                    end = now + row.b * request.records
                    if time.kind <= LOGNORMAL:
                        end += rounded(closed_form(time.kind, time.a, time.b, luck))
                    else:
                        end += sample(time.kind, time.a, time.b, table, time.start, time.length, luck)
                request.at = at
                wait(state, heap, request, frame, row, who, here, end, row.order)
                break
            if op == BEGIN:
                begin_frame(frame, frames[who * depths + row.depth - 1], row.b)
            elif op == RETURN:
                if row.depth <= request.base:
                    end_part(state, families, free_families, books, request.family, COMPLETED, now)
                    free_requests[state[FREE_REQUESTS]] = who
                    state[FREE_REQUESTS] += 1
                    break
            elif op == ANSWER:
                if row.a >= 0:
                    request.outcome = row.a
                if row.b >= 0:
                    request.status = row.b
                if row.c >= 0:
                    request.cause = row.c
            elif op == IF_OUTCOME:
                if row.a >> request.outcome & 1:
                    at = row.target
            elif op == IF_STATUS:
                if row.a >> request.status & 1:
                    at = row.target
            elif op == COUNT:
                counters[row.a] += row.b if row.c == 0 else row.b * max(-(-request.size // row.c), 1)
            elif op == TAKE:
                place = row.a
                if row.c > 0:
                    clients = distributions[row.c - 1]
                    place += member(seed, replication, request.born, row.stream, clients, table)
                if not take(buckets[place], row.b, now):
                    at = row.target
            elif op == ENTER:
                pool = pools[row.a]
                tie = ties[row.a]
                start = enter(pool, quotas[tie.quota], buckets[tie.scaling], ring, now)
                if pool.owed > 0:
                    settle_owed(state, heap, requests, servers, heads, tails, pool, tie, owned, now)
                if start <= WARM:  # or PROVISIONED
                    frame.start = start
                    frame.ends = pool.handed
                    at = row.b
                elif start == NO_CONCURRENCY:
                    quota, outer = quotas[tie.quota], len(servers) + tie.quota
                    wanted, busy = len(servers) + len(quotas) + row.a, quota.in_use + quota.kept_in_use
                    blame(servers, insides, begins, outer, wanted, busy, quota)
                    at = row.target
                elif start == NO_SCALING:
                    bucket, wanted = buckets[tie.scaling], len(servers) + len(quotas) + row.a
                    busy = pool.busy + pool.provisioned_busy
                    blame(servers, insides, begins, wanted, wanted, busy, bucket)
                    at = row.other
                else:
                    frame.start = start
                    frame.ends = pool.handed
                    if start == STOPPED:
                        frame.start = PROVISIONED
                    if start in (RESET, STOPPED):
                        at = row.c
            elif op == MARK:
                frame.mark = now
            elif op == DEADLINE_:
                frame.own = now + row.a
                if row.c != 0:
                    frame.own = max(frame.mark + row.a, now)
                frame.expired = row.target
                settle_deadline(frames, who * depths, request.base, row.depth)
                if row.b != 0:
                    frame.mark = now
            elif op == END_DEADLINE:
                frame.own = NEVER
                settle_deadline(frames, who * depths, request.base, row.depth)
            elif op == METER:
                meter = row.b if frame.start == PROVISIONED else row.a
                took = now - frame.mark
                rounding = roundings[meter]
                meters[3 * meter] += 1
                meters[3 * meter + 1] += took
                meters[3 * meter + 2] += -(-took // rounding) * rounding
            elif op == LEAVE:
                pool = pools[row.a]
                if pool.idle + pool.heirs > pool.mask:
                    request.at = here
                    state[RESUME] = who + 1
                    return MORE_ENVIRONMENTS
                frame.own = NEVER
                settle_deadline(frames, who * depths, request.base, row.depth)
                tie = ties[row.a]
                if leave(pool, quotas[tie.quota], ring, frame.start, frame.ends, row.b, now):
                    for place in range(tie.owned_from, tie.owned_from + row.c):
                        give_back(state, heap, requests, servers, heads, tails, owned[place], now)
            elif op == TYPE:
                request.type = row.a
                count_request(books, row.a, request.arrived)
                if row.b != 0:
                    request.sent = now
                    count_attempt(books, row.a, request.arrived)
            elif op == SEND:
                if frame.attempt == 0:
                    request.sent = now
                count_attempt(books, request.type, request.arrived)
            elif op == RECORD:
                kind = request.type
                count_answer(
                    books, kind, request.arrived, request.sent, now,
                    request.outcome, request.cause, request.family < 0,
                )  # fmt: skip
                if request.family < 0 and request.outcome == OK:
                    keep(books, COMPLETED, kind, request.arrived, now - request.sent, request.identity)
                if state[LOG_ROOM] < NEVER:
                    place = LOG * state[LOGGED]
                    log[place] = request.identity
                    log[place + 1] = kind
                    log[place + 2] = request.arrived
                    log[place + 3] = request.sent
                    log[place + 4] = now
                    log[place + 5] = request.outcome
                    log[place + 6] = request.cause
                    state[LOGGED] += 1
                if request.family >= 0:
                    families[request.family].answered = request.outcome
                    end_part(state, families, free_families, books, request.family, COMPLETED, now)
                    request.family = -1
                if row.a != 0:
                    free_requests[state[FREE_REQUESTS]] = who
                    state[FREE_REQUESTS] += 1
                    break
            elif op == CHOOSE:
                luck = uniform(seed, replication, request.identity, row.stream, frame.key)
                for place in range(row.a, row.a + row.b):
                    if luck < shares[place]:
                        at = targets[place]
                        break
            elif op == OWN:
                if servers[row.a].busy < servers[row.a].capacity:
                    seize(servers[row.a], now)
                else:
                    turn_away(servers[row.a], now)
                    blame_for_server(servers, insides, begins, row.a)
                    at = row.target
            elif op == SEIZE:
                granted = seize(servers[row.a], now)
                if granted == REFUSED:
                    blame_for_server(servers, insides, begins, row.a)
                    at = row.target
                elif granted != GRANTED:
                    join_line(state, requests, heads, tails, row.a, who)
                    request.at = at
                    if row.b >= 0:
                        request.patience = push(state, heap, now + row.b, TIMER, who)
                    wait_for_others(state, heap, request, frame, who, here)
                    break
            elif op == FREE_:
                give_back(state, heap, requests, servers, heads, tails, row.a, now)
            elif op == PLEDGE:
                request.pledged = row.a
            elif op == AGAIN:
                if frame.attempt < row.a:
                    luck = uniform(seed, replication, request.identity, row.stream, frame.key)
                    pause = backoffs[row.b]
                    end = now + backoff(pause.base, pause.cap, pause.jitter, pause.rate, frame.attempt, luck)
                    frame.attempt += 1
                    frame.key = epoch_below(frame.epoch, frame.attempt)
                    request.at = row.target
                    wait(state, heap, request, frame, row, who, here, end, STEP)
                    break
            elif op == RETRACE:
                luck = uniform(seed, replication, request.born, row.stream, request.arrived)
                place = row.a + int(luck * row.c)
                place = min(records[place] + frame.attempt, records[place + 1] - 1)
                at = targets[row.b + records[place]]
            elif op == TAKE_IN_TURN:
                end = take_in_turn(buckets[row.a], row.b, now)
                if end > 0:
                    request.at = row.target
                    wait(state, heap, request, frame, row, who, here, now + end, STEP)
                    break
            elif op == REAP:
                pool = pools[row.a]
                expire(pool, ring, now)
                settle_owed(state, heap, requests, servers, heads, tails, pool, ties[row.a], owned, now)
                request.at = at
                request.wake = push(state, heap, pool.due, FREE, who)
                break
            elif op == LIVE:
                if frame.start == UNUSED:
                    frame.start = PROVISIONED
                    at = row.other
                else:
                    time = distributions[row.a]
                    luck = uniform(seed, replication, request.identity, row.stream, frame.key)
                    began = now
                    if frame.start == AHEAD:
                        began = frame.ends
                        at = row.target
                    life = sample(time.kind, time.a, time.b, table, time.start, time.length, luck)
                    frame.ends = began + life
            elif op == LOOK_AGAIN:
                pool = pools[row.a]
                start = look_again(pool, ring, now)
                if start != COLD:  # what is dropped again is no growth
                    restore(buckets[ties[row.a].scaling], 1)
                if pool.owed > 0:
                    settle_owed(state, heap, requests, servers, heads, tails, pool, ties[row.a], owned, now)
                if start == WARM:
                    frame.start = WARM
                    frame.ends = pool.handed
                    at = row.target
                elif start == AHEAD:
                    frame.start = AHEAD
                    at = row.other
            elif op == LOOK_UP:
                place = row.a + member(
                    seed, replication, request.identity, row.stream, distributions[row.b], table
                )
                if fresh_until[place] > now:
                    at = row.target
            elif op == STORE:
                place = row.a + member(
                    seed, replication, request.identity, row.stream, distributions[row.b], table
                )
                fresh_until[place] = now + row.c
            elif op == AWAIT:
                keys = distributions[row.b]
                entry = member(seed, replication, request.identity, row.stream, keys, table)
                join_line(state, requests, heads, tails, len(servers) + row.a + entry, who)
                request.at = at
                wait_for_others(state, heap, request, frame, who, here)
                break
            elif op == WAKE:
                keys = distributions[row.b]
                entry = member(seed, replication, request.identity, row.stream, keys, table)
                line = len(servers) + row.a + entry
                while heads[line] >= 0:
                    grant(state, heap, requests, heads, tails, line, now)
            elif op == CARRY:
                if row.a > 0:
                    keys = distributions[row.a - 1]
                    request.key = member(seed, replication, request.born, row.stream, keys, table)
                    request.table = -1
                size = distributions[row.b]
                request.size = rounded(size.a)
                if size.kind != CONSTANT:
                    luck = uniform(seed, replication, request.born, row.c, 0)
                    request.size = sample(size.kind, size.a, size.b, table, size.start, size.length, luck)
            elif op == WRITE:
                shard = look_up(machine.places, request, row.stream) // row.c
                lacking = take_both(buckets[row.a + shard], buckets[row.b + shard], request.size, now)
                if lacking != TAKEN:
                    at = row.target if lacking == ONE else row.other
            elif op == PUT:
                if machine.spare[1] < 1:
                    request.at = here
                    state[RESUME] = who + 1
                    return MORE_ROOM
                leave_item(post, who, row, now)
            elif op == READ:
                request.at = here
                read_shard(post, who, row, now)
                break
            elif op == RECEIVE:
                request.at = here
                at = receive(post, who, row, frame, now)
                if at < 0:
                    break
            elif op == POISON:
                if is_poisoned(post, who, row):
                    at = targets[row.a]
            elif op == ACKNOWLEDGE:
                at = finish_batch(post, who, row, now)
            elif op == PUT_BACK:
                return_batch(post, who, row, now)
            elif op == HAND_BACK:
                leave_batch(post, who, row, frame, now)
            elif op == END:
                end_own_part(post, request, now)
                free_requests[state[FREE_REQUESTS]] = who
                state[FREE_REQUESTS] += 1
                break
            elif op == TRACE:
                spend(accounts, who * room, now, row.a)
                if row.b != 0 and request.sent == now:
                    open_account(accounts, who * room, room, now)
            elif op == WRITE_OFF:
                spend(accounts, who * room, now, row.a + 1)
                if frame.attempt < rows[at].a:
                    if row.b != 0:
                        count_again(
                            books, request.type, request.arrived, request.outcome, request.cause, accounts,
                            who * room + PARTS, row.a + 2, row.c,
                        )  # fmt: skip
                    write_off(accounts, who * room, row.a, row.c)
            elif op == SETTLE:
                first = who * room
                spend(accounts, first, now, accounts[first + NOW_IN])
                if row.a != 0:
                    took = FAILED if request.outcome != OK else bin_of(now - request.sent) >> COARSE_SHIFT
                    count_parts(books, request.type, request.arrived, took, accounts, first + PARTS)
                elif accounts[first + LEFT] != 0 and row.depth <= request.base:
                    count_parts(books, request.type, request.arrived, LEFT_BEHIND, accounts, first + PARTS)
            elif op == NOTE:
                if state[LOGGED] + (request.records if row.b != 0 else 1) >= state[LOG_ROOM]:
                    request.at = here
                    state[RESUME] = who + 1
                    return MORE_ROOM
                if row.b != 0:
                    number = request.batch if state[LOG_ROOM] < NEVER else -1
                    while number >= 0:
                        item = machine.items[number]
                        place = LOG * state[LOGGED]
                        log[place] = item.identity
                        log[place + 1] = NOTED
                        log[place + 2] = row.a
                        log[place + 3] = item.since
                        log[place + 4] = now
                        log[place + 5] = request.identity
                        log[place + 6] = noted_item(request.records, item.tries)
                        state[LOGGED] += 1
                        number = item.next
                elif state[LOG_ROOM] < NEVER:
                    place = LOG * state[LOGGED]
                    log[place] = request.identity
                    log[place + 1] = NOTED
                    log[place + 2] = row.a
                    log[place + 3] = frame.epoch
                    log[place + 4] = now
                    log[place + 5] = noted_answer(request.outcome, request.status, request.cause)
                    log[place + 6] = request.born
                    state[LOGGED] += 1
            elif op == FORK:
                many = distributions[row.b]
                count = rounded(many.a)
                if many.kind != CONSTANT:
                    luck = uniform(seed, replication, request.identity, row.stream, frame.key)
                    count = sample(many.kind, many.a, many.b, table, many.start, many.length, luck)
                begun = min(count, row.c) if row.c > 0 else count
                if lacks_room(state, begun):
                    request.at = here
                    state[RESUME] = who + 1
                    state[NEEDED] = begun
                    return MORE_ROOM
                join_family(state, families, free_families, request)
                if row.a != 0:
                    group = join_group(state, groups, free_groups, request, who)
                    group.pending += begun
                    group.left = count - begun
                    group.number = begun - 1
                    group.fork = here
                for number in range(begun):
                    begin_child(
                        state, heap, requests, frames, accounts, families, free_requests,
                        who, row, number, now,
                    )  # fmt: skip
            elif op == JOIN:
                if request.joining > 0 and groups[request.joining - 1].pending > 0:
                    wait_for(groups[request.joining - 1], row.a, row.b, row.c)
                    request.at = at
                    wait_for_others(state, heap, request, frame, who, here)
                    break
                abandon(state, groups, free_groups, request)
            elif op == OVER:
                end_child(
                    state, heap, rows, requests, frames, accounts, families, groups, free_requests,
                    free_groups, who, now,
                )  # fmt: skip
                end_part(state, families, free_families, books, request.family, COMPLETED, now)
                free_requests[state[FREE_REQUESTS]] = who
                state[FREE_REQUESTS] += 1
                break
            elif op == APPEND:
                if append(state, requests, frames, groups, who, row.depth, row.b) > row.c:
                    at = row.target
                else:
                    counters[row.a] += row.b
            elif op == IF_DURING:
                if row.a <= now < row.b:
                    at = row.target
            elif op == IF_ALONE:
                if is_alone(requests, groups, request, row):
                    at = row.target
            elif op == LOSE:
                lose(join_family(state, families, free_families, request), row.a)
            elif op == MEASURE:
                measure(books, row.a, now - frame.mark, now)
            elif op == RENEW:
                request.serial += 1
                request.identity = descendant(request.born, request.serial)
                request.arrived = now
                request.sent = now
                request.outcome = OK
                request.status = 1
                request.cause = -1


@rule
def govern(machine: Machine, what: int, place: int, amount: int, now: int) -> int:
    """What controls may do to the stations (see `World`); and begin a walk that is no arrival."""
    state = machine.state
    heap = machine.heap
    requests = machine.requests
    servers = machine.servers
    insides = machine.insides
    begins = machine.begins
    heads = machine.heads
    tails = machine.tails
    quotas = machine.quotas
    done = 0
    if what == TIDY:
        for pool in machine.pools:
            expire(pool, machine.ring, now)
    elif what == SET_CAPACITY:
        servers[place].capacity = amount
        while admit(servers[place], now):
            grant(state, heap, requests, heads, tails, place, now)
    elif what == HOLD:
        while done < amount and servers[place].busy < servers[place].capacity:
            seize(servers[place], now)
            done += 1
        for _ in range(amount - done):
            turn_away(servers[place], now)
            blame_for_server(servers, insides, begins, place)
        for _ in range(-amount):
            give_back(state, heap, requests, servers, heads, tails, place, now)
    elif what == RETIRE:
        retire(post_of(machine), place, amount, now)
    elif what == BEGIN_WALK:
        done = new_request(state, machine.free_requests, requests, machine.frames, amount, place, 0)
        requests[done].wake = push(state, heap, now, STEP, done)
    else:
        pool = machine.pools[place]
        tie = machine.ties[place]
        first = tie.owned_from
        for _ in range(amount):
            if what == WITHDRAW:
                if withdraw(pool, quotas[tie.quota]):
                    for thing in range(first, first + tie.owned):
                        give_back(state, heap, requests, servers, heads, tails, machine.owned[thing], now)
                continue
            if adopt(pool, quotas[tie.quota]):
                done += 1
                continue
            lacking = 0
            for thing in range(first, first + tie.owned):
                server = servers[machine.owned[thing]]
                if server.busy >= server.capacity:
                    turn_away(server, now)
                    blame_for_server(servers, insides, begins, machine.owned[thing])
                    lacking += 1
            if lacking > 0:
                break
            for thing in range(first, first + tie.owned):
                seize(servers[machine.owned[thing]], now)
            provide(pool)
            done += 1
    return done
