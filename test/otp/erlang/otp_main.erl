%% Reads scenarios from standard input, one Erlang term a line, runs many at a time and writes each trace as one line:
%% its number, a tab, and its entries with tabs between them. Runs under one scheduler (see otp_scenario).
-module(otp_main).
-export([main/0]).

-define(AT_A_TIME, 100).
-define(LINE_BYTES, 1048576).

main() ->
    process_flag(trap_exit, true),
    ok = otp_clock:load(),
    Port = open_port({fd, 0, 1}, [{line, ?LINE_BYTES}, binary]),
    port_command(Port, ["ready\t", erlang:system_info(otp_release), "\n"]),
    loop(Port, 0, queue:new()).

%% Scenarios that wait in real time do not count among those that run: they sleep.
loop(Port, Running, Queue) when Running < ?AT_A_TIME ->
    case queue:out(Queue) of
        {{value, Scenario}, Rest} -> begin_one(Scenario), loop(Port, Running + 1, Rest);
        {empty, _} -> next(Port, Running, Queue)
    end;
loop(Port, Running, Queue) -> next(Port, Running, Queue).

next(Port, Running, Queue) ->
    receive
        {Port, {data, {eol, Line}}} ->
            case parse(Line) of
                #{clocked := false} = Scenario -> begin_one(Scenario), loop(Port, Running + 1, Queue);
                Scenario -> loop(Port, Running, queue:in(Scenario, Queue))
            end;
        {trace, N, Trace} ->
            port_command(Port, [integer_to_list(N), [["\t", Entry] || Entry <- Trace], "\n"]),
            loop(Port, Running - 1, Queue);
        {'EXIT', _, normal} -> loop(Port, Running, Queue);
        {'EXIT', _, Reason} ->
            io:format(standard_error, "the driver failed: ~tp~n", [Reason]),
            halt(1)
    end.

begin_one(#{n := N} = Scenario) ->
    Main = self(),
    spawn_link(fun() -> Main ! {trace, N, trace(Scenario)} end).

trace(#{tree := _} = Scenario) -> otp_nested:run(Scenario);
trace(Scenario) -> otp_scenario:run(Scenario).

parse(Line) ->
    {ok, Tokens, _} = erl_scan:string(binary_to_list(Line)),
    {ok, Scenario} = erl_parse:parse_term(Tokens),
    Scenario.
