%% Runs one scenario on OTP's supervisor and answers its trace.
%%
%% The driver decides everything that could be a race. Children start, end and are asked for only when it says so, the supervisor is held
%% (suspended, or waiting for the answer to a start) while things are put into its mailbox, and each child that is to exit by itself has
%% gone from the supervisor's links before the next thing is done. That ends are seen in their order needs one scheduler: the process that
%% exits then tells supervisor and driver in one go.
-module(otp_scenario).
-export([run/1]).

-record(s, {scenario, parent, supervisor = undefined, phase = new, live = #{}, last = #{},
            attempts = #{}, labels = #{}, asked = [], isbegun = false, ops = 0, requests = 0, open = [], trace = [], seconds = 0}).

run(#{clocked := Clocked, steps := Steps} = Scenario) ->
    Driver = self(),
    otp_clock:set(Driver, 0),
    Args = {Driver, flags(Scenario), [spec(Driver, Child, Scenario) || Child <- maps:get(children, Scenario)]},
    Module = case Clocked of true -> clocked_supervisor; false -> supervisor end,
    Parent = spawn_link(fun() -> parent(Driver, Module, Args) end),
    Up = serve_until_up(begun(#s{scenario = Scenario, parent = Parent})),
    End = steps(Steps, Up),
    otp_clock:forget(Driver),
    unlink(Parent),
    exit(Parent, kill),
    lists:reverse(End#s.trace) ++ ["orphan " ++ label(Pid, End) || Pid <- maps:values(End#s.live)].

flags(#{strategy := Strategy, intensity := Intensity, period := Period, auto := Auto}) ->
    #{strategy => Strategy, intensity => Intensity, period => Period, auto_shutdown => Auto}.

spec(Driver, {Id, Restart, Shutdown, Significant, Type, OnShutdown}, #{strategy := Strategy}) ->
    Start = case Strategy of
                simple_one_for_one -> {otp_child, start_dynamic, [Driver, OnShutdown]};
                _ -> {otp_child, start, [Driver, Id, OnShutdown]}
            end,
    #{id => Id, start => Start, restart => Restart, shutdown => Shutdown, significant => Significant, type => Type}.

parent(Driver, Module, Args) ->
    process_flag(trap_exit, true),
    Driver ! {init, gen_server:start_link(Module, {self, otp_child, Args}, [])},
    parent_loop(Driver).

parent_loop(Driver) ->
    receive
        {stop, Driver, Supervisor} -> exit(Supervisor, shutdown), Driver ! stopping, parent_loop(Driver);
        _ -> parent_loop(Driver)
    end.

%% Steps

steps(_, #s{phase = down} = S) -> S;
steps([], S) -> S;
steps([{advance, Seconds} | Steps], #s{scenario = #{clocked := true}} = S) ->
    Now = S#s.seconds + Seconds,
    otp_clock:set(self(), Now),
    steps(Steps, note("advance", S#s{seconds = Now}));
steps([{advance, Seconds} | Steps], S) ->
    timer:sleep(round(Seconds * 1000)),
    steps(Steps, note("advance", S));
steps([{batch, Ops} | Steps], #s{supervisor = Supervisor} = S) ->
    true = erlang:suspend_process(Supervisor),
    Put = ops(Ops, top, S),
    true = erlang:resume_process(Supervisor),
    steps(Steps, observe(settle(Put))).

%% Serves until nothing is left to do: a further attempt is on its way as long as a child is restarting, and while one started something may
%% have been put into the mailbox.
settle(#s{phase = down} = S) -> S;
settle(#s{supervisor = Supervisor} = S) ->
    Supervisor ! {'$gen_call', {self(), settled}, which_children},
    settled(S#s.ops, S).

settled(_, #s{phase = down} = S) -> S;
settled(Ops, S) ->
    receive
        {settled, Children} ->
            case Ops < S#s.ops orelse lists:keymember(restarting, 2, Children) of
                true -> settle(S);
                false -> S
            end;
        Message -> settled(Ops, serve(Message, S))
    end.

observe(#s{phase = down} = S) -> S;
observe(S) -> settle(op(count, inside, op(which, inside, S))).

%% The parent's news may be overtaken by what the supervisor does next: once all children are started it is waited for.
serve_until_up(#s{phase = new, isbegun = true} = S) ->
    receive {init, _} = Init -> serve_until_up(serve(Init, S)) end;
serve_until_up(#s{phase = new} = S) -> receive Message -> serve_until_up(serve(Message, S)) end;
serve_until_up(S) -> observe(settle(S)).

%% What the supervisor and the children do

serve({start, Supervisor, Id}, S) ->
    Attempt = maps:get(Id, S#s.attempts, 0) + 1,
    {Result, Ops} = script(Id, Attempt, S#s.scenario),
    S1 = watch(Supervisor, S#s{attempts = (S#s.attempts)#{Id => Attempt}}),
    S2 = ops(Ops, inside, note(["start ", name(Id, Attempt), " ", atom_to_list(Result)], S1)),
    Supervisor ! {start_as, self(), Result},
    case Result of ignore -> begun(S2); _ -> S2 end;
serve({spawned, Id, Pid}, S) ->
    monitor(process, Pid),
    S#s.supervisor ! {go, self()},
    Label = name(Id, maps:get(Id, S#s.attempts)),
    begun(S#s{live = (S#s.live)#{Id => Pid}, last = (S#s.last)#{Id => Pid}, labels = (S#s.labels)#{Pid => {Id, Label}}});
serve({init, {ok, Supervisor}}, S) ->
    note("up", (watch(Supervisor, S))#s{phase = up});
serve({init, {error, {shutdown, {failed_to_start_child, Id, scripted}}}}, S) ->
    unanswered(note(["down failed_to_start_child ", atom_to_list(Id)], S#s{phase = down}));
serve({'DOWN', _, process, Supervisor, _}, #s{supervisor = Supervisor, phase = new} = S) -> S; % the parent will say so
serve({'DOWN', _, process, Supervisor, Reason}, #s{supervisor = Supervisor} = S) ->
    unanswered(note(["down ", reason(Reason)], S#s{phase = down}));
serve({'DOWN', _, process, Pid, Reason}, S) ->
    note(["stop ", label(Pid, S), " ", reason(Reason)], gone(Pid, S));
serve({{request, N}, Reply}, S) ->
    note(["reply ", integer_to_list(N), " ", reply(Reply, S)], S#s{open = S#s.open -- [N]}).

%% From the first start on, when it certainly lives: it may be gone by the time that the parent tells of it.
watch(Supervisor, #s{supervisor = undefined} = S) ->
    monitor(process, Supervisor),
    S#s{supervisor = Supervisor};
watch(Supervisor, #s{supervisor = Supervisor} = S) -> S.

%% Whether all children of the beginning have been started.
begun(#s{scenario = #{strategy := simple_one_for_one}} = S) -> S#s{isbegun = true};
begun(#s{scenario = #{children := Children}, attempts = Attempts} = S) ->
    S#s{isbegun = map_size(Attempts) >= length(Children)}.

script(Id, Attempt, #{scripts := Scripts}) ->
    Starts = maps:get(Id, Scripts, []),
    case length(Starts) >= Attempt of
        true -> lists:nth(Attempt, Starts);
        false -> {ok, []}
    end.

unanswered(S) -> lists:foldl(fun(N, T) -> note(["unanswered ", integer_to_list(N)], T) end, S, lists:sort(S#s.open)).

gone(Pid, #s{labels = Labels, live = Live} = S) ->
    {Id, _} = maps:get(Pid, Labels),
    S#s{live = maps:remove(Id, Live)}.

%% What the scenario does to them

ops(Ops, Where, S) ->
    {_, End} = lists:foldl(fun(Op, {W, T}) -> {inside, op(Op, W, T)} end, {Where, S}, Ops),
    End#s{ops = End#s.ops + length(Ops)}.

op({exit, Id, Reason}, _, #s{live = Live} = S) ->
    case Live of
        #{Id := Pid} ->
            case Reason of
                killed -> exit(Pid, kill);
                _ -> Pid ! {die, self(), Reason}
            end,
            receive {'DOWN', _, process, Pid, Reason} -> ok end,
            await_unlinked(S#s.supervisor, Pid),
            note(["exit ", label(Pid, S), " ", reason(Reason)], gone(Pid, S));
        _ -> note("skip", S)
    end;
op(stop, _, #s{phase = new} = S) -> note("skip", S);
op(stop, _, S) ->
    S#s.parent ! {stop, self(), S#s.supervisor},
    receive stopping -> note("stop", S) end;
op(which, _, S) -> request(which_children, S);
op(count, _, S) -> request(count_children, S);
op({start, Index}, _, #s{scenario = #{more := More} = Scenario} = S) ->
    request({start_child, spec(self(), lists:nth(Index + 1, More), Scenario)}, S);
op({start_dynamic, Id}, _, #s{asked = Asked} = S) ->
    case lists:member(Id, Asked) of
        true -> note("skip", S);
        false -> request({start_child, [Id]}, S#s{asked = [Id | Asked]})
    end;
op({terminate, Id}, Where, #s{scenario = #{strategy := simple_one_for_one}} = S) ->
    case {S#s.live, S#s.last} of
        {#{Id := Pid}, _} -> request({terminate_child, Pid}, S);
        {_, #{Id := Pid}} when Where =:= top -> request({terminate_child, Pid}, S);
        _ -> note("skip", S)
    end;
op({terminate, Id}, _, S) -> request({terminate_child, Id}, S);
op({delete, Id}, _, S) -> request({delete_child, Id}, S);
op({restart, Id}, _, S) -> request({restart_child, Id}, S).

request(Request, #s{requests = N, supervisor = Supervisor} = S) ->
    Supervisor ! {'$gen_call', {self(), {request, N}}, Request},
    S#s{requests = N + 1, open = [N | S#s.open]}.

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

%% Entries

note(Entry, S) -> S#s{trace = [Entry | S#s.trace]}.

name(Id, Attempt) -> [atom_to_list(Id), ".", integer_to_list(Attempt)].

label(Pid, #s{labels = Labels}) -> {_, Label} = maps:get(Pid, Labels), lists:flatten(Label).

reason({shutdown, _}) -> "shutdown_term";
reason(Reason) when is_atom(Reason) -> atom_to_list(Reason).

reply(ok, _) -> "ok";
reply({ok, undefined}, _) -> "ok undefined";
reply({ok, Pid}, S) -> ["ok ", label(Pid, S)];
reply({error, {already_started, Pid}}, S) -> ["error already_started ", label(Pid, S)];
reply({error, {scripted, _}}, _) -> "error start_failed";
reply({error, scripted}, _) -> "error start_failed";
reply({error, Word}, _) when is_atom(Word) -> ["error ", atom_to_list(Word)];
reply([{specs, Specs}, {active, Active}, {supervisors, Supervisors}, {workers, Workers}], _) ->
    ["count" | [[" ", integer_to_list(Count)] || Count <- [Specs, Active, Supervisors, Workers]]];
reply(Children, #s{scenario = #{strategy := Strategy}} = S) ->
    Entries = [lists:flatten([" ", atom_to_list(Id), ":", child(Child, S), ":", atom_to_list(Type)])
               || {Id, Child, Type, _} <- Children],
    ["which" | case Strategy of simple_one_for_one -> lists:sort(Entries); _ -> Entries end].

child(Pid, S) when is_pid(Pid) -> label(Pid, S);
child(Word, _) -> atom_to_list(Word).
