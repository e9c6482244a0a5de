%% Runs one scenario on a tree of OTP's supervisors and answers its trace. One thing is done at a time; the next when every supervisor above
%% the worker that has exited has dealt with it, the innermost first. Needs one scheduler, as otp_scenario does.
-module(otp_nested).
-export([run/1]).

%% starters: the supervisor that last started a child, by its id; ids: of every process that ever was.
-record(s, {parent, root = undefined, phase = new, live = #{}, ids = #{}, labels = #{}, starters = #{}, attempts = #{},
            trace = [], seconds = 0}).

run(#{tree := Tree, steps := Steps}) ->
    Driver = self(),
    otp_clock:set(Driver, 0),
    Parent = spawn_link(fun() -> parent(Driver, args(Driver, Tree)) end),
    End = steps(Steps, observe(serve_until_up(#s{parent = Parent}))),
    otp_clock:forget(Driver),
    unlink(Parent),
    exit(Parent, kill),
    lists:reverse(End#s.trace) ++ ["orphan " ++ maps:get(Pid, End#s.labels) || Pid <- maps:values(End#s.live)].

args(Driver, {Strategy, Intensity, Period, Auto, Children}) ->
    Flags = #{strategy => Strategy, intensity => Intensity, period => Period, auto_shutdown => Auto},
    {Driver, Flags, [spec(Driver, Child) || Child <- Children]}.

spec(Driver, {Id, Restart, Shutdown, Significant, Inner}) ->
    {Start, Type} = case Inner of
                        worker -> {{otp_child, start, [Driver, Id, obey]}, worker};
                        _ -> {{otp_child, start_supervisor, [Driver, Id, args(Driver, Inner)]}, supervisor}
                    end,
    #{id => Id, start => Start, restart => Restart, shutdown => Shutdown, significant => Significant, type => Type}.

parent(Driver, Args) ->
    process_flag(trap_exit, true),
    {ok, Root} = gen_server:start_link(clocked_supervisor, {self, otp_child, Args}, []),
    Driver ! {up, Root},
    receive {stop, Driver} -> exit(Root, shutdown), Driver ! stopping end,
    receive never -> ok end.

steps(_, #s{phase = down} = S) -> S;
steps([], S) -> S;
steps([{advance, Seconds} | Steps], S) ->
    Now = S#s.seconds + Seconds,
    otp_clock:set(self(), Now),
    steps(Steps, S#s{seconds = Now});
steps([{exit, Id, Reason} | Steps], #s{live = Live, starters = Starters} = S) ->
    case Live of
        #{Id := Pid} ->
            Above = above(Id, S),
            case Reason of
                killed -> exit(Pid, kill);
                _ -> Pid ! {die, self(), Reason}
            end,
            receive {'DOWN', _, process, Pid, Reason} -> ok end,
            await_unlinked(maps:get(Id, Starters), Pid),
            Exited = note(["exit ", maps:get(Pid, S#s.labels), " ", reason(Reason)], gone(Pid, S)),
            steps(Steps, observe(settle(Above, Exited)));
        _ -> steps(Steps, note("skip", S))
    end;
steps([stop | Steps], S) ->
    S#s.parent ! {stop, self()},
    receive stopping -> ok end,
    steps(Steps, settle([S#s.root], note("stop", S))).

%% The supervisors above a child, the innermost first.
above(Id, #s{starters = Starters, ids = Ids}) ->
    Supervisor = maps:get(Id, Starters),
    [Supervisor | case Ids of
                      #{Supervisor := Outer} -> above(Outer, #s{starters = Starters, ids = Ids});
                      _ -> []
                  end].

settle([], S) -> S;
settle([Supervisor | Others], S) ->
    case is_up(Supervisor, S) of
        true ->
            Supervisor ! {'$gen_call', {self(), settled}, which_children},
            settle(Others, settled(Supervisor, S));
        false -> settle(Others, S)
    end.

settled(Supervisor, S) ->
    receive
        {settled, _} -> S;
        Message ->
            Served = serve(Message, S),
            case is_up(Supervisor, Served) of
                true -> settled(Supervisor, Served);
                false -> Served
            end
    end.

is_up(Root, #s{root = Root, phase = Phase}) -> Phase =/= down;
is_up(Pid, #s{ids = Ids, live = Live}) -> maps:get(maps:get(Pid, Ids), Live, gone) =:= Pid.

observe(#s{phase = down} = S) -> S;
observe(S) -> note(["tree ", tree(S#s.root, S)], S).

tree(Supervisor, S) ->
    Children = gen_server:call(Supervisor, which_children),
    ["[", lists:join(" ", [child(Id, Child, Type, S) || {Id, Child, Type, _} <- Children]), "]"].

child(_, Pid, worker, S) when is_pid(Pid) -> maps:get(Pid, S#s.labels);
child(_, Pid, supervisor, S) when is_pid(Pid) -> [maps:get(Pid, S#s.labels), tree(Pid, S)];
child(Id, Word, _, _) -> [atom_to_list(Id), ":", atom_to_list(Word)].

serve_until_up(#s{phase = new} = S) -> receive Message -> serve_until_up(serve(Message, S)) end;
serve_until_up(S) -> S.

serve({start, Supervisor, Id}, #s{attempts = Attempts, starters = Starters} = S) ->
    Attempt = maps:get(Id, Attempts, 0) + 1,
    Supervisor ! {start_as, self(), ok},
    note(["start ", name(Id, Attempt)], S#s{attempts = Attempts#{Id => Attempt}, starters = Starters#{Id => Supervisor}});
serve({spawned, Id, Pid}, #s{live = Live, ids = Ids, labels = Labels} = S) ->
    monitor(process, Pid),
    maps:get(Id, S#s.starters) ! {go, self()},
    Label = name(Id, maps:get(Id, S#s.attempts)),
    S#s{live = Live#{Id => Pid}, ids = Ids#{Pid => Id}, labels = Labels#{Pid => Label}};
serve({up, Root}, S) ->
    monitor(process, Root),
    note("up", S#s{phase = up, root = Root});
serve({'DOWN', _, process, Root, Reason}, #s{root = Root} = S) ->
    note(["down ", reason(Reason)], S#s{phase = down});
serve({'DOWN', _, process, Pid, Reason}, S) ->
    note(["stop ", maps:get(Pid, S#s.labels), " ", reason(Reason)], gone(Pid, S)).

gone(Pid, #s{ids = Ids, live = Live} = S) -> S#s{live = maps:remove(maps:get(Pid, Ids), Live)}.

%% The exit signal has reached the supervisor's mailbox once the link is gone.
await_unlinked(Supervisor, Pid) ->
    case process_info(Supervisor, links) of
        {links, Links} ->
            case lists:member(Pid, Links) of
                true -> erlang:yield(), await_unlinked(Supervisor, Pid);
                false -> ok
            end;
        undefined -> ok
    end.

note(Entry, S) -> S#s{trace = [lists:flatten(Entry) | S#s.trace]}.

name(Id, Attempt) -> lists:flatten([atom_to_list(Id), ".", integer_to_list(Attempt)]).

reason({shutdown, _}) -> "shutdown_term";
reason(Reason) when is_atom(Reason) -> atom_to_list(Reason).
