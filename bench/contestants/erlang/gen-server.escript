#!/usr/bin/env escript
%% Erlang's own gen_server, by the benchmark's lines (bench/suite/worker.ts). It is compiled when it starts: -mode(compile); without that escript interprets it.
-module(bench_gen_server).
-behaviour(gen_server).
-mode(compile).
-export([main/1, init/1, handle_call/3, handle_cast/2]).

-define(TEXT, <<"abcdefghijklmnop">>).
%% A clock is read only each so many calls.
-define(CALLS_PER_LOOK, 64).

%% `hibernated`: idle processes hibernate.
main(Words) ->
    io:format("ready~n"),
    serve(lists:member("hibernated", Words)).

serve(Hibernates) ->
    case io:get_line("") of
        eof -> halt(0);
        Line ->
            Answer = try numbers(figures(string:lexemes(string:trim(Line), " "), Hibernates))
                     catch _:Reason -> ["\"error\": ", quoted(io_lib:format("~0p", [Reason]))] end,
            io:format("{~s}~n", [Answer]),
            serve(Hibernates)
    end.

numbers(Figures) ->
    lists:join(", ", [io_lib:format("\"~s\": ~w", [Name, Figure]) || {Name, Figure} <- Figures]).

quoted(Text) ->
    [$", [case Char of $" -> "\\\""; $\\ -> "\\\\"; _ -> Char end || Char <- lists:flatten(Text)], $"].

figures(["calls", Callers, Ms], _) ->
    {ok, Server} = gen_server:start(?MODULE, [], []),
    Figures = timed(list_to_integer(Callers), list_to_integer(Ms), fun(Until) -> call_on(Server, 0, Until) end),
    ok = gen_server:stop(Server),
    Figures;
figures(["casts", Senders, Batch, Ms], _) ->
    {ok, Server} = gen_server:start(?MODULE, [], []),
    Size = list_to_integer(Batch),
    Figures = timed(list_to_integer(Senders), list_to_integer(Ms), fun(Until) -> cast_on(Server, Size, 0, Until) end),
    Sent = round(proplists:get_value(count, Figures)),
    %% What arrived is what counts.
    Sent = gen_server:call(Server, received),
    ok = gen_server:stop(Server),
    Figures;
figures(["spawn", AtATime, Ms], _) ->
    timed(list_to_integer(AtATime), list_to_integer(Ms), fun(Until) -> spawn_on(0, Until) end);
figures(["idle", Count], Hibernates) ->
    idle(list_to_integer(Count), Hibernates).

%% Loops that go on until the time is over; each gives how often it has done it.
timed(Loops, Ms, Loop) ->
    Self = self(),
    {Busy, _} = statistics(runtime),
    Start = erlang:monotonic_time(microsecond),
    Until = Start + Ms * 1000,
    Started = [spawn_monitor(fun() -> Self ! {done, self(), Loop(Until)} end) || _ <- lists:seq(1, Loops)],
    Count = lists:sum([done(One) || One <- Started]),
    Took = erlang:monotonic_time(microsecond) - Start,
    {BusyAfter, _} = statistics(runtime),
    [{rate, Count * 1.0e6 / Took}, {count, Count}, {cpuUs, (BusyAfter - Busy) * 1000 / Count}].

done({Pid, Monitor}) ->
    receive
        {done, Pid, Count} -> erlang:demonitor(Monitor, [flush]), Count;
        {'DOWN', Monitor, process, Pid, Reason} -> error(Reason)
    end.

call_on(Server, Number, Until) ->
    Next = Number + 1,
    {Next, ?TEXT} = gen_server:call(Server, {Number, ?TEXT}),
    case Next rem ?CALLS_PER_LOOK =/= 0 orelse erlang:monotonic_time(microsecond) < Until of
        true -> call_on(Server, Next, Until);
        false -> Next
    end.

%% A call after each batch: nobody sends faster than is received.
cast_on(Server, Batch, Sent, Until) ->
    [ok = gen_server:cast(Server, {Number, ?TEXT}) || Number <- lists:seq(1, Batch)],
    {1, ?TEXT} = gen_server:call(Server, {0, ?TEXT}),
    case erlang:monotonic_time(microsecond) < Until of
        true -> cast_on(Server, Batch, Sent + Batch, Until);
        false -> Sent + Batch
    end.

%% gen_server:start and stop return when init and terminate have.
spawn_on(Count, Until) ->
    {ok, Pid} = gen_server:start(?MODULE, [], []),
    ok = gen_server:stop(Pid),
    case Count rem 16 =/= 15 orelse erlang:monotonic_time(microsecond) < Until of
        true -> spawn_on(Count + 1, Until);
        false -> Count + 1
    end.

idle(Count, Hibernates) ->
    stop(start(100, Hibernates)),
    erlang:garbage_collect(),
    Before = erlang:memory(total),
    Pids = start(Count, Hibernates),
    timer:sleep(300),
    erlang:garbage_collect(),
    %% The list of the processes is ours, two words for each.
    Bytes = erlang:memory(total) - Before - Count * 2 * erlang:system_info(wordsize),
    stop(Pids),
    [{bytes, Bytes / Count}, {count, Count}].

start(Count, Hibernates) ->
    [begin {ok, Pid} = gen_server:start(?MODULE, Hibernates, []), Pid end || _ <- lists:seq(1, Count)].

stop(Pids) ->
    [ok = gen_server:stop(Pid) || Pid <- Pids].

init(true) -> {ok, 0, hibernate};
init(_) -> {ok, 0}.

handle_call(received, _From, Received) -> {reply, Received, Received};
handle_call({Number, Text}, _From, Received) -> {reply, {Number + 1, Text}, Received}.

handle_cast({_Number, _Text}, Received) -> {noreply, Received + 1}.
