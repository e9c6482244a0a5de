%% The children of a scenario, and the supervisor's callback module.
-module(otp_child).
-behaviour(supervisor).
-export([init/1, start/3, start_dynamic/3, start_supervisor/3]).

init({Driver, Flags, Specs}) ->
    put(driver, Driver),
    {ok, {Flags, Specs}}.

%% Runs in the supervisor, which therefore waits until the driver has said how this start goes.
start(Driver, Id, OnShutdown) ->
    Driver ! {start, self(), Id},
    receive
        {start_as, Driver, ok} ->
            Supervisor = self(),
            Pid = spawn_link(fun() -> child(Driver, Supervisor, OnShutdown) end),
            receive {ready, Pid} -> ok end,
            Driver ! {spawned, Id, Pid},
            receive {go, Driver} -> {ok, Pid} end;
        {start_as, Driver, ignore} -> ignore;
        {start_as, Driver, fail} -> {error, scripted}
    end.

start_dynamic(Driver, OnShutdown, Id) -> start(Driver, Id, OnShutdown).

%% A child that is a supervisor itself.
start_supervisor(Driver, Id, Args) ->
    Driver ! {start, self(), Id},
    receive {start_as, Driver, ok} -> ok end,
    {ok, Pid} = gen_server:start_link(clocked_supervisor, {self, ?MODULE, Args}, []),
    Driver ! {spawned, Id, Pid},
    receive {go, Driver} -> {ok, Pid} end.

child(Driver, Supervisor, OnShutdown) ->
    process_flag(trap_exit, true),
    Supervisor ! {ready, self()},
    loop(Driver, Supervisor, OnShutdown).

loop(Driver, Supervisor, OnShutdown) ->
    receive
        {die, Driver, Reason} -> exit(Reason);
        {'EXIT', Supervisor, Reason} ->
            case OnShutdown of
                obey -> exit(Reason);
                ignore -> loop(Driver, Supervisor, OnShutdown);
                Other -> exit(Other)
            end
    end.
